import { compare } from '../lib/compare.js';
import { readThrough } from '../lib/files.js';
import type { Peer } from '../lib/peer.js';
import {
  dtypes,
  lengthOfRow,
  readFile,
  rowBytes,
  storages,
  type RowReads,
} from '../lib/read-file.js';
import type { Case, CaseReport } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import { h5pyReadDirect, h5pySlice } from '../peers/read-direct/h5py.js';
import { h5wasmSlice } from '../peers/read-direct/h5wasm.js';
import { planefeedGet, planefeedReadDirect } from '../peers/read-direct/planefeed.js';

const KiB = 1024;
const MiB = 1024 * KiB;
const full = {
  rows: (64 * MiB) / rowBytes,
  sizes: [64 * KiB, MiB, 16 * MiB, 64 * MiB],
  repetitions: 5,
  seconds: 0.25,
};
const quick = {
  rows: (4 * MiB) / rowBytes,
  sizes: [MiB],
  repetitions: 2,
  seconds: 0.02,
};

const baseline = planefeedReadDirect;
const peers: readonly Peer<RowReads>[] = [
  baseline,
  planefeedGet,
  h5wasmSlice,
  h5pyReadDirect,
  h5pySlice,
];

const verifiedReads = 2;

/**
 * Rows of 4 KiB from datasets of 64 MiB, page cache hot: reading into memory that is there already
 * beside reading into new arrays, in planefeed and in h5py, and h5wasm's own slice.
 */
export async function readDirect(options: ScenarioOptions): Promise<CaseReport> {
  const { rows, sizes, seconds, ...defaults } = options.quick ? quick : full;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport('read-direct', 'Rows into given memory and into new arrays');
  const path = await readFile(rows, options.say);
  const cases: Case[] = [];
  let skipped: CaseReport['skipped'] = [];
  let { versions } = start;
  for (const storage of storages) {
    for (const dtype of dtypes) {
      for (const size of sizes) {
        const name = `${storage} ${dtype}, ${sizeText(size)} a read`;
        options.say(name);
        const reads: RowReads = {
          path,
          dataset: `${storage}/${dtype}`,
          dtype,
          rows,
          rowLength: lengthOfRow(dtype),
          rowsPerRead: size / rowBytes,
        };
        const compared = await compare(peers, reads, {
          baseline: baseline.name,
          repetitions,
          seconds,
          verify: verifiedReads,
          prepare() {
            readThrough(path);
          },
          say: options.say,
        });
        const { results } = compared;
        cases.push({ name, unit: 'MiB', show: 'rate', baseline: baseline.name, results });
        // The same in every case.
        skipped = compared.skipped;
        versions = { ...versions, ...compared.versions };
      }
    }
  }
  const settings = { repetitions, seconds, cache: 'hot' } as const;
  return { ...start, versions, settings, cases, bounds: [], skipped, targets: [] };
}

function sizeText(bytes: number): string {
  return bytes < MiB ? `${bytes / KiB} KiB` : `${bytes / MiB} MiB`;
}
