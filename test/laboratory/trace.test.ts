import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '#src/errors.js';
import { joinTraces, stretches, traceBytes, traceOf } from '#src/laboratory/trace.js';
import { traces } from './arbitraries.js';

describe('a read trace', () => {
  it('refuses what is none', () => {
    expect(() => traceOf([[-1, 5]])).toThrow(InvalidOptionError);
    expect(() => traceOf([[0, 0]])).toThrow('length from 1');
    expect(() => traceOf([[0, Number.NaN]])).toThrow(InvalidOptionError);
    expect(() => traceOf([[0, 1]], { depth: 0 })).toThrow('depth');
    expect(() => traceOf([[0, 1]], { barriers: [2] })).toThrow('barriers');
    expect(() => traceOf([[0, 1]], { barriers: [1, 1] })).toThrow('[1, 1]');
  });

  it('is cut into stretches by its barriers, none empty', () => {
    const trace = traceOf(
      [0, 1, 2, 3].map((i) => [i, 1]),
      { barriers: [0, 2, 4] },
    );
    expect(stretches(trace)).toEqual([
      [0, 2],
      [2, 4],
    ]);
  });

  it('stretches hold every read once, in order', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const numbers = stretches(trace).flatMap(([first, end]) =>
          Array.from({ length: end - first }, (_, i) => first + i),
        );
        expect(numbers).toEqual([...trace.offsets.keys()]);
      }),
    );
  });

  it('joins with another, a barrier between', () => {
    const joined = joinTraces(traceOf([[0, 1]]), traceOf([[5, 2]], { barriers: [1] }));
    expect([...joined.offsets]).toEqual([0, 5]);
    expect([...joined.barriers]).toEqual([1, 2]);
    expect(traceBytes(joined)).toBe(3);
    expect(() => joinTraces(traceOf([[0, 1]]), traceOf([[0, 1]], { depth: 2 }))).toThrow('depth');
  });
});
