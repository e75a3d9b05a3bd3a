// A process of its own that loads: what it is to do comes as JSON, what it took goes back as JSON.
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import { openLoader } from 'planefeed';

const { file, options, batches, epochs } = JSON.parse(process.argv[2]);

const start = performance.now();
const loader = await openLoader(file, options);
/** Milliseconds from before opening until the first batch is there. */
let first;
/** Of the first batch: images and labels. */
let digest;
/** Bytes of memory, after the first batch and after each epoch. */
const memory = [];
let images = 0;
for (let epoch = 0; epoch < epochs; epoch++) {
  let left = batches ?? Infinity;
  for await (const batch of loader) {
    first ??= performance.now() - start;
    if (digest === undefined) {
      digest = digestOf(batch);
      memory.push(process.memoryUsage.rss());
    }
    images += batch.indices.length;
    left -= 1;
    if (left === 0) break;
  }
  globalThis.gc?.();
  memory.push(process.memoryUsage.rss());
}
await loader.close();
// Kilobytes on every system.
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ first, digest, images, memory, peak }));

function digestOf({ images: pixels, columns }) {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [pixels, columns.label]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
