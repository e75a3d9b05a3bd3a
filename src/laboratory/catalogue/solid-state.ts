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
    sets: 'parallelism',
    from: 'as many as the interface queues, or enough not to be the limit',
    source: 'unvalidated',
  },
];

/** Of a SATA disk, inside: more than its interface; how much more isn't published. */
const SATA_STREAM_RATE = 3e9;

const sataParameters: readonly Parameter[] = [
  {
    sets: 'streamRate',
    from: '3 GB/s: flash gives more than the interface takes',
    source: 'unvalidated',
  },
  ...sharedParameters,
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
        sets: 'commandCost',
        from: '4 KB random read at depth 32: 97,000/s',
        source: evo850Specification,
      },
      {
        sets: 'interfaceRate, sequential',
        from: 'sequential read 540 MB/s',
        source: evo850Specification,
      },
      ...sataParameters,
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
        sets: 'commandCost',
        from: '4K random read: 98,000/s',
        source: evo870Specification,
      },
      {
        sets: 'interfaceRate, sequential',
        from: 'sequential read 560 MB/s',
        source: evo870Specification,
      },
      ...sataParameters,
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
    device: crucialP3Plus(),
    parameters: [
      {
        sets: 'manyPages',
        from: 'random reads of 64 KiB, one at a time: 561.3 MB/s; the part that 4 KiB and the bytes don’t take',
        source: p3PlusAsyncFile,
      },
      {
        sets: 'latency',
        from: 'RND 4KiB (Q=1, T=1): 19,084.5/s',
        source: p3PlusCrystalDiskMark,
      },
      {
        sets: 'commandCost',
        from: 'RND 4KiB (Q=32, T=1): 204,339.4/s (the host’s one thread in it)',
        source: p3PlusCrystalDiskMark,
      },
      {
        sets: 'streamRate',
        from: 'random reads of 1 MiB, one at a time: 3.01 GB/s',
        source: p3PlusAsyncFile,
      },
      {
        sets: 'sequential',
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
  const commandCost = 1 / most - SMALL / rate;
  return {
    kind: 'sata-ssd',
    capacity,
    latency: 1 / depth1 - SMALL / SATA_STREAM_RATE - 1 / most,
    streamRate: SATA_STREAM_RATE,
    parallelism: 32,
    commandCost,
    interfaceRate: rate,
    sequential: { streamRate: SATA_STREAM_RATE, commandCost, interfaceRate: rate },
  };
}

/** A read alone takes latency, pages, bytes inside, command and bytes outside: the figures give each. */
function crucialP3Plus(): Flash {
  const interfaceRate = 5025.0e6;
  const [alone4K, queued4K] = [1 / 19084.5, 1 / 204339.4];
  const [alone64K, alone1M] = [65536 / 561.3e6, 2 ** 20 / 3.01e9];
  const shared = (bytes: number): number => queued4K + (bytes - SMALL) / interfaceRate;
  // Beyond 4 KiB: pages cost up to 64 KiB, bytes inside go on costing.
  const more64K = alone64K - alone4K - (shared(65536) - queued4K);
  const more1M = alone1M - alone4K - (shared(2 ** 20) - queued4K);
  const streamRate = (2 ** 20 - 65536) / (more1M - more64K);
  const commandCost = queued4K - SMALL / interfaceRate;
  const sequentialAlone = 2 ** 20 / 3362.6e6 - 2 ** 20 / interfaceRate - commandCost;
  return {
    kind: 'nvme',
    capacity: 2000398934016,
    latency: alone4K - queued4K - SMALL / streamRate,
    streamRate,
    parallelism: 64,
    commandCost,
    interfaceRate,
    sequential: { streamRate: 2 ** 20 / sequentialAlone, commandCost, interfaceRate },
    manyPages: { seconds: more64K - (65536 - SMALL) / streamRate, size: 65536 },
  };
}
