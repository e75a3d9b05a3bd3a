import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from '../fuzz/random.js';
import { emptyTally, readGrowing, type ReadTally } from './reader.js';

export interface GrowingTally extends ReadTally {
  /** What was written meanwhile. */
  readonly written: number;
  readonly commits: number;
}

/** Lets a process append to `file` and reads it here, until that ends. */
export async function runGrowing(
  file: string,
  seconds: number,
  seed: number,
): Promise<GrowingTally> {
  const script = fileURLToPath(new URL('writer.ts', import.meta.url));
  const args = ['--import', 'tsx', script, file, String(seconds), String(seed)];
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  writer.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(writer, 'close') as Promise<[number | null]>;

  const tally = emptyTally();
  const random = randomNumbers(seed);
  try {
    while (writer.exitCode === null && writer.signalCode === null) {
      // Its first commit makes the file.
      if (!fs.existsSync(file)) await setTimeout(5);
      else await readGrowing(file, random, tally);
    }
  } catch (error) {
    writer.kill();
    await ended;
    throw error;
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`The writer ended with ${String(code)}`);
  const { images, commits } = JSON.parse(said) as { images: number; commits: number };
  return { ...tally, written: images, commits };
}
