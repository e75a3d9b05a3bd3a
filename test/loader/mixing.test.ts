import { describe, expect, it } from 'vitest';
import { measureMixing, type Mixing } from '#src/loader/mixing.js';
import { epochOrder, type Shuffle } from '#src/loader/order.js';

const ROWS = 100_000;
const BATCH = 32;

describe('measureMixing', () => {
  it('of images as stored: none', () => {
    expect(mixingOf(false)).toMatchObject({ displacement: 0, neighbourhoods: 1 });
  });

  it('of a full shuffle: that of images drawn at random', () => {
    const { displacement, neighbourhoods, ...random } = mixingOf('full');
    expect(random.randomDisplacement).toBe(1 / 3);
    // Of 3125 stretches: 32 less the few that two images share.
    expect(random.randomNeighbourhoods).toBeCloseTo(31.84, 2);
    expect(Math.abs(displacement - 1 / 3)).toBeLessThan(0.03);
    expect(Math.abs(neighbourhoods - random.randomNeighbourhoods)).toBeLessThan(0.3);
  });

  it('of a window grows with it, up to that of a full shuffle', () => {
    const windows = [32, 256, 4096, ROWS].map((window) => mixingOf({ window }).neighbourhoods);
    expect(windows).toEqual([...windows].sort((a, b) => a - b));
    // Runs of 5 images: 7 places, some of which cut a stretch.
    expect(windows[0]).toBeLessThan(9);
    expect(windows[3]).toBeGreaterThan(30);
  });

  it('of few images is defined', () => {
    for (const rows of [0, 1, 3]) {
      const order = { length: rows, epoch: () => (position: number) => position, digest: '' };
      for (const value of Object.values(measureMixing(order, rows, BATCH))) {
        expect(value).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

function mixingOf(shuffle: Shuffle): Mixing {
  const epoch = (number: number): ReturnType<typeof epochOrder> =>
    epochOrder(shuffle, 5, number, ROWS);
  return measureMixing({ length: ROWS, epoch, digest: '' }, ROWS, BATCH);
}
