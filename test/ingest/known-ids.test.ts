import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openKnownIds } from '#src/ingest/known-ids.js';
import { createRowTable, type RowHash } from '#src/ingest/row-table.js';

describe('openKnownIds', () => {
  const text = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', 'ä', '/') });
  // Hashes that collide as much as hashes can, and some.
  const hashes = fc.constantFrom<((id: string) => RowHash) | undefined>(
    undefined,
    () => [7, 7],
    (id) => [id.length, id.length],
    (id) => [0xffffffff, id.charCodeAt(0) || 0],
  );

  it('finds ids as a map does, whatever the hashes are', () => {
    const ids = fc.uniqueArray(text, { maxLength: 60 });
    fc.assert(
      fc.property(
        ids,
        fc.array(text, { maxLength: 30 }),
        fc.nat(60),
        hashes,
        (all, more, cut, hash) => {
          const before = Math.min(cut, all.length);
          const known = openKnownIds(
            before,
            (start, count) => all.slice(start, start + count),
            hash,
          );
          for (const id of all.slice(before)) known.add(id);
          for (const id of [...all, ...more]) {
            const row = all.indexOf(id);
            expect(known.find(id)).toBe(row < 0 ? undefined : row);
            if (row >= 0) expect(known.mayHold(id)).toBe(true);
          }
        },
      ),
    );
  });

  it('reads many ids at once when they are asked for in order, and few otherwise', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => `image ${i}`);
    let [reads, rows] = [0, 0];
    const known = openKnownIds(all.length, (start, count) => {
      reads++;
      rows += count;
      return all.slice(start, start + count);
    });
    [reads, rows] = [0, 0];
    for (const id of all) expect(known.find(id)).toBeDefined();
    expect(reads).toBeLessThan(20);
    expect(rows).toBe(all.length);
    [reads, rows] = [0, 0];
    for (let i = 0; i < 100; i++) known.find(all[(i * 7919) % all.length]!);
    expect(rows).toBe(100);
    for (let i = 0; i < 1000; i++) expect(known.find(`other ${i}`)).toBeUndefined();
    expect(reads).toBe(100);
  });

  it('takes at most 14 bytes an id and 16 KiB, while it grows too', () => {
    const known = openKnownIds(0, () => []);
    for (let count = 1; count <= 100_000; count++) {
      known.add(`folder/image-${count}.jpg`);
      if (count % 1000 === 0) expect(known.bytes).toBeLessThanOrEqual(14 * count + 16_384);
    }
  });
});

it('a row table yields every row of a hash', () => {
  const hash = fc.tuple(fc.nat(20), fc.nat(2));
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 200 }), (added) => {
      const table = createRowTable();
      added.forEach((each, row) => {
        table.add(each, row);
      });
      for (const each of added) {
        const rows = added.flatMap(([a, b], row) => (a === each[0] && b === each[1] ? [row] : []));
        expect([...table.find(each)].sort((a, b) => a - b)).toEqual(rows);
      }
      expect([...table.find([21, 0])]).toEqual([]);
    }),
  );
});
