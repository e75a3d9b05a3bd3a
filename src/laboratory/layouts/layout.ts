import { InvalidOptionError } from '../../errors.js';
import { guessChunk } from '../../hdf5/guess-chunk.js';

/** Images in a dataset `[n, h, w, c]`. */
export interface ImageSet {
  readonly shape: readonly [n: number, h: number, w: number, c: number];
  /** Bytes of an element. */
  readonly itemSize: number;
}

export type Compression = 'none' | 'gzip' | 'shuffle+gzip';

/** How a dataset of images lies in its file. */
export interface Layout {
  /** As typed: `plane`, `plane-channel`, `image`, `block-plane`, `block-image`, `auto`, `contiguous`, and `+gzip` or `+shuffle+gzip`. */
  readonly name: string;
  /** `null`: contiguous. */
  readonly chunks: readonly number[] | null;
  /** What lies side by side: the chunks of an image, or a run of images' chunks of one channel. */
  readonly placement: 'image' | 'channel';
  /** Images in such a run. */
  readonly run: number;
  readonly compression: Compression;
}

/** Names of chunk shapes and placements, in words. */
export const layoutKinds = {
  plane: '(1, h, w, 1), the channels of an image side by side',
  'plane-channel': '(1, h, w, 1), runs of 256 images’ planes of one channel',
  image: '(1, h, w, c)',
  'block-plane': '(16, h, w, 1)',
  'block-image': '(16, h, w, c)',
  auto: 'chunks=True: the shape that h5py guesses',
  contiguous: 'no chunks',
} as const;

export type LayoutKind = keyof typeof layoutKinds;

/** Every chunk shape and placement, with each compression asked for; contiguous data has none. */
export function layoutsOf(set: ImageSet, compressions: readonly Compression[]): Layout[] {
  return compressions.flatMap((compression) =>
    (Object.keys(layoutKinds) as LayoutKind[])
      .filter((kind) => compression === 'none' || kind !== 'contiguous')
      .map((kind) => layoutOf(set, kind, compression)),
  );
}

/**
 * @throws InvalidOptionError for a name that isn't one; the message lists all
 *
 * @example
 * layoutNamed(set, 'block-image+gzip').chunks; // [16, 224, 224, 3]
 */
export function layoutNamed(set: ImageSet, name: string): Layout {
  const [kind, ...filters] = name.split('+');
  const compression = filters.length === 0 ? 'none' : filters.join('+');
  if (isKind(kind) && isCompression(compression)) {
    if (kind !== 'contiguous' || compression === 'none') return layoutOf(set, kind, compression);
  }
  throw new InvalidOptionError(`There is no layout "${name}"`, {
    advice: `Layouts are ${Object.keys(layoutKinds).join(', ')}; all but contiguous also with +gzip or +shuffle+gzip`,
  });
}

function layoutOf(set: ImageSet, kind: LayoutKind, compression: Compression): Layout {
  return {
    name: compression === 'none' ? kind : `${kind}+${compression}`,
    chunks: chunksOf(set, kind),
    placement: kind === 'plane-channel' ? 'channel' : 'image',
    run: RUN,
    compression,
  };
}

function chunksOf({ shape, itemSize }: ImageSet, kind: LayoutKind): readonly number[] | null {
  const [n, h, w, c] = shape;
  const block = Math.min(BLOCK, n);
  switch (kind) {
    case 'plane':
    case 'plane-channel':
      return [1, h, w, 1];
    case 'image':
      return [1, h, w, c];
    case 'block-plane':
      return [block, h, w, 1];
    case 'block-image':
      return [block, h, w, c];
    case 'auto':
      return guessChunk(shape, itemSize);
    case 'contiguous':
      return null;
  }
}

function isKind(name: string | undefined): name is LayoutKind {
  return name !== undefined && Object.hasOwn(layoutKinds, name);
}

function isCompression(name: string): name is Compression {
  return name === 'none' || name === 'gzip' || name === 'shuffle+gzip';
}

const BLOCK = 16;
/** That of `planefeed ingest` and `repack`. */
const RUN = 256;
