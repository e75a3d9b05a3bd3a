import type { Device } from '../devices/device.js';

/** A device of the catalogue: its model, where every number comes from, and what it is held to. */
export interface CatalogueEntry {
  /** What is typed to choose it. */
  readonly id: string;
  /** Maker and model, as on the label. */
  readonly name: string;
  readonly device: Device;
  readonly parameters: readonly Parameter[];
  readonly checks: readonly Check[];
}

/** How a number of the model came about. */
export interface Parameter {
  /** Fields of the model that it sets. */
  readonly sets: string;
  /** The published figure, and what was calculated from it. */
  readonly from: string;
  /** Where it was published; `'unvalidated'`: nowhere that was found, so it is an assumption. */
  readonly source: Source | 'unvalidated';
}

/** A published figure that set no parameter. */
export interface Check {
  readonly figure: Figure;
  /** Reads a second for `random`, bytes a second for `sequential`. */
  readonly published: number;
  readonly source: Source;
  /** Why the model doesn't come within 15 %, where it doesn't. */
  readonly miss?: string;
}

/** What is measured of a disk. */
export type Figure =
  | {
      readonly kind: 'random';
      /** Bytes of a read. */
      readonly size: number;
      readonly depth: number;
      /** Bytes from the start of the device over which the reads are spread; undefined: all of it. */
      readonly span?: number;
    }
  | { readonly kind: 'sequential'; readonly at: 'outer' | 'inner' | 'mean' };

/** Where a figure was published. */
export interface Source {
  readonly title: string;
  readonly url: string;
  /** Page, section or table. */
  readonly where: string;
}
