/** The files that benchmarks read: made once by the project's own ingester, kept in .cache. */
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { createIngester, openLoader } from 'planefeed';

export const repository: string = fileURLToPath(new URL('../../', import.meta.url));
export const cacheFolder: string = path.join(repository, '.cache', 'benchmarks');

/**
 * A file or folder that is made once: from the cache, or made now. Only a whole one gets the name.
 *
 * @param say is told what takes long
 * @param make writes it at the path that it gets; others may make the same at the same time
 * @returns its path
 */
export async function cachedFile(
  name: string,
  say: (line: string) => void,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const file = path.join(cacheFolder, name);
  if (fs.existsSync(file)) return file;
  say(`Making ${path.relative(process.cwd(), file)} …`);
  fs.mkdirSync(cacheFolder, { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  const removePartial = (): void => {
    fs.rmSync(partial, { force: true, recursive: true });
  };
  process.once('exit', removePartial);
  await make(partial);
  fs.renameSync(partial, file);
  process.off('exit', removePartial);
  return file;
}

/** What a data file holds: uint8 RGB images of random pixels in ten classes. */
export interface DataParameters {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly placement: 'image' | 'channel';
}

export interface DataFile extends DataParameters {
  readonly path: string;
  readonly channels: 3;
  readonly chunkShape: readonly [1, number, number, 1];
  readonly bytes: number;
}

/** Grows when the pixels or the file's structure change, so that older files aren't taken for new ones. */
const generation = 1;
const channels = 3;

/**
 * The file with these parameters, from the cache or made now.
 *
 * @param say is told what takes long
 */
export async function dataFile(
  parameters: DataParameters,
  say: (line: string) => void,
): Promise<DataFile> {
  const { images, height, width, placement } = parameters;
  const name = `random-${images}x${height}x${width}x${channels}-${placement}-${generation}.h5`;
  const file = await cachedFile(name, say, (partial) => makeFile(partial, parameters));
  await requireShape(file, parameters);
  const bytes = fs.statSync(file).size;
  return { ...parameters, path: file, channels, chunkShape: [1, height, width, 1], bytes };
}

/** An image of a data file, before it was stored. */
export interface SourceImage {
  readonly id: string;
  readonly className: string;
  /** What the file's `labels` say: classes are numbered as they come. */
  readonly label: number;
  /** NHWC; only until the next image is asked for. */
  readonly pixels: Uint8Array;
}

const classes = 10;

/** The images that a data file is made of, in its order: they are the same each time. */
export function* sourceImages({
  images,
  height,
  width,
}: Omit<DataParameters, 'placement'>): Generator<SourceImage> {
  const next = randomPixels(height * width * channels);
  for (let image = 0; image < images; image++) {
    const label = image % classes;
    const id = `image-${String(image).padStart(7, '0')}`;
    yield { id, className: `class-${label}`, label, pixels: next() };
  }
}

/**
 * Reads a file, or all files of a folder, from end to end, so that they lie in the page cache.
 * Kernels page out what lies idle, sometimes within minutes: to be called right before whatever is
 * measured "hot".
 */
export function readThrough(file: string): void {
  if (fs.statSync(file).isDirectory()) {
    for (const name of fs.readdirSync(file)) readThrough(path.join(file, name));
    return;
  }
  const fd = fs.openSync(file, 'r');
  try {
    while (fs.readSync(fd, readBuffer) > 0);
  } finally {
    fs.closeSync(fd);
  }
}

const readBuffer = Buffer.alloc(2 ** 22);

async function makeFile(file: string, parameters: DataParameters): Promise<void> {
  const { height, width, placement } = parameters;
  const ingester = await createIngester(file, {
    height,
    width,
    placement,
    commitEvery: 2048,
    durability: 'process',
  });
  try {
    let done = 0;
    for (const { id, className, pixels } of sourceImages(parameters)) {
      await ingester.append({ id, className, pixels });
      // Lets Ctrl-C through.
      if (done++ % 256 === 0) await setImmediate();
    }
  } finally {
    await ingester.close();
  }
}

/** Images that all differ, in every plane: whatever is swapped or repeated shows. */
function randomPixels(length: number): () => Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 0x9e3779b9;
  return () => {
    for (let i = 0; i < words.length; i++) {
      // xorshift32 (Marsaglia, "Xorshift RNGs", 2003)
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    return new Uint8Array(words.buffer, 0, length);
  };
}

async function requireShape(
  file: string,
  { images, height, width }: DataParameters,
): Promise<void> {
  await using loader = await openLoader(file, { workers: 0 });
  const found = [loader.length, ...loader.imageShape].join('×');
  const wanted = [images, height, width, channels].join('×');
  if (found === wanted) return;
  throw new Error(`Expected ${wanted} images in ${file}, found ${found}. Delete it and run again.`);
}
