import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '#src/errors.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import type { Device } from '#src/laboratory/devices/device.js';
import { fitDevice } from '#src/laboratory/fit.js';
import { minimize } from '#src/laboratory/nelder-mead.js';
import { price } from '#src/laboratory/price.js';
import { fittedPatterns, heldOutPatterns } from '#src/laboratory/probe.js';
import { traceOf } from '#src/laboratory/trace.js';

const BYTES = 2 ** 28;

const unlike: Device = {
  kind: 'fitted',
  latency: 6e-4,
  streamRate: 2e8,
  parallelism: 8,
  convoy: 0.7,
  commandCost: 5e-5,
  interfaceRate: 6e8,
  sequential: { streamRate: 1e9, commandCost: 2e-5, interfaceRate: 8e8 },
  distance: { seconds: 3e-4, span: BYTES },
};

describe('fitting a device', () => {
  it.each([
    ['an SSD', deviceNamed('ssd').device],
    ['a slow disk whose distances cost', unlike],
  ])('foresees what %s takes for patterns that it wasn’t fitted to', (_, device) => {
    const { device: fitted, error } = fitDevice(
      fittedPatterns(BYTES).map(({ trace }) => ({
        trace: trace(0),
        seconds: price(device, trace(0)).seconds,
      })),
    );
    expect(error).toBeLessThan(0.1);
    for (const { name, trace } of heldOutPatterns(BYTES)) {
      const ratio = price(fitted, trace(0)).seconds / price(device, trace(0)).seconds;
      expect({ name, within: Math.abs(ratio - 1) <= 0.25, ratio }).toMatchObject({ within: true });
    }
  });

  it('needs something to fit to', () => {
    expect(() => fitDevice([])).toThrow(InvalidOptionError);
    expect(() => fitDevice([{ trace: traceOf([[0, 1]]), seconds: 0 }])).toThrow('some time');
  });
});

describe('the downhill simplex', () => {
  it('finds the bottom of a bent valley', () => {
    const valley = ([x, y]: readonly number[]): number => (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2;
    const { point, cost } = minimize(valley, [-1.2, 1], { step: 0.5, rounds: 500 });
    expect(cost).toBeLessThan(1e-6);
    expect(point[0]).toBeCloseTo(1, 2);
    expect(point[1]).toBeCloseTo(1, 2);
  });
});
