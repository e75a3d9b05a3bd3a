/** Random element types with values of them, in forms that ours, JSON and numpy understand. */
import fc from 'fast-check';
import { compoundDType, parseDType, stringDType } from 'planefeed';
import type { ArrayData, DType } from 'planefeed';

/** What an element is: JSON that h5py's side makes its dtype of. */
export type ElementType =
  | { readonly kind: 'number'; readonly str: string }
  | { readonly kind: 'fixed'; readonly length: number; readonly encoding: Encoding }
  | { readonly kind: 'text'; readonly encoding: Encoding }
  | { readonly kind: 'compound'; readonly fields: readonly ElementField[]; readonly size: number };

export interface ElementField {
  readonly name: string;
  readonly offset: number;
  readonly type: ElementType;
}

type Encoding = 'ascii' | 'utf-8';

/** An element as `toList` gives it. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | { readonly re: number; readonly im: number }
  | { readonly [field: string]: Value };

const NUMBERS = [
  ...['|i1', '|u1', '|b1'],
  ...['i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16'].flatMap((code) => [
    `<${code}`,
    `>${code}`,
  ]),
];

const numbers: fc.Arbitrary<ElementType> = fc
  .constantFrom(...NUMBERS)
  .map((str) => ({ kind: 'number', str }));
const encodings = fc.constantFrom<Encoding>('ascii', 'utf-8');
const fixed: fc.Arbitrary<ElementType> = fc.record({
  kind: fc.constant('fixed'),
  length: fc.integer({ min: 1, max: 12 }),
  encoding: encodings,
});
const text: fc.Arbitrary<ElementType> = fc.record({
  kind: fc.constant('text'),
  encoding: encodings,
});

/** Any that both sides can create. */
export const elementTypes: fc.Arbitrary<ElementType> = fc.oneof(
  { weight: 9, arbitrary: numbers },
  { weight: 2, arbitrary: fixed },
  { weight: 2, arbitrary: text },
  { weight: 3, arbitrary: fc.memo((depth: number) => compounds(depth))(2) },
);

/** No text of variable length among them, which no compound of ours can have. */
export function compounds(depth: number): fc.Arbitrary<ElementType> {
  const member = fc.oneof(
    { weight: 6, arbitrary: numbers },
    { weight: 2, arbitrary: fixed },
    ...(depth > 1 ? [{ weight: 1, arbitrary: compounds(depth - 1) }] : []),
  );
  const names = ['x', 'y', 'é ü', '0', 'shape', 'data', 'length', '__proto__', 'constructor'];
  return fc
    .record({
      names: fc.shuffledSubarray(names, { minLength: 1, maxLength: 4 }),
      members: fc.array(fc.record({ type: member, gap: fc.nat({ max: 3 }) }), {
        minLength: 4,
        maxLength: 4,
      }),
      padding: fc.nat({ max: 5 }),
    })
    .map(({ names: chosen, members, padding }) => {
      let size = 0;
      const fields = chosen.map((name, at): ElementField => {
        const { type, gap } = members[at]!;
        const offset = size + gap;
        size = offset + sizeOf(type);
        return { name, offset, type };
      });
      return { kind: 'compound', fields, size: size + padding };
    });
}

/** Bytes of an element; of text 8, numpy's pointer. */
export function sizeOf(type: ElementType): number {
  switch (type.kind) {
    case 'number':
      return Number(type.str.slice(2));
    case 'fixed':
      return type.length;
    case 'text':
      return 8;
    case 'compound':
      return type.size;
  }
}

/** As `createDataset` takes it. */
export function dtypeOf(type: ElementType): string | DType {
  return type.kind === 'number' ? type.str : fullDType(type);
}

function fullDType(type: ElementType): DType {
  switch (type.kind) {
    case 'number':
      return parseDType(type.str);
    case 'fixed':
      return stringDType({ length: type.length, encoding: type.encoding });
    case 'text':
      return stringDType({ encoding: type.encoding });
    case 'compound':
      return compoundDType(
        type.fields.map(({ name, offset, type: member }) => ({
          name,
          offset,
          dtype: fullDType(member),
        })),
        type.size,
      );
  }
}

/** Values that the type holds exactly. */
export function valuesOf(type: ElementType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'number':
      return numbersOf(type.str.slice(1));
    case 'fixed':
      return textOf(type.encoding).map((value) => shorten(value, type.length));
    case 'text':
      return textOf(type.encoding);
    case 'compound':
      return fc
        .tuple(...type.fields.map(({ type: member }) => valuesOf(member)))
        .map((members) =>
          Object.fromEntries(members.map((value, at) => [type.fields[at]!.name, asField(value)])),
        );
  }
}

/** The array of a compound's field doesn't tell bools from numbers. */
export function asField(value: Value): Value {
  return typeof value === 'boolean' ? Number(value) : value;
}

function numbersOf(code: string): fc.Arbitrary<Value> {
  const [kind, size] = [code[0]!, Number(code.slice(1))];
  const bits = BigInt(8 * size);
  switch (kind) {
    case 'b':
      return fc.boolean();
    case 'i':
    case 'u': {
      const low = kind === 'u' ? 0n : -(2n ** (bits - 1n));
      const high = low + 2n ** bits - 1n;
      const integers = fc.bigInt({ min: low, max: high });
      return size === 8 ? integers : integers.map(Number);
    }
    case 'c':
      return fc.record({ re: floatsOf(size / 2), im: floatsOf(size / 2) });
    default:
      return floatsOf(size);
  }
}

function floatsOf(size: number): fc.Arbitrary<number> {
  if (size === 8) return fc.double();
  return size === 4 ? fc.float() : fc.nat({ max: 0xffff }).map(halfOf);
}

function textOf(encoding: Encoding): fc.Arbitrary<string> {
  const units = encoding === 'ascii' ? 'grapheme-ascii' : 'grapheme';
  return fc.string({ unit: units, maxLength: 9 });
}

/** Cut to so many bytes of UTF-8, at the end of a character; zeros at the end are padding. */
function shorten(value: string, bytes: number): string {
  let result = '';
  for (const character of value) {
    if (Buffer.byteLength(result + character) > bytes) break;
    result += character;
  }
  return result;
}

/** The IEEE 754 binary16 number of these bits; of NaN there is one only. */
export function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, mantissa] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** The elements as ours takes and gives them. */
export function arrayOf(type: ElementType, values: readonly Value[]): ArrayData {
  if (type.kind === 'compound') {
    return Object.fromEntries(
      type.fields.map(({ name, type: member }) => [
        name,
        arrayOf(
          member,
          values.map((value) => (value as Record<string, Value>)[name]!),
        ),
      ]),
    );
  }
  if (type.kind !== 'number') return values as string[];
  const code = type.str.slice(1);
  if (code.startsWith('c')) {
    const parts = (values as { re: number; im: number }[]).flatMap(({ re, im }) => [re, im]);
    return code === 'c8' ? Float32Array.from(parts) : Float64Array.from(parts);
  }
  switch (code) {
    case 'i8':
      return BigInt64Array.from(values as bigint[]);
    case 'u8':
      return BigUint64Array.from(values as bigint[]);
    default:
      return ARRAYS[code]!.from(values.map(Number));
  }
}

const ARRAYS: Readonly<
  Record<string, { from(values: number[]): Exclude<ArrayData, string[] | Record<string, unknown>> }>
> = {
  i1: Int8Array,
  u1: Uint8Array,
  b1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  f2: Float32Array,
  f4: Float32Array,
  f8: Float64Array,
};

/** For Python: packed little-endian bytes in hexadecimal; of text the text itself. */
export type Transfer = string | readonly string[];

export function transferOf(type: ElementType, values: readonly Value[]): Transfer {
  if (type.kind === 'text') return values as string[];
  const size = packedSize(type);
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => {
    put(view, at * size, type, value);
  });
  return Buffer.from(bytes).toString('hex');
}

function packedSize(type: ElementType): number {
  if (type.kind !== 'compound') return sizeOf(type);
  return type.fields.reduce((total, field) => total + packedSize(field.type), 0);
}

function put(view: DataView, at: number, type: ElementType, value: Value): void {
  if (type.kind === 'compound') {
    let offset = at;
    for (const { name, type: member } of type.fields) {
      put(view, offset, member, (value as Record<string, Value>)[name]!);
      offset += packedSize(member);
    }
  } else if (type.kind === 'number') {
    putNumber(view, at, type.str.slice(1), value);
  } else {
    Buffer.from(value as string).forEach((byte, index) => {
      view.setUint8(at + index, byte);
    });
  }
}

function putNumber(view: DataView, at: number, code: string, value: Value): void {
  if (typeof value === 'object') {
    const [half, { re, im }] = [code === 'c8' ? 4 : 8, value as { re: number; im: number }];
    putNumber(view, at, `f${half}`, re);
    putNumber(view, at + half, `f${half}`, im);
    return;
  }
  switch (code) {
    case 'f2':
      view.setUint16(at, bitsOfHalf(value as number), true);
      return;
    case 'f4':
      view.setFloat32(at, value as number, true);
      return;
    case 'f8':
      view.setFloat64(at, value as number, true);
      return;
    default: {
      const size = Number(code.slice(1));
      const bits = BigInt.asUintN(8 * size, BigInt(value));
      for (let byte = 0; byte < size; byte++) {
        view.setUint8(at + byte, Number((bits >> BigInt(8 * byte)) & 0xffn));
      }
    }
  }
}

let halves: Map<number, number> | undefined;

function bitsOfHalf(value: number): number {
  if (Object.is(value, -0)) return 0x8000;
  if (Number.isNaN(value)) return 0x7e00;
  halves ??= new Map(
    Array.from({ length: 0x10000 }, (_, at): [number, number] => [
      halfOf(0xffff - at),
      0xffff - at,
    ]),
  );
  return halves.get(value)!;
}
