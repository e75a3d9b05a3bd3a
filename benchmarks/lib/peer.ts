import type { DataFile } from './files.js';

/** A way to get batches, or a limit of the machine, that is measured beside others. */
export interface Peer {
  /** Short and unique. */
  readonly name: string;
  /** `limit`: a bound that the machine sets, not a system. */
  readonly kind: 'planefeed' | 'peer' | 'limit';
  /** What exactly it does, for those who want to know or to doubt. */
  readonly detail: string;
  /** Why it can't run here, and what to do about it; `undefined` when it can. */
  readonly missing?: () => Missing | undefined;
  open(data: DataFile): Promise<OpenPeer>;
}

export interface Missing {
  readonly reason: string;
  /** The command that sets it up. */
  readonly setUp: string;
}

/** Holds its file and threads or processes open, so that repetitions measure work, not starting up. */
export interface OpenPeer {
  /** Images of one measurement are a multiple of this: an epoch or a batch. */
  readonly step: number;
  /** Bytes that a limit moves per image. */
  readonly bytesPerImage?: number;
  /** Versions of what it is made of, by name. */
  readonly versions?: Readonly<Record<string, string>>;
  /**
   * Delivers `images` images in shuffled batches to a consumer that touches them.
   *
   * @param epoch the order begins with; a peer that counts its own epochs goes on with its next
   * @returns milliseconds
   */
  measure(epoch: number, images: number): Promise<number>;
  /** Digest of the first batches of epoch 0, to be asked for before anything else; limits have none. */
  digest?(batches: number): Promise<string>;
  close(): Promise<void>;
}
