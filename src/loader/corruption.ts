import { CorruptFileError, InvalidOptionError, type ErrorPlace } from '../errors.js';
import { integer, oneOf } from './check-option.js';

/**
 * What becomes of an image whose bytes are found damaged. `'error'`: the iteration ends. `replace`: another
 * image of its batch takes its place, with that one's number and columns, the next that is sound. `skip`:
 * the batch comes without it. Both until more than `budget` different images were found damaged, which
 * ends the iteration.
 */
export type OnCorrupt = 'error' | { readonly action: 'replace' | 'skip'; readonly budget: number };

/** An image of a batch that was found damaged. */
export interface CorruptImage {
  /** Where it stands in the batch. */
  readonly row: number;
  readonly reason: string;
  readonly place: ErrorPlace;
}

/** Images counted since the loader was opened; one that comes again counts again. */
export interface CorruptionCounts {
  readonly corrupt: number;
  readonly replaced: number;
  readonly skipped: number;
}

export interface CorruptionPolicy {
  /**
   * The rows that are delivered of a batch of `rows` images, in order; undefined: all as they are.
   *
   * @throws CorruptFileError for the first damaged image, where it isn't to be put up with
   */
  accept(corrupt: readonly CorruptImage[], rows: number): Uint32Array | undefined;
  counts(): CorruptionCounts;
}

/** @throws InvalidOptionError when the option isn't what it must be */
export function checkOnCorrupt(option: unknown): OnCorrupt {
  if (option === 'error') return option;
  if (typeof option === 'object' && option !== null && 'action' in option && 'budget' in option) {
    return {
      action: oneOf('onCorrupt.action', option.action as 'replace', ['replace', 'skip']),
      budget: integer('onCorrupt.budget', option.budget, 0),
    };
  }
  throw new InvalidOptionError(
    `Expected \`onCorrupt\` to be 'error' or { action: 'replace' | 'skip', budget: number }, got \`${JSON.stringify(option)}\``,
  );
}

export function createCorruptionPolicy(onCorrupt: OnCorrupt): CorruptionPolicy {
  const counts = { corrupt: 0, replaced: 0, skipped: 0 };
  const known = new Set<number>();
  return {
    accept(corrupt, rows) {
      const [first] = corrupt;
      if (first === undefined) return undefined;
      counts.corrupt += corrupt.length;
      if (onCorrupt === 'error') {
        throw corruptImage(
          first,
          "To go on without such images, set `onCorrupt`; if they were changed on purpose, set `verify` to 'off'",
        );
      }
      const { action, budget } = onCorrupt;
      for (const image of corrupt) {
        known.add(image.place.image!);
        if (known.size <= budget) continue;
        throw corruptImage(image, `More than the \`budget\` of ${budget} images are damaged`);
      }
      const damaged = new Set(corrupt.map(({ row }) => row));
      const sound = Array.from({ length: rows }, (_, row) => row).filter(
        (row) => !damaged.has(row),
      );
      if (action === 'skip') {
        counts.skipped += damaged.size;
        return Uint32Array.from(sound);
      }
      if (sound.length === 0) {
        throw corruptImage(first, 'No image of its batch is sound to replace it: skip it instead');
      }
      counts.replaced += damaged.size;
      const substitute = (row: number): number => sound.find((other) => other > row) ?? sound[0]!;
      return Uint32Array.from({ length: rows }, (_, row) =>
        damaged.has(row) ? substitute(row) : row,
      );
    },
    counts: () => ({ ...counts }),
  };
}

function corruptImage({ reason, place }: CorruptImage, advice: string): CorruptFileError {
  return new CorruptFileError(reason, { place, advice });
}
