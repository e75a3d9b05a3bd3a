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
  const begun = performance.now();
  await run(ingest('whole.h5'));
  const duration = performance.now() - begun;
  const whole = await contentOf(path.join(folder, 'whole.h5'));

  const tally: KillTally = { killed: 0, early: 0, asTheyStood: 0, resumed: 0 };
  while (tally.killed < count) {
    for (const name of fs.readdirSync(folder)) {
      if (name.startsWith('killed')) fs.rmSync(path.join(folder, name));
    }
    // Most of the time nothing is written yet: the library is being loaded.
    const after = duration * (0.4 + 0.7 * random());
    if ((await run(ingest('killed.h5'), after)) !== 'SIGKILL') continue;
    tally.killed++;
    const file = path.join(folder, 'killed.h5');
    if (!fs.existsSync(file)) tally.early++;
    else if (await isPartOf(file, whole.ids, path.join(folder, 'copy.h5'))) tally.asTheyStood++;
    await run(ingest('killed.h5'));
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

/** Resolves with the signal that ended the process, if one did. */
function run(args: readonly string[], killAfterMs?: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const timer =
    killAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          child.kill('SIGKILL');
        }, killAfterMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (signal === null && status !== 0)
        reject(new Error(`ingest exited with ${String(status)}: ${messages}`));
      else resolve(signal);
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
