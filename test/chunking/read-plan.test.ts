import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planReads, type ReadGroups } from '#src/chunking/read-plan.js';

const limits = fc.record({
  gap: fc.integer({ min: 0, max: 100 }),
  maxLength: fc.integer({ min: 0, max: 2000 }),
});
const ranges = fc.array(
  fc.record({
    // Some beyond what a float has room for beside a number.
    offset: fc
      .integer({ min: 0, max: 20_000 })
      .chain((near) => fc.constantFrom(near, near + 2 ** 52)),
    length: fc.integer({ min: 1, max: 300 }),
    owner: fc.nat(30),
  }),
  { maxLength: 80 },
);

describe('planReads', () => {
  it('covers every wanted range with one read; reads are sorted and apart', () => {
    fc.assert(
      fc.property(ranges, limits, (wanted, limit) => {
        const plan = planReads(columns(wanted), limit);
        wanted.forEach(({ offset, length }, i) => {
          const read = plan.readOf[i]!;
          expect(plan.offsets[read]!).toBeLessThanOrEqual(offset);
          expect(plan.offsets[read]! + plan.lengths[read]!).toBeGreaterThanOrEqual(offset + length);
        });
        for (let read = 1; read < plan.offsets.length; read++) {
          const end = plan.offsets[read - 1]! + plan.lengths[read - 1]!;
          expect(plan.offsets[read]!).toBeGreaterThanOrEqual(end);
        }
      }),
    );
  });

  it('reads no unwanted byte but gaps below the limit, and merges no further than allowed', () => {
    fc.assert(
      fc.property(ranges, limits, (wanted, limit) => {
        const plan = planReads(columns(wanted), limit);
        plan.offsets.forEach((start, read) => {
          const mine = wanted
            .filter((_, i) => plan.readOf[i] === read)
            .sort((a, b) => a.offset - b.offset);
          expect(mine[0]!.offset).toBe(start);
          let end = start;
          for (const { offset, length } of mine) {
            expect(offset - end).toBeLessThanOrEqual(limit.gap);
            if (offset >= end && end > start) {
              expect(offset + length - start).toBeLessThanOrEqual(limit.maxLength);
            }
            end = Math.max(end, offset + length);
          }
          expect(end - start).toBe(plan.lengths[read]);
        });
      }),
    );
  });

  it('groups owners by the reads that they share', () => {
    fc.assert(
      fc.property(ranges, limits, (wanted, limit) => {
        const plan = planReads(columns(wanted), limit);
        const groupOfRead = new Map<number, number>();
        const groupOfOwner = new Map<number, number>();
        const groups = groupsOf(plan.groups);
        groups.forEach((group, number) => {
          for (const read of group.reads) {
            expect(groupOfRead.has(read)).toBe(false);
            groupOfRead.set(read, number);
          }
          for (const owner of group.owners) {
            expect(groupOfOwner.has(owner)).toBe(false);
            groupOfOwner.set(owner, number);
          }
        });
        expect(groupOfRead.size).toBe(plan.offsets.length);
        expect(groupOfOwner.size).toBe(new Set(wanted.map(({ owner }) => owner)).size);
        wanted.forEach(({ owner }, i) => {
          expect(groupOfRead.get(plan.readOf[i]!)).toBe(groupOfOwner.get(owner));
        });
        const firsts = groups.map((group) => group.reads[0]!);
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      }),
    );
  });

  it('reads three planes side by side at once, and planes far apart one by one', () => {
    const limit = { gap: 16, maxLength: 1000 };
    expect(lengths([0, 64, 128], limit)).toEqual([192]);
    expect(lengths([0, 80, 160], limit)).toEqual([224]);
    expect(lengths([0, 81, 162], limit)).toEqual([64, 64, 64]);
  });
});

function groupsOf({ count, reads, readEnds, owners, ownerEnds }: ReadGroups): {
  reads: Uint32Array;
  owners: Uint32Array;
}[] {
  return Array.from({ length: count }, (_, group) => ({
    reads: reads.subarray(group === 0 ? 0 : readEnds[group - 1], readEnds[group]),
    owners: owners.subarray(group === 0 ? 0 : ownerEnds[group - 1], ownerEnds[group]),
  }));
}

function lengths(offsets: number[], limit: { gap: number; maxLength: number }): number[] {
  const wanted = { offsets, lengths: offsets.map(() => 64), owners: offsets.map(() => 0) };
  return Array.from(planReads(wanted, limit).lengths);
}

function columns(wanted: readonly { offset: number; length: number; owner: number }[]): {
  offsets: number[];
  lengths: number[];
  owners: number[];
} {
  return {
    offsets: wanted.map(({ offset }) => offset),
    lengths: wanted.map(({ length }) => length),
    owners: wanted.map(({ owner }) => owner),
  };
}
