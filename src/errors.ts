/** What went wrong, in one word; `switch (error.tag)` tells the cases apart. */
export type ErrorTag =
  | 'invalid-option'
  | 'not-found'
  | 'corrupt-file'
  | 'unsupported-layout'
  | 'unsupported-by-library'
  | 'storage'
  | 'image'
  | 'memory-limit'
  | 'closed'
  | 'worker';

/** Where it went wrong. Every field that is known is also in the message. */
export interface ErrorPlace {
  /** Path or URL of the file. */
  readonly file?: string;
  /** Path of the dataset, group or attribute inside the HDF5 file. */
  readonly dataset?: string;
  /** The HDF5 structure being read, as the specification names it. */
  readonly structure?: string;
  /** Byte offset in the file. */
  readonly offset?: number;
  /** Image number: the row in the dataset. */
  readonly image?: number;
  /** Channel number. */
  readonly channel?: number;
  /** Chunk coordinates, in chunks. */
  readonly chunk?: readonly number[];
}

export interface ErrorDetails {
  readonly place?: ErrorPlace;
  /** What the user can do about it: a sentence that ends the message. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/**
 * Every error that planefeed raises on purpose. The message says what was expected, what came,
 * where, and what to do; the same facts are in the fields.
 *
 * @example
 * try { await openLoader('missing.h5') }
 * catch (error) { if (error instanceof PlanefeedError && error.tag === 'not-found') … }
 */
export class PlanefeedError extends Error {
  readonly tag: ErrorTag;
  readonly place: ErrorPlace;
  /** The message without place and advice. */
  readonly reason: string;
  readonly advice: string | undefined;

  constructor(tag: ErrorTag, message: string, details: ErrorDetails = {}) {
    const { place = {}, advice, cause } = details;
    const where = describePlace(place);
    super(
      message + (where === '' ? '' : ` (${where})`) + (advice === undefined ? '' : `. ${advice}`),
      cause === undefined ? undefined : { cause },
    );
    this.name = new.target.name;
    this.tag = tag;
    this.place = place;
    this.reason = message;
    this.advice = advice;
  }
}

/** An option or argument is not what it must be. */
export class InvalidOptionError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('invalid-option', message, details);
  }
}

/** A file, dataset, column or image isn't there. */
export class NotFoundError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('not-found', message, details);
  }
}

/** The file's bytes contradict the HDF5 specification, a checksum, or each other. */
export class CorruptFileError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('corrupt-file', message, details);
  }
}

/** The file is sound but uses an HDF5 feature that the fast lane doesn't read; h5wasm may. */
export class UnsupportedLayoutError extends PlanefeedError {
  /** The feature, as the HDF5 specification names it. */
  readonly feature: string;

  constructor(feature: string, details?: ErrorDetails) {
    super('unsupported-layout', `The fast lane does not read ${feature}`, details);
    this.feature = feature;
  }
}

/** HDF5 has it, but the HDF5 library in use (h5wasm) doesn't, and there is no way around it. */
export class UnsupportedByLibraryError extends PlanefeedError {
  /** What was asked for. */
  readonly feature: string;

  constructor(feature: string, details?: ErrorDetails) {
    super('unsupported-by-library', `h5wasm can't do this: ${feature}`, details);
    this.feature = feature;
  }
}

/** Opening, reading, writing or closing a file failed. */
export class StorageError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('storage', message, details);
  }
}

/** A source image can't be decoded or doesn't fit the dataset. */
export class ImageError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('image', message, details);
  }
}

/** More memory was asked for than the stated limit. */
export class MemoryLimitError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('memory-limit', message, details);
  }
}

/** A loader, batch, ingester or file was used after it was closed or released. */
export class ClosedError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('closed', message, details);
  }
}

/** A worker thread failed or died. */
export class WorkerError extends PlanefeedError {
  constructor(message: string, details?: ErrorDetails) {
    super('worker', message, details);
  }
}

/**
 * Runs a check that knows nothing of files, and adds to its complaint where in a file it arose.
 */
export function locate<T>(place: ErrorPlace, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidOptionError) || error.place.dataset !== undefined) throw error;
    const { reason, advice, cause } = error;
    throw new InvalidOptionError(reason, {
      place: { ...place, ...error.place },
      ...(advice === undefined ? {} : { advice }),
      cause,
    });
  }
}

/** The class that stands for a tag. */
export const errorClasses: Readonly<
  Record<ErrorTag, new (message: string, details?: ErrorDetails) => PlanefeedError>
> = {
  'invalid-option': InvalidOptionError,
  'not-found': NotFoundError,
  'corrupt-file': CorruptFileError,
  'unsupported-layout': UnsupportedLayoutError,
  'unsupported-by-library': UnsupportedByLibraryError,
  storage: StorageError,
  image: ImageError,
  'memory-limit': MemoryLimitError,
  closed: ClosedError,
  worker: WorkerError,
};

function describePlace(place: ErrorPlace): string {
  const parts: string[] = [];
  if (place.file !== undefined) parts.push(`file ${place.file}`);
  if (place.dataset !== undefined) parts.push(`dataset ${place.dataset}`);
  if (place.image !== undefined) parts.push(`image ${place.image}`);
  if (place.channel !== undefined) parts.push(`channel ${place.channel}`);
  if (place.chunk !== undefined) parts.push(`chunk [${place.chunk.join(', ')}]`);
  if (place.structure !== undefined) parts.push(place.structure);
  if (place.offset !== undefined) parts.push(`byte ${place.offset}`);
  return parts.join(', ');
}
