import { expect, it } from 'vitest';
import type { ColumnRows, OpenRows } from '#src/loader/column-rows.js';
import { resolveOrder, type OrderOptions } from '#src/loader/order-options.js';
import { createSampleOrder, type SampleOrder } from '#src/loader/sample-order.js';
import { heldMemory } from '../support/memory.js';

const ROWS = 2_000_000;
const SELECTED = ROWS / 2;
/** Beside what each image takes: sums of weights, and what measuring itself leaves. */
const FIXED = 400_000;

/** Values that are computed, so that they take no memory: `half` 0 or 1, `class` 0 to 99, `weight` 0 to 7. */
const openRows: OpenRows = (name) => {
  const valueOf = { half: modulo(2), class: modulo(100), weight: modulo(8) }[name]!;
  const column: ColumnRows = {
    path: `/${name}`,
    kind: 'number',
    read: (start, stop) =>
      Promise.resolve(Float64Array.from({ length: stop - start }, (_, i) => valueOf(start + i))),
    classNames: () => Promise.resolve(undefined),
  };
  return Promise.resolve(column);
};

it.each<[string, OrderOptions, number]>([
  ['as stored', {}, 0],
  ['full shuffle', { shuffle: 'full' }, 0],
  ['window shuffle', { shuffle: { window: 4096 } }, 0],
  ['a subset', { shuffle: 'full', where: { half: 0 } }, 4 * SELECTED],
  ['balanced', { sampling: { balance: 'class' } }, 4 * ROWS],
  ['balanced, a subset', { sampling: { balance: 'class' }, where: { half: 0 } }, 4 * SELECTED],
  ['weighted', { sampling: { weights: 'weight' } }, 4 * ROWS],
  ['weighted, a subset', { sampling: { weights: 'weight' }, where: { half: 1 } }, 8 * SELECTED],
  [
    'weighted, without replacement, a subset',
    { sampling: { weights: 'weight', replacement: false }, where: { half: 1 } },
    8 * SELECTED,
  ],
])('%s keeps at most 8 bytes an image selected', async (_name, options, bytes) => {
  const resolved = resolveOrder(options);
  const before = heldMemory();
  const order: SampleOrder = await createSampleOrder(ROWS, resolved, openRows);
  const at = order.epoch(1);
  const image = at(order.length - 1);
  expect(heldMemory() - before).toBeLessThan(bytes + FIXED);
  // What is held is in use.
  expect(at(order.length - 1)).toBe(image);
});

function modulo(n: number): (row: number) => number {
  return (row) => row % n;
}
