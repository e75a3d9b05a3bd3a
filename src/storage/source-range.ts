import { CorruptFileError, StorageError } from '../errors.js';

/** Refuses a read that is not wholly within a source of `size` bytes. */
export function expectWithin(name: string, size: number, offset: number, length: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw endOfSource(name, size, offset, length);
}

export function endOfSource(
  name: string,
  size: number,
  offset: number,
  length: number,
): CorruptFileError {
  return new CorruptFileError(
    `Expected ${length} bytes at ${offset}, but the file ends at ${size}`,
    { place: { file: name, offset }, advice: 'The file is truncated or damaged' },
  );
}

/** Refuses a source that is shorter than before: what was read of it may be gone. */
export function expectGrown(name: string, before: number, now: number): void {
  if (now >= before) return;
  throw new StorageError(`Expected the file to have ${before} bytes or more, got ${now}`, {
    place: { file: name },
    advice: 'It was cut or written anew: open it again',
  });
}
