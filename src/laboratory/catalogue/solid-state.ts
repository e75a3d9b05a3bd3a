import type { Flash } from '../devices/device.js';
import type { CatalogueEntry, Parameter } from './entry.js';
import {
  diskSimRealDrives,
  evo850Specification,
  evo870Specification,
  p3PlusAsyncFile,
  p3PlusCrystalDiskMark,
  pcWorld,
} from './sources.js';

const SMALL = 4096;

const sharedParameters: readonly Parameter[] = [
  {
    sets: 'sequential',
    from: 'reads in order find their first bytes ready, and go on at the rate of one read',
    source: 'unvalidated',
  },
  {
    sets: 'parallelism',
    from: 'as many as the interface queues, or enough not to be the limit',
    source: 'unvalidated',
  },
];

export const solidStateDisks: readonly CatalogueEntry[] = [
  {
    id: 'samsung-850-evo-250gb',
    name: 'Samsung SSD 850 EVO 250 GB, SATA',
    device: sata({ capacity: 250059350016, depth1: 10e3, most: 97e3, rate: 540e6 }),
    parameters: [
      {
        sets: 'latency',
        from: '4 KB random read at depth 1: 10,000/s',
        source: evo850Specification,
      },
      {
        sets: 'commandInterval',
        from: '4 KB random read at depth 32: 97,000/s',
        source: evo850Specification,
      },
      {
        sets: 'interfaceRate, streamRate',
        from: 'sequential read 540 MB/s',
        source: evo850Specification,
      },
      ...sharedParameters,
    ],
    checks: [
      {
        figure: { kind: 'random', size: SMALL, depth: 1 },
        published: 1 / 88.7e-6,
        source: diskSimRealDrives,
      },
      {
        figure: { kind: 'random', size: SMALL, depth: 32 },
        published: 98.4e3,
        source: diskSimRealDrives,
      },
      { figure: { kind: 'sequential', at: 'outer' }, published: 553e6, source: diskSimRealDrives },
    ],
  },
  {
    id: 'samsung-870-evo-1tb',
    name: 'Samsung SSD 870 EVO 1 TB, SATA',
    device: sata({ capacity: 1000204886016, depth1: 13e3, most: 98e3, rate: 560e6 }),
    parameters: [
      { sets: 'latency', from: 'random read at depth 1: 13,000/s', source: evo870Specification },
      {
        sets: 'commandInterval',
        from: '4K random read: 98,000/s',
        source: evo870Specification,
      },
      {
        sets: 'interfaceRate, streamRate',
        from: 'sequential read 560 MB/s',
        source: evo870Specification,
      },
      ...sharedParameters,
    ],
    checks: [
      {
        figure: { kind: 'random', size: SMALL, depth: 32 },
        published: 393e6 / SMALL,
        source: pcWorld,
      },
    ],
  },
  {
    id: 'crucial-p3-plus-2tb',
    name: 'Crucial P3 Plus 2 TB (CT2000P3PSSD8), NVMe',
    device: {
      kind: 'nvme',
      capacity: 2000398934016,
      latency: latencyOf(19084.5, 3362.6e6),
      streamRate: 3362.6e6,
      parallelism: 64,
      commandInterval: 1 / 204339.4,
      interfaceRate: 5025.0e6,
      sequential: { latency: 0, streamRate: 3362.6e6 },
      // 64 KiB alone: 116.8 µs, of which 52.4 are those of 4 KiB and 18.3 the further bytes.
      manyPages: {
        seconds: 65536 / 561.3e6 - 1 / 19084.5 - (65536 - SMALL) / 3362.6e6,
        size: 65536,
      },
    },
    parameters: [
      {
        sets: 'manyPages',
        from: 'random reads of 64 KiB, one at a time: 561.3 MB/s',
        source: p3PlusAsyncFile,
      },
      {
        sets: 'latency',
        from: 'RND 4KiB (Q=1, T=1): 19,084.5/s',
        source: p3PlusCrystalDiskMark,
      },
      {
        sets: 'commandInterval',
        from: 'RND 4KiB (Q=32, T=1): 204,339.4/s (the host’s one thread in it)',
        source: p3PlusCrystalDiskMark,
      },
      {
        sets: 'streamRate',
        from: 'SEQ 1MiB (Q=1, T=1): 3362.6 MB/s',
        source: p3PlusCrystalDiskMark,
      },
      {
        sets: 'interfaceRate',
        from: 'SEQ 1MiB (Q=8, T=1): 5025.0 MB/s',
        source: p3PlusCrystalDiskMark,
      },
      ...sharedParameters,
    ],
    checks: [
      {
        figure: { kind: 'random', size: SMALL, depth: 1 },
        published: 75.8e6 / SMALL,
        source: p3PlusAsyncFile,
      },
      {
        figure: { kind: 'random', size: 16384, depth: 1 },
        published: 236.7e6 / 16384,
        source: p3PlusAsyncFile,
      },
      {
        figure: { kind: 'random', size: 2 ** 18, depth: 1 },
        published: 1.57e9 / 2 ** 18,
        source: p3PlusAsyncFile,
      },
      {
        figure: { kind: 'random', size: 2 ** 20, depth: 1 },
        published: 3.01e9 / 2 ** 20,
        source: p3PlusAsyncFile,
      },
      {
        figure: { kind: 'random', size: SMALL, depth: 32 },
        published: 743.3e6 / SMALL,
        source: {
          ...p3PlusAsyncFile,
          where: `${p3PlusAsyncFile.where}; asynchronous, its depth isn’t stated`,
        },
      },
      { figure: { kind: 'sequential', at: 'outer' }, published: 4.8e9, source: p3PlusAsyncFile },
    ],
  },
];

function sata(published: {
  readonly capacity: number;
  /** Random 4 KiB reads a second at depth 1, and at most. */
  readonly depth1: number;
  readonly most: number;
  /** Sequential bytes a second. */
  readonly rate: number;
}): Flash {
  const { capacity, depth1, most, rate } = published;
  return {
    kind: 'sata-ssd',
    capacity,
    latency: latencyOf(depth1, rate),
    streamRate: rate,
    parallelism: 32,
    commandInterval: 1 / most,
    interfaceRate: rate,
    sequential: { latency: 0, streamRate: rate },
  };
}

/** What a small read takes at depth 1, less the time of its bytes. */
function latencyOf(readsPerSecond: number, streamRate: number): number {
  return 1 / readsPerSecond - SMALL / streamRate;
}
