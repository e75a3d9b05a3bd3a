import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plannedBatches, type BatchPlan, type StreamPoint } from '#src/loader/planned-batches.js';
import type { Uneven } from '#src/loader/ranks.js';

const lengths = fc.integer({ min: 0, max: 60 });
const rankCounts = fc.integer({ min: 1, max: 9 });
const uneven = fc.constantFrom<Uneven>('pad', 'drop');
const batchSizes = fc.integer({ min: 1, max: 7 });

describe('ranks', () => {
  it('are equal in number and, merged, the epoch: whole, or padded from its start, or without its end', () => {
    fc.assert(
      fc.property(lengths, rankCounts, uneven, batchSizes, (length, ranks, how, batchSize) => {
        const parts = range(ranks).map((rank) =>
          images({ length, ranks, rank, uneven: how, batchSize }),
        );
        expect(new Set(parts.map((part) => part.length)).size).toBe(1);
        const merged = interleave(parts);
        const order = range(length).map((position) => orderOf(length)(position));
        if (how === 'drop') {
          expect(merged).toEqual(order.slice(0, length - (length % ranks)));
        } else {
          const padding = merged.slice(length);
          expect(merged.slice(0, length)).toEqual(order);
          expect(padding.length).toBe(length === 0 ? 0 : (ranks - (length % ranks)) % ranks);
          expect(padding).toEqual(padding.map((_, i) => order[i % length]));
        }
      }),
    );
  });

  it('may become others at every batch: nothing is lost, and repeated only for padding', () => {
    fc.assert(
      fc.property(
        lengths,
        rankCounts,
        rankCounts,
        batchSizes,
        batchSizes,
        fc.nat(20),
        (length, ranks, ranksThen, batchSize, batchSizeThen, stopAt) => {
          const first = range(ranks).map((rank) => [
            ...batches({ length, ranks, rank, batchSize }, { epoch: 0, position: 0 }),
          ]);
          const before = first.map((list) => list.slice(0, stopAt));
          const states = before.map((list) => list.at(-1)?.after ?? { epoch: 0, position: 0 });
          // Every rank's state is the same.
          for (const state of states) expect(state).toEqual(states[0]);
          const from = states[0]!;
          const delivered = interleave(before.map((list) => list.flatMap(indicesOf)));
          if (from.epoch === 1) {
            expect(delivered.slice(0, length)).toEqual(range(length).map(orderOf(length)));
            return;
          }
          const after = range(ranksThen).map((rank) =>
            [
              ...batches({ length, ranks: ranksThen, rank, batchSize: batchSizeThen }, from),
            ].flatMap(indicesOf),
          );
          const all = [...delivered, ...interleave(after)];
          expect(all.slice(0, length)).toEqual(range(length).map(orderOf(length)));
          expect(all.length - length).toBeLessThan(ranksThen);
        },
      ),
    );
  });
});

describe('plannedBatches', () => {
  it('goes on from the place after any batch as if it had never stopped', () => {
    fc.assert(
      fc.property(
        lengths,
        rankCounts,
        uneven,
        batchSizes,
        fc.boolean(),
        (length, ranks, how, batchSize, dropLast) => {
          const plan = { length, ranks, rank: 0, uneven: how, batchSize, dropLast };
          const whole = [...batches(plan, { epoch: 0, position: 0 }, 3)];
          whole.forEach(({ after }, i) => {
            const rest = [...batches(plan, after, 3 - after.epoch)];
            expect(rest).toEqual(whole.slice(i + 1));
          });
        },
      ),
    );
  });

  it('counts images, so batches of another size begin at the same image', () => {
    const whole = [...batches({ length: 10, batchSize: 4 }, { epoch: 2, position: 0 })];
    const rest = [...batches({ length: 10, batchSize: 3 }, whole[0]!.after)];
    expect(rest.map(({ indices }) => indices.length)).toEqual([3, 3]);
    expect(rest.flatMap(indicesOf)).toEqual(whole.slice(1).flatMap(indicesOf));
  });

  it('ends where there is nothing to deliver, however many epochs are asked for', () => {
    expect([...batches({ length: 0 }, { epoch: 0, position: 0 }, Infinity)]).toEqual([]);
    const dropped = { length: 3, batchSize: 4, dropLast: true };
    expect([...batches(dropped, { epoch: 0, position: 0 }, Infinity)]).toEqual([]);
  });

  it('goes over to the next epoch where a change of ranks leaves nothing of this one', () => {
    const plan = { length: 10, ranks: 4, rank: 0, uneven: 'drop' as const, batchSize: 2 };
    const [first] = batches(plan, { epoch: 5, position: 8 }, 2);
    expect(first).toMatchObject({ epoch: 6, position: 0 });
  });
});

interface Plan {
  readonly length: number;
  readonly ranks?: number;
  readonly rank?: number;
  readonly uneven?: Uneven;
  readonly batchSize?: number;
  readonly dropLast?: boolean;
}

function batches(
  { length, ranks = 1, rank = 0, uneven: how = 'pad', batchSize = 1, dropLast = false }: Plan,
  from: StreamPoint,
  epochs = 1,
): ReturnType<typeof plannedBatches> {
  const plan: BatchPlan = {
    order: { length, epoch: () => orderOf(length), digest: '' },
    share: { rank, ranks, uneven: how },
    batchSize,
    dropLast,
  };
  return plannedBatches(plan, from, epochs);
}

function images(plan: Plan): number[] {
  return [...batches(plan, { epoch: 0, position: 0 })].flatMap(indicesOf);
}

function indicesOf({ indices }: { readonly indices: Uint32Array }): number[] {
  return Array.from(indices);
}

/** Backwards, so that positions and images differ. */
function orderOf(length: number): (position: number) => number {
  return (position) => length - 1 - position;
}

/** First of each, second of each, … */
function interleave(parts: readonly (readonly number[])[]): number[] {
  return range(parts[0]!.length).flatMap((i) => parts.map((part) => part[i]!));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
