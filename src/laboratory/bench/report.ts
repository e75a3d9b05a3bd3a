import type { Mixing } from '../../loader/mixing.js';
import type { FoundDevice } from '../find-device.js';
import type { Coldness } from '../measure/make-cold.js';
import type { Spread } from '../statistics.js';

/**
 * What `planefeed bench` found, as its JSON has it. The schema is stable: a field of a version keeps
 * its name and meaning; what is added is optional for readers; anything else is another version.
 */
export interface BenchReport {
  readonly schema: 'planefeed-bench';
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly made: string;
  /** What to type to do it again. */
  readonly command: string;
  readonly machine: Machine;
  readonly settings: Settings;
  readonly modelled: readonly ModelledDevice[];
  /** Orders, and how well each mixes, of the whole file. */
  readonly mixing: readonly (Mixing & { readonly pattern: string })[];
  readonly pictures: readonly ReadsPicture[];
  /** `null`: no directory was given. */
  readonly measured: MeasuredDisk | null;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly system: string;
  readonly planefeed: string;
  readonly node: string;
}

export interface Settings {
  readonly shape: readonly number[];
  readonly itemSize: number;
  readonly batchSize: number;
  /** Images that planefeed plans together. */
  readonly ahead: number;
  /** Images of the shuffle window. */
  readonly window: number;
  /** Reads that planefeed keeps in flight. */
  readonly depth: number;
  /** Images that a modelled pattern reads. */
  readonly images: number;
  /** Stored bytes of a compressed chunk, as a share of its bytes: an assumption. */
  readonly ratio: number;
}

/** Modelled, not measured. */
export interface ModelledDevice {
  readonly source: 'modelled';
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Published figures that the model is held to, and its largest error, as a fraction. */
  readonly validation: { readonly figures: number; readonly worst: number };
  /** The modelled device's own sequential rate, and images of that. */
  readonly ceiling: { readonly bytesPerSecond: number; readonly imagesPerSecond: number };
  readonly figures: readonly ModelledFigure[];
  readonly lines: readonly ModelledLine[];
}

export interface Figure {
  readonly layout: string;
  readonly pattern: string;
  readonly reader: string;
  readonly images: number;
  readonly reads: number;
  /** Bytes read, and bytes of the pixels asked for. */
  readonly bytes: number;
  readonly wanted: number;
}

export interface ModelledFigure extends Figure {
  readonly source: 'modelled';
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly seeks: number;
  /** Wanted bytes a second over the sequential rate. */
  readonly ofCeiling: number;
}

/** Elements along one axis of a contiguous array `[n, h, w]`. */
export interface ModelledLine {
  readonly source: 'modelled';
  readonly selection: string;
  readonly elements: number;
  readonly reads: number;
  readonly seconds: number;
}

/** Where reads fall in the file: the first of a pattern, in their order. */
export interface ReadsPicture {
  readonly layout: string;
  readonly pattern: string;
  readonly reader: string;
  /** Bytes of the file. */
  readonly end: number;
  readonly offsets: readonly number[];
}

export interface MeasuredDisk {
  readonly source: 'measured';
  readonly directory: string;
  readonly device: FoundDevice;
  readonly coldness: Coldness;
  readonly shape: readonly number[];
  readonly repetitions: number;
  readonly ceiling: readonly MeasuredCeiling[];
  /** A model fitted to this disk, and its errors at ways of reading that it wasn't fitted to. */
  readonly fitted: { readonly worst: number; readonly median: number } | null;
  readonly figures: readonly MeasuredFigure[];
}

export interface MeasuredCeiling {
  readonly pattern: 'sequential' | 'random';
  readonly size: number;
  readonly depth: number;
  readonly bytesPerSecond: number;
  readonly seconds: Spread;
}

export interface MeasuredFigure extends Figure {
  readonly source: 'measured';
  readonly cold: Timing;
  readonly warm: Timing;
  /** Cold wanted bytes a second over the fastest sequential reading measured. */
  readonly ofCeiling: number;
  /**
   * What the fitted model says of the cold time, and `predicted / measured − 1`, of the quickest
   * repetition: whatever else runs only adds.
   */
  readonly predicted: { readonly seconds: number; readonly error: number } | null;
}

export interface Timing {
  readonly seconds: Spread;
  /** Of the median. */
  readonly imagesPerSecond: number;
}
