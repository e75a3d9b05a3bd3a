import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPixelKernel,
  referenceKernel,
  writeCoefficients,
  type KernelSpec,
} from '#src/loader/kernels/kernels.js';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
const COEFFICIENTS = 64;
const PLANES = 4096;
const TARGET = 1024 * 1024;
const REFERENCE = 2 * 1024 * 1024;
const GUARD = 64;

const uint8 = { kind: 'u', size: 1, littleEndian: true } as const;

const cases = fc.record({
  dtype: fc.constantFrom('uint8', 'int32', 'float32'),
  layout: fc.constantFrom('nhwc', 'nchw'),
  channels: fc.integer({ min: 1, max: 6 }),
  count: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 1000, max: 3000 })),
  misalignment: fc.nat(15),
  coefficients: fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
    minLength: 12,
    maxLength: 12,
  }),
  seed: fc.integer(),
});

describe('the WebAssembly kernels', () => {
  it('equal their TypeScript twin bit for bit and write nothing else', () => {
    fc.assert(
      fc.property(cases, ({ dtype, layout, channels, count, misalignment, coefficients, seed }) => {
        const spec: KernelSpec = {
          conversion: {
            input: uint8,
            dtype,
            scale: Float32Array.from(coefficients.slice(0, channels)),
            bias: Float32Array.from(coefficients.slice(6, 6 + channels)),
          },
          layout,
          channels,
          count,
          coefficients: COEFFICIENTS,
        };
        const bytes = new Uint8Array(memory.buffer);
        fillRandom(bytes.subarray(PLANES, TARGET), seed);
        bytes.fill(0xaa, TARGET - GUARD);
        writeCoefficients(memory, spec);
        const planes = Array.from(
          { length: channels },
          (_, c) => PLANES + misalignment + c * (count + 5),
        );
        createPixelKernel(memory, spec)(planes, TARGET);
        referenceKernel(memory, spec)(planes, REFERENCE);

        const length = count * channels * (dtype === 'uint8' ? 1 : 4);
        const kernel = bytes.slice(TARGET - GUARD, TARGET + length + GUARD);
        const twin = bytes.slice(REFERENCE - GUARD, REFERENCE + length + GUARD);
        expect(Buffer.compare(kernel, twin)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the reference kernel', () => {
  it('puts pixel i of channel c where the layout says', () => {
    const planes = [PLANES, PLANES + 2];
    new Uint8Array(memory.buffer).set([1, 2, 10, 20], PLANES);
    expect(run({ layout: 'nhwc', channels: 2, count: 2 }, planes)).toEqual([1, 10, 2, 20]);
    expect(run({ layout: 'nchw', channels: 2, count: 2 }, planes)).toEqual([1, 2, 10, 20]);
  });

  it.each([
    {
      type: 'int16 big-endian',
      input: { kind: 'i', size: 2, littleEndian: false },
      bytes: [0xff, 0xfe],
      value: -2,
    },
    {
      type: 'uint32',
      input: { kind: 'u', size: 4, littleEndian: true },
      bytes: [0, 0, 0, 0x80],
      value: 2 ** 31,
    },
    {
      type: 'int64',
      input: { kind: 'i', size: 8, littleEndian: true },
      bytes: Array<number>(8).fill(0xff),
      value: -1,
    },
    {
      type: 'float16',
      input: { kind: 'f', size: 2, littleEndian: true },
      bytes: [0x00, 0x3e],
      value: 1.5,
    },
    {
      type: 'float16, subnormal',
      input: { kind: 'f', size: 2, littleEndian: true },
      bytes: [0x01, 0x80],
      value: -(2 ** -24),
    },
    {
      type: 'float16, infinite',
      input: { kind: 'f', size: 2, littleEndian: true },
      bytes: [0x00, 0x7c],
      value: Infinity,
    },
    {
      type: 'float64',
      input: { kind: 'f', size: 8, littleEndian: true },
      bytes: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
      value: 1.5,
    },
  ] as const)('reads $type', ({ input, bytes, value }) => {
    new Uint8Array(memory.buffer).set(bytes, PLANES);
    expect(run({ input }, [PLANES])).toEqual([value]);
  });

  it.each([
    { from: -3.7, dtype: 'int32', to: -3 },
    { from: 1e12, dtype: 'int32', to: 2 ** 31 - 1 },
    { from: NaN, dtype: 'int32', to: 0 },
    { from: -1, dtype: 'uint8', to: 0 },
    { from: 255.9, dtype: 'uint8', to: 255 },
    { from: 300, dtype: 'uint8', to: 255 },
  ] as const)('clips $from to $to as $dtype', ({ from, dtype, to }) => {
    new DataView(memory.buffer).setFloat64(PLANES, from, true);
    const input = { kind: 'f', size: 8, littleEndian: true } as const;
    expect(run({ input, dtype }, [PLANES])).toEqual([to]);
  });

  it('multiplies, then adds, in single precision', () => {
    new Uint8Array(memory.buffer)[PLANES] = 200;
    const [scale, bias] = [Math.fround(1 / 255), Math.fround(-0.485 / 0.229)];
    expect(run({ scale, bias }, [PLANES])).toEqual([Math.fround(Math.fround(200 * scale) + bias)]);
  });
});

interface Run {
  readonly layout?: 'nhwc' | 'nchw';
  readonly channels?: number;
  readonly count?: number;
  readonly input?: KernelSpec['conversion']['input'];
  readonly dtype?: KernelSpec['conversion']['dtype'];
  /** The same for every channel. */
  readonly scale?: number;
  readonly bias?: number;
}

/** Runs the reference kernel and returns what it wrote. */
function run(
  {
    layout = 'nhwc',
    channels = 1,
    count = 1,
    input = uint8,
    dtype = 'float32',
    scale = 1,
    bias = 0,
  }: Run,
  planes: number[],
): number[] {
  const conversion = {
    input,
    dtype,
    scale: new Float32Array(channels).fill(scale),
    bias: new Float32Array(channels).fill(bias),
  };
  const spec = { conversion, layout, channels, count, coefficients: COEFFICIENTS };
  referenceKernel(memory, spec)(planes, TARGET);
  const Target = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[dtype];
  return Array.from(new Target(memory.buffer, TARGET, channels * count));
}

function fillRandom(bytes: Uint8Array, seed: number): void {
  let state = seed | 1;
  for (let i = 0; i < 40_000; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    bytes[i] = state >>> 24;
  }
}
