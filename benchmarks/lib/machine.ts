/** What a measurement depends on: recorded beside every figure. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

import { repository } from './files.js';

export interface Machine {
  readonly cpu: string;
  /** Logical processors that this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Processes that were waiting to run in the last minute, when the run began; more than 0 is noise. */
  readonly load: number;
}

export interface Commit {
  readonly id: string;
  /** Whether files differ from the commit. */
  readonly dirty: boolean;
}

export function describeMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    load: os.loadavg()[0] ?? 0,
  };
}

export function packageVersions(): Record<string, string> {
  return {
    planefeed: packageVersion(`${repository}package.json`),
    node: process.versions.node,
    h5wasm: packageVersion(`${repository}node_modules/h5wasm/package.json`),
  };
}

/** The commit that is checked out; `null` outside of a git repository. */
export function currentCommit(): Commit | null {
  try {
    return {
      id: git('rev-parse', 'HEAD'),
      dirty: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    // A package without its repository, or a machine without git: the report says "unknown".
    return null;
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function packageVersion(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
