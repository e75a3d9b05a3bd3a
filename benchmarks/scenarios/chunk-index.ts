import { compare } from '../lib/compare.js';
import { readThrough } from '../lib/files.js';
import { indexFile, indexKinds, type IndexKind } from '../lib/index-file.js';
import { measureOpening } from '../lib/large-index.js';
import type { Peer } from '../lib/peer.js';
import { missingPython } from '../lib/python.js';
import type { Case, CaseReport, Target } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { jsfive } from '../peers/chunk-index/jsfive.js';
import type { IndexData, Method } from '../peers/chunk-index/methods.js';
import { planefeed } from '../peers/chunk-index/planefeed.js';
import { h5py, hidefix } from '../peers/chunk-index/python.js';

const full = { images: 25_000, largeImages: 1_000_000, repetitions: 5, seconds: 0.5 };
const quick = { images: 500, largeImages: 5_000, repetitions: 2, seconds: 0.02 };
const channels = 4;
const largeChannels = 3;

const baseline = 'planefeed';

const methods: readonly Method[] = ['scan', 'find'];

/**
 * Datasets of 100,000 chunks with every kind of chunk index, page cache hot: opening the file and
 * listing all chunks, opening it and finding one; beside h5py, hidefix and jsfive. Then a dataset
 * of 3,000,000 chunks, which has bounds to keep.
 */
export async function chunkIndex(options: ScenarioOptions): Promise<CaseReport> {
  const { say } = options;
  const { images, largeImages, seconds, ...defaults } = options.quick ? quick : full;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport('chunk-index', 'Where chunks lie: listing all, finding one');
  const cases: Case[] = [];
  const skipped = new Map<string, CaseReport['skipped'][number]>();
  let { versions } = start;
  const { path: earliest } = await indexFile('v1 B-tree', images, channels, say);
  for (const kind of indexKinds) {
    const missing = kind === 'implicit' ? missingPython('h5py', 'numpy') : undefined;
    if (missing !== undefined) {
      skipped.set(kind, { name: kind, ...missing });
      continue;
    }
    const file = { ...(await indexFile(kind, images, channels, say)), earliest };
    for (const method of methods) {
      const name = nameOf(method, kind, file);
      say(name);
      const compared = await compare(peersOf(method), file, {
        baseline,
        repetitions,
        seconds,
        verify: file.chunks,
        prepare() {
          readThrough(file.path);
          readThrough(file.earliest);
        },
        say,
      });
      const unit = method === 'scan' ? 'chunks' : 'openings';
      const show = method === 'scan' ? 'rate' : 'time';
      cases.push({ name, unit, show, baseline, results: compared.results });
      for (const entry of compared.skipped) skipped.set(entry.name, entry);
      versions = { ...versions, ...compared.versions };
    }
  }
  const large = await indexFile('extensible array', largeImages, largeChannels, say);
  return {
    ...start,
    versions,
    settings: { repetitions, seconds, cache: 'hot' },
    cases,
    bounds: await measureOpening(large, repetitions),
    skipped: [...skipped.values()],
    targets: cases.flatMap(aheadOfAll),
  };
}

function peersOf(method: Method): readonly Peer<IndexData>[] {
  return [planefeed(method), h5py(method), hidefix(method), jsfive(method)];
}

function nameOf(method: Method, kind: IndexKind, { chunks }: IndexData): string {
  const count = chunks.toLocaleString('en');
  return method === 'scan'
    ? `${kind}: open, and list ${count} chunks`
    : `${kind}: open, and find one of ${count} chunks`;
}

function aheadOfAll({ name, results }: Case): Target[] {
  return results
    .filter((result) => result.name !== baseline)
    .map(({ name: peer, baselineIsTimes: { median } }) => ({
      name: `${peer} (${name})`,
      atLeast: 1,
      measured: median,
      met: median >= 1,
    }));
}
