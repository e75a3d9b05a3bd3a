import fc from 'fast-check';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import type { Device } from '#src/laboratory/devices/device.js';
import { traceOf, type ReadTrace } from '#src/laboratory/trace.js';

/** One device of every kind of model. */
export const devices: readonly (readonly [name: string, device: Device])[] = [
  ...['hdd', 'ssd', 'nvme', 'object-store'].map(
    (name) => [name, deviceNamed(name).device] as const,
  ),
  [
    'fitted',
    {
      kind: 'fitted',
      latency: 2e-4,
      streamRate: 3e8,
      parallelism: 6.5,
      convoy: 0.4,
      commandCost: 1e-5,
      interfaceRate: 1e9,
      sequential: { streamRate: 3e8, commandCost: 1e-5, interfaceRate: 1e9 },
      distance: { seconds: 5e-3, span: 1e11 },
    },
  ],
];

/** Where reads may lie on every device of {@link devices}. */
export const SPAN = 200e9;

/** Reads anywhere, of 1 byte to 4 MiB. */
export const reads: fc.Arbitrary<[offset: number, length: number][]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: SPAN }), fc.integer({ min: 1, max: 2 ** 22 })),
  { minLength: 1, maxLength: 40 },
);

/** Traces of such reads, with any depth and barriers anywhere. */
export const traces: fc.Arbitrary<ReadTrace> = fc
  .record({
    reads,
    depth: fc.integer({ min: 1, max: 64 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
  })
  .map(({ reads, depth, cuts }) => {
    const barriers = [...new Set(cuts.map((cut) => Math.floor(cut * reads.length)))];
    return traceOf(reads, { depth, barriers: barriers.sort((a, b) => a - b) });
  });
