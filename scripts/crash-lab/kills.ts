import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { File } from 'planefeed';
import { main } from '../../test/support/cli.js';
import { digestOf } from './digest.js';
import type { Random } from './states.js';

export interface KillTally {
  /** Processes that were killed before they were done. */
  killed: number;
  /** Of these, those that left no file: killed before the first commit. */
  early: number;
  /** Those whose file held a commit, as it stood. */
  asTheyStood: number;
  /** Those whose resumed ingest ended in the content of an undisturbed one. */
  resumed: number;
}

/**
 * Kills `planefeed ingest` at random moments, `count` times, and runs it again each time.
 *
 * @param folder an empty one
 */
export async function killIngests(
  count: number,
  folder: string,
  random: Random,
): Promise<KillTally> {
  const photos = path.join(folder, 'photos');
  await makePhotos(photos);
  const ingest = (name: string): string[] => [
    main,
    'ingest',
    photos,
    path.join(folder, name),
    ...['--size', '16x16', '--commit-every', '4', '--durability', 'process'],
  ];
  const times = await run(ingest('whole.h5'), path.join(folder, 'whole.h5'));
  const whole = await contentOf(path.join(folder, 'whole.h5'));

  const tally: KillTally = { killed: 0, early: 0, asTheyStood: 0, resumed: 0 };
  while (tally.killed < count) {
    for (const name of fs.readdirSync(folder)) {
      if (name.startsWith('killed')) fs.rmSync(path.join(folder, name));
    }
    const file = path.join(folder, 'killed.h5');
    // Some before there is a file, most of them later.
    const moment: Moment =
      random() < 0.1
        ? { after: 'start', ms: times.untilFile * random() }
        : { after: 'file', ms: times.fromFile * random() };
    if ((await run(ingest('killed.h5'), file, moment)).signal !== 'SIGKILL') continue;
    tally.killed++;
    if (!fs.existsSync(file)) tally.early++;
    else if (await isPartOf(file, whole.ids, path.join(folder, 'copy.h5'))) tally.asTheyStood++;
    await run(ingest('killed.h5'), file);
    if ((await contentOf(file)).digest === whole.digest) tally.resumed++;
  }
  return tally;
}

const photoCount = 60;

async function makePhotos(folder: string): Promise<void> {
  for (let n = 0; n < photoCount; n++) {
    const inClass = path.join(folder, `class ${n % 3}`);
    fs.mkdirSync(inClass, { recursive: true });
    const background = { r: (37 * n) % 256, g: (11 * n) % 256, b: n };
    await sharp({ create: { width: 20, height: 20, channels: 3, background } })
      .png()
      .toFile(path.join(inClass, `${n}.png`));
  }
}

/** When a process is killed: so long after it began, or after its first commit made the file. */
interface Moment {
  readonly after: 'start' | 'file';
  readonly ms: number;
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly untilFile: number;
  readonly fromFile: number;
}

function run(args: readonly string[], file: string, moment?: Moment): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const begun = performance.now();
  let made: number | undefined;
  const watch = setInterval(() => {
    const now = performance.now();
    if (made === undefined && fs.existsSync(file)) made = now;
    const from = moment?.after === 'file' ? made : begun;
    if (moment !== undefined && from !== undefined && now >= from + moment.ms) {
      child.kill('SIGKILL');
    }
  }, 2);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearInterval(watch);
      const ended = performance.now();
      const failed = signal === null && status !== 0;
      if (failed) reject(new Error(`ingest exited with ${String(status)}: ${messages}`));
      else
        resolve({ signal, untilFile: (made ?? ended) - begun, fromFile: ended - (made ?? ended) });
    });
  });
}

async function contentOf(name: string): Promise<{ digest: string; ids: readonly unknown[] }> {
  using file = await File.open(name);
  return { digest: digestOf(file), ids: idsOf(file) };
}

function idsOf(file: File): readonly unknown[] {
  return [...(file.dataset('ids').get().data as ArrayLike<unknown> & Iterable<unknown>)];
}

/** Whether the file by itself, without its journal, holds whole rows: the first of all. */
async function isPartOf(name: string, ids: readonly unknown[], copy: string): Promise<boolean> {
  fs.copyFileSync(name, copy);
  try {
    using file = await File.open(copy);
    digestOf(file);
    const found = idsOf(file);
    return found.every((id, n) => id === ids[n]) && file.dataset('images').length === found.length;
  } catch {
    return false;
  }
}
