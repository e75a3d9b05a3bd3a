import type { HardDisk } from '../devices/device.js';
import { innerRateFromMean } from '../devices/spiral.js';
import type { CatalogueEntry, Parameter } from './entry.js';
import {
  diskSimBarracuda,
  diskSimDepths,
  diskSimProfiles,
  storageBenchmarks,
  tomsHardware,
} from './sources.js';

const GIB = 2 ** 30;
const TURN = 60 / 7200;

/**
 * Set so that random 4 KiB reads over the 1 GiB of CrystalDiskMark's test file come out on the
 * ST3500418AS at depth 1 (166.3 a second); the same for every disk.
 */
const COMMAND_OVERHEAD = 0.5e-3;

const sharedParameters: readonly Parameter[] = [
  {
    sets: 'commandOverhead',
    from: '0.5 ms for every disk, so that 4 KiB at depth 1 over 1 GiB comes out on the ST3500418AS (166.3/s)',
    source: storageBenchmarks,
  },
  {
    sets: 'seek.trackToTrack, seek.fullStroke',
    from: '1 ms, and twice the average seek: usual ratios, not found for this disk',
    source: 'unvalidated',
  },
];

export const hardDisks: readonly CatalogueEntry[] = [
  {
    id: 'seagate-st3500418as',
    name: 'Seagate Barracuda 7200.12 500 GB (ST3500418AS), 7200 rpm',
    device: disk({
      capacity: 500107862016,
      outerRate: 123.7e6,
      innerRate: innerRateFromMean(123.7e6, 100.0e6),
      access: 14.2e-3,
      queueDepth: 32,
    }),
    parameters: [
      { sets: 'outerRate', from: 'transfer rate, maximum: 123.7 MB/s', source: storageBenchmarks },
      {
        sets: 'innerRate',
        from: 'transfer rate, average: 100.0 MB/s (with the maximum)',
        source: storageBenchmarks,
      },
      {
        sets: 'seek.average',
        from: 'access time 14.2 ms, less half a turn and the overhead',
        source: storageBenchmarks,
      },
      {
        sets: 'queueDepth',
        from: '32, that of SATA: all of them reordered',
        source: 'unvalidated',
      },
      ...sharedParameters,
    ],
    checks: [
      {
        figure: { kind: 'random', size: 4096, depth: 32, span: GIB },
        published: 457.5,
        source: storageBenchmarks,
      },
      {
        figure: { kind: 'sequential', at: 'outer' },
        published: 125.4e6,
        source: storageBenchmarks,
      },
      {
        figure: { kind: 'sequential', at: 'inner' },
        published: 66.0e6,
        source: storageBenchmarks,
      },
    ],
  },
  {
    id: 'samsung-hd502hj',
    name: 'Samsung Spinpoint F3 500 GB (HD502HJ), 7200 rpm',
    device: disk({
      capacity: 500107862016,
      outerRate: 136e6,
      innerRate: innerRateFromMean(136e6, 110.4e6),
      access: 13.5e-3,
      queueDepth: 32,
    }),
    parameters: [
      { sets: 'outerRate', from: 'maximum read throughput 136 MB/s', source: tomsHardware },
      {
        sets: 'innerRate',
        from: 'average read throughput 110.4 MB/s (with the maximum)',
        source: tomsHardware,
      },
      {
        sets: 'seek.average',
        from: 'access time 13.5 ms, less half a turn and the overhead',
        source: tomsHardware,
      },
      {
        sets: 'queueDepth',
        from: '32, that of SATA: all of them reordered',
        source: 'unvalidated',
      },
      ...sharedParameters,
    ],
    checks: [
      {
        figure: { kind: 'random', size: 4096, depth: 1 },
        published: 1 / 13.6e-3,
        source: storageBenchmarks,
      },
      {
        figure: { kind: 'random', size: 4096, depth: 32, span: 0.35 * 500107862016 },
        published: 206.1,
        source: storageBenchmarks,
        miss:
          'where the test file lay isn’t known: the span is the one at which depth 1 comes out ' +
          '(105.7/s), which 1 GiB in one piece doesn’t',
      },
      {
        figure: { kind: 'sequential', at: 'outer' },
        published: 136.4e6,
        source: storageBenchmarks,
      },
      { figure: { kind: 'sequential', at: 'inner' }, published: 72.0e6, source: storageBenchmarks },
      { figure: { kind: 'sequential', at: 'mean' }, published: 113.4e6, source: storageBenchmarks },
    ],
  },
  {
    id: 'seagate-st2000dm006',
    name: 'Seagate BarraCuda 2 TB (ST2000DM006), 7200 rpm',
    device: disk({
      capacity: 2000398934016,
      outerRate: 180e6,
      innerRate: 100e6,
      access: 17.5e-3,
      queueDepth: 4,
    }),
    parameters: [
      {
        sets: 'seek.average',
        from: 'random 4 KiB read at depth 1: 17.5 ms, less half a turn and the overhead',
        source: diskSimBarracuda,
      },
      {
        sets: 'queueDepth',
        from: '4 of 32: depth 16 gives 86.3/s (it reorders little)',
        source: diskSimDepths,
      },
      {
        sets: 'outerRate, innerRate',
        from: 'sequential read 143 MB/s, the file spread over the platter: the mean of 180 and 100 MB/s',
        source: diskSimBarracuda,
      },
      {
        sets: 'innerRate / outerRate',
        from: '0.56, as on the other disks of this kind',
        source: 'unvalidated',
      },
      ...sharedParameters,
    ],
    checks: [
      ...[
        { depth: 2, published: 64.5 },
        {
          depth: 4,
          published: 71.2,
          miss: 'the disk gains gradually up to depth 32, the model all at once up to its 4',
        },
        { depth: 8, published: 78.6 },
        { depth: 32, published: 93.6 },
      ].map(({ depth, published, miss }) => ({
        figure: { kind: 'random', size: 4096, depth } as const,
        published,
        source: diskSimDepths,
        ...(miss === undefined ? {} : { miss }),
      })),
    ],
  },
  {
    id: 'hgst-ultrastar-7k8',
    name: 'HGST Ultrastar 7K8 8 TB (HUS728T8TALE6L4), 7200 rpm',
    device: {
      ...disk({
        capacity: 8001563222016,
        outerRate: 255e6,
        innerRate: innerRateFromMean(255e6, 205e6),
        access: 8.0e-3 + TURN / 2 + COMMAND_OVERHEAD,
        queueDepth: 32,
      }),
      seek: { trackToTrack: 0.6e-3, average: 8.0e-3, fullStroke: 16e-3 },
    },
    parameters: [
      { sets: 'outerRate', from: '255 MB/s at the outer edge', source: diskSimProfiles },
      {
        sets: 'innerRate',
        from: '205 MB/s, taken as the mean over the disk',
        source: diskSimProfiles,
      },
      { sets: 'seek.average', from: 'average seek 8.0 ms', source: diskSimProfiles },
      { sets: 'seek.trackToTrack', from: '0.6 ms', source: diskSimProfiles },
      { sets: 'seek.fullStroke', from: 'twice the average', source: 'unvalidated' },
      {
        sets: 'queueDepth',
        from: '32, that of SATA: all of them reordered',
        source: 'unvalidated',
      },
      sharedParameters[0]!,
    ],
    checks: [],
  },
];

function disk(published: {
  readonly capacity: number;
  readonly outerRate: number;
  readonly innerRate: number;
  /** Mean seconds of a random small read at depth 1. */
  readonly access: number;
  readonly queueDepth: number;
}): HardDisk {
  const { capacity, outerRate, innerRate, access, queueDepth } = published;
  const average = access - TURN / 2 - COMMAND_OVERHEAD;
  return {
    kind: 'hdd',
    capacity,
    rpm: 7200,
    outerRate,
    innerRate,
    seek: { trackToTrack: 1e-3, average, fullStroke: 2 * average },
    commandOverhead: COMMAND_OVERHEAD,
    queueDepth,
  };
}
