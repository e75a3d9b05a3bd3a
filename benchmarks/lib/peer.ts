import type { DataFile } from './files.js';

/** A way to get data, or a limit of the machine, that is measured beside others. */
export interface Peer<Data = DataFile> {
  /** Short and unique. */
  readonly name: string;
  /** `limit`: a bound that the machine sets, not a system. */
  readonly kind: 'planefeed' | 'peer' | 'limit';
  /** What exactly it does, for those who want to know or to doubt. */
  readonly detail: string;
  /** Why it can't run here, and what to do about it; `undefined` when it can. */
  readonly missing?: () => Missing | undefined;
  open(data: Data): Promise<OpenPeer>;
}

/** What was delivered as one image. */
export interface SampledImage {
  /** SHA-256 of its uint8 pixels, NHWC, found from what was delivered. */
  readonly digest: string;
  readonly label: number;
}

export interface Missing {
  readonly reason: string;
  /** The command that sets it up. */
  readonly setUp: string;
}

/**
 * Holds its file and threads or processes open, so that repetitions measure work, not starting up.
 * Work is counted in what the scenario counts: images, MiB, chunks.
 */
export interface OpenPeer {
  /** The work of one measurement is a multiple of this: an epoch, a batch, a read. */
  readonly step: number;
  /** Bytes that a limit moves per image. */
  readonly bytesPerImage?: number;
  /** Versions of what it is made of, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /**
   * Does so much work, handing all to a consumer that touches it.
   *
   * @param turn measurements of the same turn do the same; 0 is the warm-up
   * @returns milliseconds
   */
  measure(turn: number, work: number): Promise<number>;
  /**
   * Digest of the first so many batches, reads or whatever the scenario verifies, to be asked for
   * before anything else; those that deliver nothing have none.
   */
  digest?(amount: number): Promise<string>;
  /** The images of the first so many batches of an epoch in an order of its own. */
  sample?(batches: number): Promise<readonly SampledImage[]>;
  close(): Promise<void>;
}
