/** Datasets drawn at random, written by h5py and then compared. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Comparison, FileOutcome } from './compare.js';

export interface MatrixFile extends FileOutcome {
  /** How each dataset was made, by its path. */
  readonly made: Readonly<Record<string, string>>;
}

/**
 * Writes `count` datasets into files of a directory, the same ones for the same seed, and compares
 * what h5py and the fast lane read of them.
 *
 * @param python the Python that has h5py
 */
export async function compareMatrix(
  comparison: Comparison,
  { python, directory, seed, count }: MatrixOptions,
): Promise<MatrixFile[]> {
  const script = fileURLToPath(new URL('write_matrix.py', import.meta.url));
  const lines = execFileSync(python, [script, directory, String(seed), String(count)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outcomes: MatrixFile[] = [];
  for (const line of lines.trim().split('\n')) {
    const { file, made } = JSON.parse(line) as Pick<MatrixFile, 'file' | 'made'>;
    outcomes.push({ ...(await comparison.compare(file)), made });
  }
  return outcomes;
}

export interface MatrixOptions {
  readonly python: string;
  readonly directory: string;
  readonly seed: number;
  readonly count: number;
}
