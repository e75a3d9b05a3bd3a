import { describe, expect, it } from 'vitest';
import { createReadCosts, resolveDepths } from '#src/loader/depth.js';

const MIB = 2 ** 20;

describe('how far ahead batches are made', () => {
  it('is what fits 128 MiB where that pays, else what fits 16 MiB', () => {
    expect(resolveDepths(undefined, 10 * MIB, 1)).toEqual({
      deep: { prefetch: 12, window: 6 },
      shallow: { prefetch: 2, window: 1 },
    });
    expect(resolveDepths(undefined, MIB, 2)).toEqual({
      deep: { prefetch: 16, window: 8 },
      shallow: { prefetch: 16, window: 8 },
    });
  });

  it('is one batch at least, with workers two', () => {
    const depth = (workers: number) => resolveDepths(undefined, 1000 * MIB, workers).shallow;
    expect(depth(0)).toEqual({ prefetch: 1, window: 1 });
    expect(depth(1)).toEqual({ prefetch: 2, window: 1 });
  });

  it('is what the user said, always', () => {
    const depth = { prefetch: 5, window: 2 };
    expect(resolveDepths(5, 10 * MIB, 2)).toEqual({ deep: depth, shallow: depth });
  });
});

describe('planning more reads together pays', () => {
  it('where they serve several images', () => {
    const costs = createReadCosts();
    costs.planned(32, 32);
    expect(costs.deepPays()).toBe(false);
    costs.planned(32, 4);
    expect(costs.deepPays()).toBe(true);
  });

  it('where a device is slow, as long as it is', () => {
    const costs = createReadCosts();
    costs.read(14, 2 * MIB, 0.4);
    expect(costs.deepPays()).toBe(false);
    for (let i = 0; i < 5; i++) costs.read(14, 2 * MIB, 100);
    expect(costs.deepPays()).toBe(true);
    for (let i = 0; i < 100; i++) costs.read(14, 2 * MIB, 0.4);
    expect(costs.deepPays()).toBe(false);
  });

  it('not where many small reads take a while together', () => {
    const costs = createReadCosts();
    costs.read(10_000, 10_000 * 768, 30);
    expect(costs.deepPays()).toBe(false);
  });
});
