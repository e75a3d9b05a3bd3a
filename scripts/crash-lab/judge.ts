import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { recover } from 'planefeed';
import { createReader, endless } from './reader.js';
import { absent, fileName } from './recording.js';
import type { CrashState } from './states.js';
import type { Files } from './trace.js';
import { readFiles, writeFiles } from './trace.js';

/** How a state turned out. */
export interface Verdict {
  /** What the file holds: a digest, `absent`, or why it can't be read. */
  readonly found: string;
  /** Whether that is a commit that it may be: the last that returned, or the one under way. */
  readonly sound: boolean;
  /** The file's bytes. */
  readonly bytes: Buffer | undefined;
}

/** Looks at files one after the other, in a folder of its own. */
export interface Judge {
  /** The file as the crash left it, to a program that knows no journals. */
  asItStands(state: CrashState, commits: readonly string[]): Promise<Verdict>;
  /** The file after our recovery. */
  recovered(state: CrashState, commits: readonly string[]): Promise<Verdict>;
  close(): Promise<void>;
}

/** Reading takes a few milliseconds; the machine may be busy. */
const hasty = 300;
const patient = 30_000;

/** @param folder in which it works: of its own */
export function createJudge(folder: string): Judge {
  fs.mkdirSync(folder);
  const known = new Map<string, string>();
  const file = path.join(folder, fileName);

  const reader = createReader();

  const holds = async (bytes: Buffer | undefined, patienceMs: number): Promise<string> => {
    if (bytes === undefined) return absent;
    const key = createHash('sha256').update(bytes).digest('base64');
    const before = known.get(key);
    if (before !== undefined && before !== endless) return before;
    writeFiles(folder, new Map([[fileName, bytes]]));
    const found = await reader.digest(file, patienceMs);
    known.set(key, found);
    return found;
  };
  const verdict = async (
    bytes: Buffer | undefined,
    state: CrashState,
    commits: readonly string[],
    patienceMs: number,
  ): Promise<Verdict> => {
    const found = await holds(bytes, patienceMs);
    return { found, sound: allowed(state, commits).includes(found), bytes };
  };

  return {
    asItStands: (state, commits) => verdict(state.files.get(fileName), state, commits, hasty),
    recovered: async (state, commits) => {
      writeFiles(folder, state.files);
      try {
        if (fs.existsSync(file)) await recover(file);
      } catch (error) {
        const found = `not recovered: ${(error as Error).message}`;
        return { found, sound: false, bytes: state.files.get(fileName) };
      }
      const files: Files = readFiles(folder);
      const result = await verdict(files.get(fileName), state, commits, patient);
      const left = [...files.keys()].filter((name) => name !== fileName);
      if (left.length === 0 || !files.has(fileName)) return result;
      return { ...result, found: `left behind: ${left.join(', ')}`, sound: false };
    },
    close: () => reader.close(),
  };
}

/** What a file may hold after a crash. */
export function allowed(state: CrashState, commits: readonly string[]): string[] {
  return commits.slice(state.commits, state.commits + 2);
}
