import { isPlanar, type ImageChunks } from '../chunking/image-chunks.js';
import type { AssemblySpec } from './assembly.js';
import type { ImageChoices } from './augmentation/choices.js';
import { uniformAt } from './random.js';

/**
 * Which planes are held to the file's `/checksums` as they are assembled: none, one image in a hundred,
 * or all.
 */
export type Verify = 'off' | 'sample' | 'all';

/** Checksums of the planes of some images. */
export interface Checksums {
  /** Of each image the checksum of each channel delivered, image by image. */
  of(images: readonly number[]): Promise<Uint32Array>;
}

/** What is checked of a window of images. */
export interface WindowChecks {
  /** Image (number into the window) → what the checksums of its channels must be. */
  readonly expected: ReadonlyMap<number, Uint32Array>;
  /** Planes that should be checked and can't be. */
  readonly unverified: number;
}

/** Says what is checked of a window of images. */
export type PlanChecks = (
  images: ArrayLike<number>,
  epochs: ArrayLike<number>,
  choices: ImageChoices | undefined,
) => Promise<WindowChecks>;

/** Share of the images that `'sample'` checks. */
export const SAMPLED = 0.01;

/**
 * Chooses the images to check: with `'sample'` a function of `(seed, epoch, image)`, so that every epoch
 * checks others, and the same ones whatever the workers.
 *
 * @param checksums undefined where the file has none: what is chosen can't be verified
 */
export function planVerification(
  verify: Verify,
  seed: number,
  spec: AssemblySpec,
  checksums: Checksums | undefined,
): PlanChecks {
  const { channels } = spec.chunks;
  const nothing = { expected: new Map<number, Uint32Array>(), unverified: 0 };
  if (verify === 'off') return () => Promise.resolve(nothing);
  return async (images, epochs, choices) => {
    const chosen = chooseImages(verify, seed, images, epochs);
    const whole = chosen.filter((i) => isWhole(spec, choices, i));
    if (checksums === undefined || whole.length === 0) {
      return { ...nothing, unverified: chosen.length * channels };
    }
    const values = await checksums.of(whole.map((i) => images[i]!));
    const expected = new Map(
      whole.map((i, at) => [i, values.subarray(at * channels, (at + 1) * channels)]),
    );
    return { expected, unverified: (chosen.length - whole.length) * channels };
  };
}

/** Records of `[image record of the task, checksum of each channel]`, for a task that completes `done`. */
export function checksOfTask(
  done: Uint32Array,
  { expected }: WindowChecks,
): Float64Array | undefined {
  if (expected.size === 0) return undefined;
  const records: number[] = [];
  done.forEach((image, record) => {
    const checksums = expected.get(image);
    if (checksums !== undefined) records.push(record, ...checksums);
  });
  return records.length === 0 ? undefined : Float64Array.from(records);
}

/** Keeps the choice apart from what else is made of seed and epoch. */
const VERIFICATION = 0x76657266;

function chooseImages(
  verify: 'sample' | 'all',
  seed: number,
  images: ArrayLike<number>,
  epochs: ArrayLike<number>,
): number[] {
  const chosen: number[] = [];
  let epoch = -1;
  let at = uniformAt([]);
  for (let i = 0; i < images.length; i++) {
    if (verify === 'sample') {
      if (epochs[i] !== epoch) {
        epoch = epochs[i]!;
        at = uniformAt([seed, epoch, VERIFICATION]);
      }
      if (at(images[i]!) >= SAMPLED) continue;
    }
    chosen.push(i);
  }
  return chosen;
}

/** Whether all of an image's planes are read, of which a crop may need only a part. */
function isWhole(
  { chunks, kernel, filters }: AssemblySpec,
  choices: ImageChoices | undefined,
  i: number,
): boolean {
  if (choices === undefined) return true;
  const [top, left] = [choices.tops[i]!, choices.lefts[i]!];
  const cropped =
    top > 0 ||
    left > 0 ||
    top + kernel.height < chunks.height ||
    left + kernel.width < chunks.width;
  // Filtered chunks are decoded whole; those outside of the crop aren't read at all.
  return !cropped || (filters.length > 0 && hasWholePieces(chunks));
}

function hasWholePieces(chunks: ImageChunks): boolean {
  return (
    isPlanar(chunks) ||
    chunks.pieces.every(({ height, width }) => height === chunks.height && width === chunks.width)
  );
}
