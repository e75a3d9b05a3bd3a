import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPixelKernel } from '#src/loader/kernels/kernels.js';
import { writeCoefficients, type KernelSpec } from '#src/loader/kernels/pixel-kernel.js';
import { referenceKernel } from '#src/loader/kernels/reference-kernels.js';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
const COEFFICIENTS = 64;
const BLOCK = 1024;
const PLANES = 4096;
const TARGET = 1024 * 1024;
const REFERENCE = 2 * 1024 * 1024;
const GUARD = 64;

const uint8 = { kind: 'u', size: 1, littleEndian: true } as const;

const side = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 14, max: 70 }));
// Kernels do long rows by blocks.
const length = fc.oneof(side, fc.integer({ min: 250, max: 560 }));
const cases = fc
  .record({
    dtype: fc.constantFrom('uint8', 'int32', 'float32'),
    layout: fc.constantFrom('nhwc', 'nchw'),
    source: fc.constantFrom('planes', 'pixels'),
    channels: fc.integer({ min: 1, max: 6 }),
    height: side,
    width: length,
    // What comes of the image: all of it, or a rectangle.
    whole: fc.boolean(),
    rows: fc.nat(69),
    columns: fc.nat(559),
    flip: fc.boolean(),
    /** Pixels of the source's row that aren't wanted. */
    beside: fc.nat(9),
    misalignment: fc.nat(15),
    alike: fc.boolean(),
    coefficients: fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
      minLength: 12,
      maxLength: 12,
    }),
    start: fc.nat(1000),
  })
  .map(({ source, layout, whole, rows, columns, ...rest }) => ({
    ...rest,
    layout,
    source: layout === 'nchw' || rest.channels === 1 ? ('planes' as const) : source,
    rows: whole ? rest.height : rows % (rest.height + 1),
    columns: whole ? rest.width : columns % (rest.width + 1),
    beside: whole ? 0 : rest.beside,
  }));

describe('the WebAssembly kernels', () => {
  it('equal their TypeScript twin bit for bit and write nothing else', () => {
    fillRandom(new Uint8Array(memory.buffer, PLANES, TARGET - PLANES - GUARD), 1);
    fc.assert(
      fc.property(cases, (wanted) => {
        const { dtype, channels, source, rows, columns, flip, coefficients, alike } = wanted;
        const spec: KernelSpec = {
          ...wanted,
          conversion: {
            input: uint8,
            dtype,
            scale: Float32Array.from({ length: channels }, (_, c) => coefficients[alike ? 0 : c]!),
            bias: Float32Array.from(
              { length: channels },
              (_, c) => coefficients[alike ? 6 : 6 + c]!,
            ),
          },
        };
        const bytes = new Uint8Array(memory.buffer);
        bytes.fill(0xaa, TARGET - GUARD);
        writeCoefficients(new Float32Array(memory.buffer), COEFFICIENTS, spec.conversion);
        const stride = (columns + wanted.beside) * (source === 'pixels' ? channels : 1);
        const planeBytes = source === 'pixels' ? 1 : rows * stride + 5;
        const planes = Array.from(
          { length: channels },
          (_, c) => PLANES + wanted.start + wanted.misalignment + c * planeBytes,
        );
        const run = [rows, columns, stride, flip, COEFFICIENTS, BLOCK] as const;
        createPixelKernel(memory, spec)(planes, TARGET, ...run);
        referenceKernel(memory, spec)(planes, REFERENCE, ...run);

        const length = spec.height * spec.width * channels * (dtype === 'uint8' ? 1 : 4);
        const kernel = bytes.slice(TARGET - GUARD, TARGET + length + GUARD);
        const twin = bytes.slice(REFERENCE - GUARD, REFERENCE + length + GUARD);
        expect(Buffer.compare(kernel, twin)).toBe(0);
      }),
      { numRuns: 1000 },
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

  it('takes a rectangle of rows that lie apart, and mirrors it', () => {
    // Rows of four pixels, of which the middle two are wanted.
    new Uint8Array(memory.buffer).set([0, 1, 2, 0, 0, 3, 4, 0], PLANES);
    const rectangle = { height: 2, count: 2, sourceStride: 4 };
    expect(run(rectangle, [PLANES + 1])).toEqual([1, 2, 3, 4]);
    expect(run({ ...rectangle, flip: true }, [PLANES + 1])).toEqual([2, 1, 4, 3]);
  });

  it('takes pixels whose channels lie side by side', () => {
    new Uint8Array(memory.buffer).set([1, 10, 2, 20], PLANES);
    const pixels = { source: 'pixels', channels: 2, count: 2 } as const;
    expect(run(pixels, [PLANES, PLANES + 1])).toEqual([1, 10, 2, 20]);
    expect(run({ ...pixels, flip: true }, [PLANES, PLANES + 1])).toEqual([2, 20, 1, 10]);
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
  readonly source?: 'planes' | 'pixels';
  readonly channels?: number;
  readonly height?: number;
  /** Pixels a row. */
  readonly count?: number;
  readonly sourceStride?: number;
  readonly flip?: boolean;
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
    source = 'planes',
    channels = 1,
    height = 1,
    count = 1,
    sourceStride = 0,
    flip = false,
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
  const spec = { conversion, layout, source, channels, height, width: count };
  writeCoefficients(new Float32Array(memory.buffer), COEFFICIENTS, conversion);
  const kernel = referenceKernel(memory, spec);
  kernel(planes, TARGET, height, count, sourceStride, flip, COEFFICIENTS, BLOCK);
  const Target = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array }[dtype];
  return Array.from(new Target(memory.buffer, TARGET, channels * height * count));
}

function fillRandom(bytes: Uint8Array, seed: number): void {
  let state = seed | 1;
  for (let i = 0; i < bytes.length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    bytes[i] = state >>> 24;
  }
}
