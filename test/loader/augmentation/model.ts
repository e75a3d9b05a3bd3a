/** What a loader is to deliver, image by image, in the plainest way: no planes, no kernels, no batches. */

/** Values of one image in the order h, w, c. */
export interface StoredImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: ArrayLike<number>;
}

export interface ModelOptions {
  readonly crop?: {
    readonly height: number;
    readonly width: number;
    readonly at: 'random' | 'centre';
    readonly pad?: number;
  };
  readonly flip?: 'horizontal';
  readonly jitter?: { readonly brightness?: number; readonly contrast?: number };
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly channels: readonly number[];
  readonly layout: 'nhwc' | 'nchw';
  readonly dtype: 'uint8' | 'int32' | 'float32';
  readonly seed: number;
}

/** One image as delivered. */
export function deliver(
  stored: StoredImage,
  image: number,
  epoch: number,
  options: ModelOptions,
): number[] {
  const { crop, flip, jitter, scale = 1, mean, std, channels, layout, dtype, seed } = options;
  const { height, width, at, pad = 0 } = crop ?? { ...stored, at: 'centre', pad: 0 };
  const [u0, u1, u2, u3] = philoxModel(seed, image, epoch, 0);
  const [v0] = philoxModel(seed, image, epoch, 1);
  const [spareRows, spareColumns] = [
    stored.height + 2 * pad - height,
    stored.width + 2 * pad - width,
  ];
  const top = (at === 'random' ? Math.floor(u0! * (spareRows + 1)) : spareRows >> 1) - pad;
  const left = (at === 'random' ? Math.floor(u1! * (spareColumns + 1)) : spareColumns >> 1) - pad;
  const mirrored = flip !== undefined && u2! < 0.5;
  const brightness = factor(jitter?.brightness, u3!);
  const contrast = factor(jitter?.contrast, v0!);
  const valueOf = (y: number, x: number, c: number): number => {
    const [row, column] = [top + y, left + (mirrored ? width - 1 - x : x)];
    const inside = row >= 0 && row < stored.height && column >= 0 && column < stored.width;
    const place = (row * stored.width + column) * stored.channels + channels[c]!;
    const value = inside ? stored.values[place]! : 0;
    if (dtype !== 'float32') return value;
    const divisor = std?.[c] ?? 1;
    const s = Math.fround(Math.fround(scale / divisor) * (brightness * contrast));
    const b = Math.fround(
      Math.fround(-(mean?.[c] ?? 0) / divisor) * (1 - brightness * (1 - contrast)),
    );
    return Math.fround(Math.fround(Math.fround(value) * s) + b);
  };
  const out: number[] = [];
  const put = (y: number, x: number, c: number): void => {
    // Zeros have no sign here: `toEqual` would tell them apart.
    out.push(valueOf(y, x, c) + 0);
  };
  const [rows, columns, depth] = [range(height), range(width), range(channels.length)];
  if (layout === 'nhwc')
    for (const y of rows) for (const x of columns) for (const c of depth) put(y, x, c);
  else for (const c of depth) for (const y of rows) for (const x of columns) put(y, x, c);
  return out;
}

/** Four numbers from 0 up to 1: Philox4x32-10 in big integers, as the paper writes it. */
export function philoxModel(seed: number, image: number, epoch: number, block: number): number[] {
  const mask = 0xffffffffn;
  const e = BigInt(epoch);
  let counter = [BigInt(image), e & mask, e >> 32n, BigInt(block)];
  const s = BigInt.asUintN(64, BigInt(seed));
  let [k0, k1] = [s & mask, s >> 32n];
  for (let round = 0; round < 10; round++) {
    const first = 0xd2511f53n * counter[0]!;
    const second = 0xcd9e8d57n * counter[2]!;
    counter = [
      (second >> 32n) ^ counter[1]! ^ k0,
      second & mask,
      (first >> 32n) ^ counter[3]! ^ k1,
      first & mask,
    ];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return counter.map((word) => Number(word) / 2 ** 32);
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function factor(spread: number | undefined, u: number): number {
  if (spread === undefined) return 1;
  const low = Math.max(0, 1 - spread);
  return low + (1 + spread - low) * u;
}
