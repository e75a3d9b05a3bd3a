/** A process that appends to a file for some time: file, seconds and seed are its arguments. */
import { setTimeout } from 'node:timers/promises';
import { createIngester } from 'planefeed';
import { randomNumbers } from '../fuzz/random.js';
import { classOf, height, idOf, pixelsOf, width } from './images.js';

const [file = '', seconds = '60', seed = '1'] = process.argv.slice(2);
const random = randomNumbers(Number(seed));
/** Counted from when there is a file: loading the library may take long. */
let end = Infinity;
let commits = 0;
let image = 0;
// Some sessions are short: the journal comes and goes.
while (performance.now() < end) {
  const ingester = await createIngester(file, {
    ...{ height, width, placement: image === 0 && random(2) === 0 ? 'channel' : undefined },
    ...(image === 0 ? { run: 16 } : {}),
    commitEvery: 1_000_000,
    durability: random(10) < 2 ? 'full' : 'process',
  });
  if (image === 0) end = performance.now() + 1000 * Number(seconds);
  const sessionEnd = Math.min(end, performance.now() + random(2000));
  // In some, commits follow one another without a pause.
  const hot = random(4) === 0;
  do {
    for (let left = hot ? 1 : 1 + random(random(10) === 0 ? 100 : 6); left > 0; left--, image++) {
      const about = { id: idOf(image), className: classOf(image) };
      await ingester.append({ ...about, pixels: pixelsOf(image) });
    }
    await ingester.commit();
    commits++;
    if (!hot) await setTimeout(random(10) < 8 ? 0 : random(50));
  } while (performance.now() < sessionEnd);
  await ingester.close();
}
process.stdout.write(JSON.stringify({ images: image, commits }));
