/** A model of a device: numbers only, so it can be stored as JSON. Each kind's file says how it is used. */
export type Device = HardDisk | Flash | Fitted | ObjectStore;

/** A disk that turns. See `hard-disk.ts`. */
export interface HardDisk {
  readonly kind: 'hdd';
  /** Bytes. */
  readonly capacity: number;
  /** Turns a minute. */
  readonly rpm: number;
  /** Sustained bytes a second at the outer edge (byte 0) and at the inner edge (the last byte). */
  readonly outerRate: number;
  readonly innerRate: number;
  /** How long the arm takes, in seconds, settling included. */
  readonly seek: {
    /** To the next track. */
    readonly trackToTrack: number;
    /** Mean over random pairs of places. */
    readonly average: number;
    /** From edge to edge. */
    readonly fullStroke: number;
  };
  /** Seconds from the end of one read until the arm moves for the next. */
  readonly commandOverhead: number;
  /** Requests among which the disk chooses: 32 at most with SATA's native command queueing. */
  readonly queueDepth: number;
}

/** What a read of an SSD is made of. See `flash.ts`. */
export interface Flash extends ReadCosts {
  readonly kind: 'sata-ssd' | 'nvme';
  /** Bytes. */
  readonly capacity: number;
  /** Reads that are served beside each other; further ones wait. */
  readonly parallelism: number;
}

/** What a probe fits to a disk whose inside isn't known. See `fitted.ts`. */
export interface Fitted extends ReadCosts {
  readonly kind: 'fitted';
  /** Reads in flight that make a difference; from 1, not necessarily whole. */
  readonly parallelism: number;
  /**
   * From 0 (what reads do beside each other goes on while one takes what all share) to 1 (it doesn't:
   * reads in flight move as a convoy).
   */
  readonly convoy: number;
  /** What distance from the end of the read before adds to the latency. */
  readonly distance: DistanceCost;
}

/** Costs of a read without an arm: what it takes beside others, then what all share. */
export interface ReadCosts {
  /** Seconds until the first bytes of a read are there, while others are served beside it. */
  readonly latency: number;
  /** Bytes a second that come for one read after that, beside others. */
  readonly streamRate: number;
  /** Seconds that a read takes of what all share: its command. */
  readonly commandCost: number;
  /** Bytes a second of what all share: the interface. */
  readonly interfaceRate: number;
  /** The same for a read that starts where the one before ended: it has been read ahead. */
  readonly sequential: {
    readonly streamRate: number;
    readonly commandCost: number;
    readonly interfaceRate: number;
  };
  /** What a read of many flash pages waits longer than one of a single page; none: nothing. */
  readonly manyPages?: PagesCost;
}

/** Up to `seconds` more for reads of `size` bytes, growing with the bytes beyond 4 KiB. */
export interface PagesCost {
  readonly seconds: number;
  readonly size: number;
}

/** Up to `seconds` more at `span` bytes, growing as the square root of the distance. */
export interface DistanceCost {
  readonly seconds: number;
  readonly span: number;
}

/** A store behind a network that answers range requests. See `object-store.ts`. */
export interface ObjectStore {
  readonly kind: 'object-store';
  /** Seconds until the first byte of a range is there. */
  readonly firstByte: number;
  /** Bytes a second of one request. */
  readonly streamRate: number;
  /** Requests under way at once, at most. */
  readonly connections: number;
  /** Bytes a second of all requests together: the network card, mostly. */
  readonly networkRate: number;
}
