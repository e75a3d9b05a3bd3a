import type { CatalogueEntry } from './entry.js';
import { s3Latency, s3Parallel } from './sources.js';

export const objectStores: readonly CatalogueEntry[] = [
  {
    id: 'amazon-s3',
    name: 'Amazon S3, read within its region over 10 Gb/s',
    device: {
      kind: 'object-store',
      firstByte: 0.15,
      streamRate: 87.5e6,
      connections: 64,
      networkRate: 1.25e9,
    },
    parameters: [
      { sets: 'firstByte', from: 'roughly 100–200 ms: the middle', source: s3Latency },
      { sets: 'streamRate', from: '85–90 MB/s of a request: the middle', source: s3Parallel },
      { sets: 'networkRate', from: 'a 10 Gb/s network card', source: s3Parallel },
      {
        sets: 'connections',
        from: '64: enough for the card with ranges of 8 MB',
        source: 'unvalidated',
      },
    ],
    checks: [],
  },
];
