import h5wasm from 'h5wasm/node';

export interface PlainReader {
  /** Float32 NHWC images in 0…1, valid until the next call. */
  readBatch(indices: Uint32Array): Float32Array;
  close(): void;
}

/** Batches as one reads them with h5wasm alone: a slice for each image, then a loop over its bytes. */
export async function openPlainReader(path: string): Promise<PlainReader> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'r');
  const images = file.get('/images');
  if (!(images instanceof h5wasm.Dataset)) throw new Error(`Expected /images in ${path}`);
  const imageLength = images.shape!.slice(1).reduce((a, b) => a * b);
  const scale = Math.fround(1 / 255);
  let batch = new Float32Array(0);

  return {
    readBatch(indices) {
      const length = indices.length * imageLength;
      if (batch.length < length) batch = new Float32Array(length);
      indices.forEach((image, row) => {
        const pixels = images.slice([[image, image + 1], [], [], []]) as Uint8Array;
        const start = row * imageLength;
        for (let i = 0; i < imageLength; i++) batch[start + i] = pixels[i]! * scale;
      });
      return batch.subarray(0, length);
    },
    close: () => file.close(),
  };
}
