/** `npm run demo`: real images → HDF5 → prefetched batches → a tfjs model that learns. */
import { compareStreaming } from './demo/compare-streaming.js';
import { drawContactSheet } from './demo/contact-sheet.js';
import { ingestFolders } from './demo/ingest-folders.js';
import { layOutFolders } from './demo/lay-out-folders.js';
import { loadTfjs } from './demo/load-tfjs.js';
import { help, parseOptions, type DemoOptions } from './demo/options.js';
import { showInfo } from './demo/show-info.js';
import { sumUp } from './demo/sum-up.js';
import { train } from './demo/train.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(help);
  else await demo(options);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`demo: ${message.split('\n', 1)[0]!}`);
  process.exitCode = 1;
}

async function demo(options: DemoOptions): Promise<void> {
  const start = performance.now();
  console.log('planefeed: real images → HDF5 → shuffled batches → a model that learns');
  layOutFolders(options);
  const ingest = await ingestFolders();
  showInfo();
  const streaming = await compareStreaming();
  const tfjs = await loadTfjs(options);
  await drawContactSheet(tfjs);
  const training = await train(tfjs, options.seeds);
  const seconds = (performance.now() - start) / 1000;
  const failed = sumUp({ ingest, streaming, training, seconds });
  if (failed.length > 0) {
    throw new Error(
      `with seed ${failed.join(' and ')} the model is right less than twice as often as always guessing the largest class`,
    );
  }
}
