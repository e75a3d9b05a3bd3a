import { describe, expect, it } from 'vitest';

import { interleave } from '../../benchmarks/lib/interleave.js';
import type { OpenPeer } from '../../benchmarks/lib/peer.js';

/** A peer whose clock is made up: `rate` images a second. */
function fakePeer(step: number, rate: number, log: [number, number][] = []): OpenPeer {
  return {
    step,
    measure(epoch, images) {
      log.push([epoch, images]);
      return Promise.resolve((images / rate) * 1000);
    },
    close: () => Promise.resolve(),
  };
}

describe('interleave', () => {
  it('measures every peer once a repetition, beginning with another one each time', async () => {
    const peers = ['a', 'b', 'c'].map((name) => ({ name, open: fakePeer(32, 10_000) }));
    const turns: string[] = [];
    await interleave(peers, {
      repetitions: 3,
      seconds: 0.01,
      prepare: (name, repetition) => turns.push(`${repetition}${name}`),
    });
    expect(turns.join(' ')).toBe('warm-upa warm-upb warm-upc 0a 0b 0c 1b 1c 1a 2c 2a 2b');
  });

  it('gives each peer whole steps that take long enough, and the rates of these alone', async () => {
    const log: [number, number][] = [];
    const peers = [
      { name: 'slow', open: fakePeer(32, 500) },
      { name: 'fast', open: fakePeer(4096, 12_000, log) },
    ];
    const options = { repetitions: 2, seconds: 1, prepare: () => undefined };
    const [slow, fast] = await interleave(peers, options);
    for (const [samples, step, rate] of [
      [slow!, 32, 500],
      [fast!, 4096, 12_000],
    ] as const) {
      expect(samples.workPerRepetition % step).toBe(0);
      expect(samples.workPerRepetition / rate).toBeGreaterThanOrEqual(1);
      expect(samples.rates).toHaveLength(2);
      for (const each of samples.rates) expect(each).toBeCloseTo(rate, 6);
    }
    // The warm-up is in epoch 0, what counts is not.
    expect(log.filter(([epoch]) => epoch > 0)).toEqual([
      [1, fast!.workPerRepetition],
      [2, fast!.workPerRepetition],
    ]);
  });
});
