import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';

import { compare } from '../lib/compare.js';
import { cachedFile, readThrough } from '../lib/files.js';
import { jpegFiles } from '../lib/jpeg-files.js';
import type { Peer } from '../lib/peer.js';
import type { Case, CaseReport, Target } from '../lib/report.js';
import { startReport, type ScenarioOptions } from '../lib/scenario.js';
import {
  appendBatch,
  h5pyChunks,
  h5pySlices,
  imageBytes,
  withFsync,
  withoutJournal,
} from '../peers/ingest/arrays.js';
import { ingestJpegs, sharpAlone } from '../peers/ingest/decoding.js';

const full = { photos: 24, small: 256, batch: 256, repetitions: 5, seconds: 3 };
const quick = { photos: 2, small: 8, batch: 16, repetitions: 2, seconds: 0.02 };

/** The baseline of a case is to be so many times as fast as a peer. */
interface Promised {
  readonly peer: Pick<Peer, 'name'>;
  readonly atLeast: number;
}

/**
 * Writing files: JPEGs to 224×224 beside sharp alone, and arrays in memory beside h5py, 256 images a
 * commit.
 */
export async function ingest(options: ScenarioOptions): Promise<CaseReport> {
  const { photos, small, batch, seconds, ...defaults } = options.quick ? quick : full;
  const repetitions = options.repetitions ?? defaults.repetitions;
  const start = startReport('ingest', 'JPEGs and arrays into a file of planes, 224×224×3');
  const cases: Case[] = [];
  const targets: Target[] = [];
  const skipped = new Map<string, CaseReport['skipped'][number]>();
  let { versions } = start;

  const run = async <Data>(
    name: string,
    data: Data,
    peers: readonly [Peer<Data>, ...Peer<Data>[]],
    verify: number,
    promised: readonly Promised[],
    read: readonly string[],
  ): Promise<void> => {
    options.say(name);
    const baseline = peers[0].name;
    const compared = await compare(peers, data, {
      baseline,
      repetitions,
      seconds,
      verify,
      prepare() {
        read.forEach(readThrough);
      },
      say: options.say,
    });
    const { results } = compared;
    cases.push({ name, unit: 'images', show: 'rate', baseline, results });
    for (const each of compared.skipped) skipped.set(each.name, each);
    versions = { ...versions, ...compared.versions };
    for (const { peer, atLeast } of promised) {
      const measured = results.find((result) => result.name === peer.name)?.baselineIsTimes.median;
      if (measured === undefined) continue;
      const target = `${peer.name}, ${name}`;
      targets.push({ name: target, of: baseline, atLeast, measured, met: measured >= atLeast });
    }
  };

  for (const [name, files, atLeast] of [
    ['JPEGs of 1224×1632', await jpegFiles(photos, 1224, 1632), 0.9],
    ['JPEGs of 224×224', await jpegFiles(small, 224, 224), 0.75],
  ] as const) {
    const promised = [{ peer: sharpAlone, atLeast }];
    await run(name, files, [ingestJpegs, sharpAlone], 2, promised, files.paths);
  }
  const path = await cachedFile(`random-pixels-${batch}.bin`, options.say, (partial) => {
    fs.writeFileSync(partial, randomFillSync(new Uint8Array(batch * imageBytes)));
    return Promise.resolve();
  });
  for (const placement of ['image', 'channel'] as const) {
    await run(
      `arrays, placement ${placement}`,
      { path, images: batch, placement },
      [appendBatch, withFsync, withoutJournal, h5pySlices, h5pyChunks],
      1,
      [
        { peer: h5pySlices, atLeast: 0.7 },
        { peer: withoutJournal, atLeast: 0.9 },
      ],
      [],
    );
  }
  const settings = { repetitions, seconds, cache: 'hot' } as const;
  return {
    ...start,
    versions,
    settings,
    cases,
    bounds: [],
    skipped: [...skipped.values()],
    targets,
  };
}
