import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createIngester, openLoader, type LoaderOptions, type LoaderState } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StreamReport } from '#src/cli/format-stream.js';
import { streamDigest } from '#src/loader/node/stream-digest.js';
import { planefeed, stackTrace } from '../support/cli.js';
import { writeImageFile } from '../support/image-files.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const COUNT = 100;

let temp: SharedDirectory;
let file: string;
beforeAll(async () => {
  temp = await sharedDirectory();
  file = await writeImageFile(path.join(temp.path, 'images.h5'), { count: COUNT });
});
afterAll(() => temp.remove());

const parts = { train: 0.8, validation: 0.2 };
const same: [string, LoaderOptions][] = [
  ['--where label=class-0,2 --shuffle', { where: { label: ['class-0', 2] }, shuffle: 'full' }],
  ['--where id="image-7",image-9', { where: { id: ['image-7', 'image-9'] } }],
  ['--images 90-95,3,17', { images: [90, 91, 92, 93, 94, 95, 3, 17] }],
  ['--split validation', { split: { name: 'validation', parts } }],
  [
    '--split a --parts a=1/2,b=0.5 --split-by label --split-seed 8',
    { split: { name: 'a', parts: { a: 0.5, b: 0.5 }, by: 'label', seed: 8 } },
  ],
  [
    '--balance label --epoch-length 30 --seed 2',
    { sampling: { balance: 'label', length: 30 }, seed: 2 },
  ],
  ['--weights label --epoch-length 30', { sampling: { weights: 'label', length: 30 } }],
  ['--weights label --no-replacement', { sampling: { weights: 'label', replacement: false } }],
  ['--rank 2/3 --uneven drop', { rank: 2, ranks: 3, uneven: 'drop' }],
  [
    '--crop 5x4 --pad 1 --flip --seed 3',
    { crop: { height: 5, width: 4, at: 'random', pad: 1 }, flip: 'horizontal', seed: 3 },
  ],
  [
    '--crop 4x4 --crop-at centre --dtype float32 --mean 9 --brightness 0.5 --contrast 0.5,2',
    {
      crop: { height: 4, width: 4, at: 'centre' },
      dtype: 'float32',
      mean: 9,
      jitter: { brightness: 0.5, contrast: [0.5, 2] },
    },
  ],
  ['--window 20 --rank 1/3', { shuffle: { window: 20 }, rank: 1, ranks: 3 }],
];

it.each(same)('%s delivers what the loader does with these options', async (args, options) => {
  const report = await stream(...args.split(' '));
  expect(report.digest).toBe(await digestOf(options));
});

it('goes on from a state that was saved', async () => {
  const state = path.join(temp.path, 'state.json');
  const whole = await digestOf({ shuffle: 'full', epochs: 2 });
  await stream('--shuffle', '--save-state', state);
  expect(JSON.parse(await readFile(state, 'utf8'))).toMatchObject({
    epoch: 1,
    position: 0,
    n: COUNT,
  });
  const [first, second] = await Promise.all([0, 1].map((epoch) => digestOfEpoch(epoch)));
  expect(first).not.toBe(second);
  expect((await stream('--shuffle', '--state', state)).digest).toBe(second);
  expect((await stream('--shuffle', '--epochs', '2')).digest).toBe(whole);
});

it('follows a file that has grown', async () => {
  const growing = await writeImageFile(path.join(temp.path, 'growing.h5'), { count: 20 });
  const state = path.join(temp.path, 'growing.json');
  {
    await using loader = await openLoader(growing, { shuffle: 'full' });
    for await (const { indices } of loader) expect(indices).toHaveLength(20);
    await writeFile(state, JSON.stringify(loader.state()));
  }
  await using ingester = await createIngester(growing, { durability: 'process' });
  for (const id of ['new', 'newer']) {
    await ingester.append({ id, className: 'class-0', pixels: new Uint8Array(8 * 6 * 3) });
  }
  await ingester.commit();
  const command = ['stream', growing, '--shuffle', '--follow', '--state', state, '--json'];
  const { status, stdout, stderr } = await planefeed(command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ images: 22, imagesInFile: 22 });
});

it('saves the state when it is interrupted', async () => {
  const state = path.join(temp.path, 'interrupted.json');
  let stopped = false;
  const args = ['stream', file, '--shuffle', '--epochs', '100000', '--save-state', state];
  const { status } = await planefeed(args, {
    onStderr: (_text, pid) => {
      if (!stopped) process.kill(pid, 'SIGINT');
      stopped = true;
    },
  });
  expect(status).toBe(130);
  const { epoch, position } = JSON.parse(await readFile(state, 'utf8')) as LoaderState;
  expect(epoch + position).toBeGreaterThan(0);
});

it('says how well the order mixes', async () => {
  const { stdout } = await planefeed(['stream', file, '--shuffle', '--batch', '10']);
  expect(stdout).toMatch(
    /^mixing {8}a batch from \d\.\d places of the file \(drawn at random: 6\.5\), images moved by 0\.\d\d of the epoch \(0\.33\)$/m,
  );
});

it.each([
  ['--where label', /Expected COLUMN=VALUES/],
  ['--images 5-3', /Expected image numbers and ranges/],
  ['--parts train', /Expected NAME=SHARE/],
  ['--rank 4', /Expected RANK\/RANKS/],
  ['--rank 4/4', /Expected `rank` to be an integer from 0 to 3, got `4`/],
  ['--balance label --weights label', /cannot be used with/],
  ['--where split=train', /There is no column `split`/],
  ['--where label=class-9', /or of the names class-0, class-1, class-2, got `class-9`/],
  ['--state no-such.json', /The state can't be read: ENOENT.*no-such.json/],
  ['--state TEMP/damaged.json', /Expected a state as JSON/],
  ['--state TEMP/other.json', /Expected `state` to be what a loader's state\(\) returned/],
])('refuses %s', async (args, message) => {
  await writeFile(path.join(temp.path, 'damaged.json'), '{"version": 1,');
  await writeFile(path.join(temp.path, 'other.json'), '[]');
  const words = args.replace('TEMP', temp.path).split(' ');
  const { status, stderr } = await planefeed(['stream', file, ...words]);
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(stackTrace);
});

async function stream(...args: string[]): Promise<StreamReport> {
  const command = ['stream', file, '--json', '--digest', '--workers', '0', ...args];
  const { status, stdout, stderr } = await planefeed(command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as StreamReport;
}

async function digestOf(options: LoaderOptions): Promise<string> {
  await using loader = await openLoader(file, { workers: 0, ...options });
  const digest = streamDigest();
  for await (const batch of loader) digest.add(batch);
  return digest.hex();
}

async function digestOfEpoch(epoch: number): Promise<string> {
  await using loader = await openLoader(file, { workers: 0, shuffle: 'full', epochs: 2 });
  const digest = streamDigest();
  for await (const batch of loader) if (batch.epoch === epoch) digest.add(batch);
  return digest.hex();
}
