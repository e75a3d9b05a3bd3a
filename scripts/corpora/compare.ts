/** Reads files with h5py and with the fast lane, and says of each dataset what came out. */
import { fileURLToPath } from 'node:url';

import type { FastLaneAnswer, FastLaneDataset, H5pyAnswer, H5pyDataset } from './answers.js';
import { lineServer, type LineServer, type Reply } from '../lib/line-server.js';

export type Outcome =
  | { readonly kind: 'equal'; readonly index: string }
  | { readonly kind: 'unsupported'; readonly feature: string }
  /** A soft, external or user-defined link that h5py can't follow, nor the fast lane. */
  | { readonly kind: 'dangling link' }
  /** `ours` is `read`, or the tag of the project's error. */
  | { readonly kind: 'h5py cannot'; readonly why: string; readonly ours: string }
  /** A bug: another value, an error that isn't the project's, a hang or a crash. */
  | { readonly kind: 'different'; readonly detail: string };

export interface DatasetOutcome {
  readonly path: string;
  readonly outcome: Outcome;
}

export interface FileOutcome {
  readonly file: string;
  /** Why h5py doesn't open it, if it doesn't. */
  readonly h5pyError?: string;
  readonly datasets: readonly DatasetOutcome[];
}

export interface Comparison {
  readonly compare: (file: string) => Promise<FileOutcome>;
  readonly close: () => void;
}

/** Of one file; most take milliseconds. */
const TIMEOUT_MS = 120_000;

/** @param python the Python that has h5py */
export function openComparison(python: string): Comparison {
  const h5py = lineServer(python, ['-u', pathOf('h5py_digests.py')]);
  const fastLane = lineServer(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    pathOf('fast-lane.ts'),
  ]);
  return {
    compare: (file) => compareFile(h5py, fastLane, file),
    close() {
      h5py.close();
      fastLane.close();
    },
  };
}

async function compareFile(
  h5py: LineServer,
  fastLane: LineServer,
  file: string,
): Promise<FileOutcome> {
  const theirs = h5pyAnswer(await h5py.ask({ file }, TIMEOUT_MS));
  const reply = await fastLane.ask({ file, datasets: theirs.datasets }, TIMEOUT_MS);
  if ('failure' in reply) return { file, datasets: [failed('', reply)] };
  const ours = reply.answer as FastLaneAnswer;
  const outcomes = theirs.datasets.map((dataset, i) => ({
    path: dataset.path,
    outcome: compareDataset(dataset, ours.datasets[i]!),
  }));
  outcomes.push(...compareLists(theirs, ours));
  if (theirs.error === undefined) return { file, datasets: outcomes };
  outcomes.push(...(await readAlone(fastLane, file, theirs, ours)));
  return { file, h5pyError: theirs.error, datasets: outcomes };
}

function h5pyAnswer(reply: Reply): H5pyAnswer {
  if ('answer' in reply) return reply.answer as H5pyAnswer;
  return { error: `${reply.failure}: ${reply.detail}`, datasets: [] };
}

/** What one dataset's two readings say. */
export function compareDataset(theirs: H5pyDataset, ours: FastLaneDataset): Outcome {
  if ('error' in ours && ours.error === null) return { kind: 'different', detail: ours.message };
  if (theirs.error !== undefined) {
    const isLink = theirs.link !== 'hard' && theirs.shape === undefined;
    if (isLink && 'error' in ours) return { kind: 'dangling link' };
    return { kind: 'h5py cannot', why: theirs.error, ours: wordFor(ours) };
  }
  if ('error' in ours) {
    return ours.feature === undefined
      ? { kind: 'different', detail: ours.message }
      : { kind: 'unsupported', feature: ours.feature };
  }
  if (JSON.stringify(ours.shape) !== JSON.stringify(theirs.shape)) {
    const detail = `the shape is ${JSON.stringify(theirs.shape)}, not ${JSON.stringify(ours.shape)}`;
    return { kind: 'different', detail };
  }
  if (theirs.digest === null) {
    return { kind: 'different', detail: 'h5py reads something other than numbers' };
  }
  if (ours.digest !== theirs.digest) {
    return { kind: 'different', detail: `other values (${ours.index})` };
  }
  return { kind: 'equal', index: ours.index };
}

/** Where both list a file, they must list the same datasets. */
function compareLists(theirs: H5pyAnswer, { listed }: FastLaneAnswer): DatasetOutcome[] {
  if ('error' in listed) {
    const isBug =
      listed.error === null || (theirs.error === undefined && listed.feature === undefined);
    return isBug ? [{ path: '/', outcome: { kind: 'different', detail: listed.message } }] : [];
  }
  if (theirs.error !== undefined || theirs.datasets.some(({ error }) => error !== undefined)) {
    return [];
  }
  const expected = theirs.datasets.filter(({ link }) => link === 'hard').map(({ path }) => path);
  return [
    ...missing(expected, listed).map((path) => different(path, 'the fast lane misses it')),
    ...missing(listed, expected).map((path) => different(path, 'h5py has no such dataset')),
  ];
}

/** What is in `all` but not in `some`. */
function missing(all: readonly string[], some: readonly string[]): string[] {
  const known = new Set(some);
  return all.filter((path) => !known.has(path));
}

/** What h5py doesn't get at, the fast lane may read or refuse, but not fall over. */
async function readAlone(
  fastLane: LineServer,
  file: string,
  { error, datasets }: H5pyAnswer,
  { listed }: FastLaneAnswer,
): Promise<DatasetOutcome[]> {
  if ('error' in listed) return [];
  const compared = new Set(datasets.map(({ path }) => path));
  const alone = listed.filter((path) => !compared.has(path)).map((path) => ({ path }));
  const reply = await fastLane.ask({ file, datasets: alone }, TIMEOUT_MS);
  if ('failure' in reply) return [failed('', reply)];
  const answer = reply.answer as FastLaneAnswer;
  return alone.map(({ path }, i) => ({
    path,
    outcome: compareDataset({ path, link: 'hard', error: error! }, answer.datasets[i]!),
  }));
}

function failed(path: string, reply: Extract<Reply, { failure: unknown }>): DatasetOutcome {
  return different(path, `${reply.failure}: ${reply.detail}`);
}

function different(path: string, detail: string): DatasetOutcome {
  return { path, outcome: { kind: 'different', detail } };
}

function wordFor(ours: FastLaneDataset): string {
  return 'error' in ours ? (ours.error ?? 'bug') : 'read';
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
