import type { ChunkLocations } from '../chunking/chunk-index.js';
import type { DatasetLayout } from '../chunking/dataset-layout.js';

/** How the planes of images lie in a file. */
export interface MeasuredPlacement {
  /** Images whose planes are all there; the shares are of these. */
  readonly images: number;
  /** Planes next to each other in the file: nothing lies between them. */
  readonly adjacent: Neighbourhood;
  /** The same, but with up to `gap` bytes between them: what one read fetches all the same. */
  readonly near: Neighbourhood & { readonly gap: number };
}

export interface Neighbourhood {
  /** Share (0 to 1) of images whose planes lie side by side, in whatever order. */
  readonly images: number;
  /** Average planes in a run: one channel of consecutive images, one after the other. */
  readonly run: number;
}

/** The gap that a loader reads across by default. */
const GAP = 4096;
/** Enough images at a time that asking the index costs little. */
const IMAGES_AT_A_TIME = 4096;
/** Beyond so many chunks, most of them absent, looking at each takes too long. */
const MAX_PLANES = 2 ** 28;

/**
 * Measures from the offsets of chunks whether images' planes lie together, or runs of one channel's.
 *
 * @returns `undefined` when the dataset doesn't hold images in one-channel chunks (chunk shape
 *   `(1, h, w, 1)` or `(1, 1, h, w)`), `null` when no image in it is complete
 */
export async function measurePlacement(
  layout: Pick<DatasetLayout, 'shape' | 'chunkShape' | 'storage' | 'index'>,
): Promise<MeasuredPlacement | null | undefined> {
  if (!holdsPlanes(layout)) return undefined;
  const [n, ...rest] = layout.shape as [number, ...number[]];
  // Chunk numbers: the grid is [n, 1, 1, c] or [n, c, 1, 1].
  const c = rest.reduce((count, extent, d) => count * (extent / layout.chunkShape[d + 1]!), 1);
  if (n * c > MAX_PLANES) return undefined;
  const measure = placementMeasure(c);
  for (let first = 0; first < n; first += IMAGES_AT_A_TIME) {
    const count = Math.min(IMAGES_AT_A_TIME, n - first) * c;
    measure.add(
      await layout.index.locate(Float64Array.from({ length: count }, (_, i) => first * c + i)),
    );
  }
  return measure.result();
}

function holdsPlanes({
  shape,
  chunkShape,
  storage,
}: Pick<DatasetLayout, 'shape' | 'chunkShape' | 'storage'>): boolean {
  if (storage !== 'chunked' || shape.length !== 4 || chunkShape[0] !== 1) return false;
  const isPlane = (channelAxis: number): boolean =>
    [1, 2, 3].every((axis) => chunkShape[axis] === (axis === channelAxis ? 1 : shape[axis]));
  return isPlane(3) || isPlane(1);
}

/** Takes the planes of consecutive images, image by image, channel by channel. */
export function placementMeasure(c: number): {
  add(planes: Pick<ChunkLocations, 'offsets' | 'sizes'>): void;
  result(): MeasuredPlacement | null;
} {
  const gaps = [0, GAP] as const;
  const together = [0, 0];
  const runs = [0, 0];
  let images = 0;
  let planes = 0;
  /** Where each channel's last plane ended; -1 at first and after a plane that isn't there. */
  const ends = new Array<number>(c).fill(-1);

  const addImage = (offsets: Float64Array, sizes: Float64Array): void => {
    for (let channel = 0; channel < c; channel++) {
      const offset = offsets[channel]!;
      const between = ends[channel] === -1 ? Infinity : offset - ends[channel]!;
      ends[channel] = offset < 0 ? -1 : offset + sizes[channel]!;
      if (offset < 0) continue;
      planes++;
      gaps.forEach((gap, g) => {
        if (between < 0 || between > gap) runs[g]!++;
      });
    }
    if (offsets.includes(-1)) return;
    images++;
    const order = [...offsets.keys()].sort((a, b) => offsets[a]! - offsets[b]!);
    const widest = order.reduce((most, channel, i) => {
      const before = order[i - 1];
      return before === undefined
        ? most
        : Math.max(most, offsets[channel]! - offsets[before]! - sizes[before]!);
    }, 0);
    gaps.forEach((gap, g) => {
      if (widest <= gap) together[g]!++;
    });
  };

  return {
    add({ offsets, sizes }) {
      for (let at = 0; at < offsets.length; at += c) {
        addImage(offsets.subarray(at, at + c), sizes.subarray(at, at + c));
      }
    },
    result() {
      if (images === 0) return null;
      const within = (g: 0 | 1): Neighbourhood => ({
        images: together[g]! / images,
        run: planes / runs[g]!,
      });
      return { images, adjacent: within(0), near: { ...within(1), gap: GAP } };
    },
  };
}
