import { compoundArray } from '#src/hdf5/compound-input.js';
import { toList } from '#src/hdf5/to-list.js';
import fc from 'fast-check';
import { compoundDType, InvalidOptionError, parseDType } from 'planefeed';
import type { DType } from 'planefeed';
import { describe, expect, test } from 'vitest';

import { nestModel, size } from './round-trip-model.js';
import { arrayOf, compounds, dtypeOf, valuesOf } from './round-trip-types.js';
import type { ElementField, ElementType, Value } from './round-trip-types.js';

type Compound = Extract<ElementType, { kind: 'compound' }>;

const filled = fc
  .tuple(
    compounds(2) as fc.Arbitrary<Compound>,
    fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  )
  .chain(([type, shape]) =>
    fc
      .array(valuesOf(type), { minLength: size(shape), maxLength: size(shape) })
      .map((values) => ({ type, shape, values })),
  );

describe('compoundArray', () => {
  test('what reading gives is taken as it is', () => {
    fc.assert(
      fc.property(filled, ({ type, shape, values }) => {
        const made = compoundArray({ data: arrayOf(type, values), shape }, dtypeOf(type) as DType);
        expect(made.shape).toEqual(shape);
        expect(made.dtype).toBe(`|V${type.size}`);
        expect(toList(made)).toEqual(nestModel({ shape, values }));
      }),
    );
  });

  test('each field may be plain lists, and is converted to its dtype', () => {
    fc.assert(
      fc.property(filled, ({ type, shape, values }) => {
        const data = Object.fromEntries(
          type.fields.map((field) => [field.name, plainField(field, values)]),
        );
        const made = compoundArray({ data, shape }, dtypeOf(type) as DType);
        expect(toList(made)).toEqual(nestModel({ shape, values }));
      }),
    );
  });

  test('a missing field, an unknown one, and one of another length are named', () => {
    fc.assert(
      fc.property(filled, fc.nat(), ({ type, shape, values }, number) => {
        const data = arrayOf(type, values) as Record<string, unknown>;
        const { name } = type.fields[number % type.fields.length]!;
        const rest = Object.entries(data).filter(([other]) => other !== name);
        const others = Object.fromEntries(rest);
        const attempt = (given: object): (() => void) => {
          return () => compoundArray({ data: given, shape }, dtypeOf(type) as DType);
        };
        expect(attempt(others)).toThrow(`The field '${name}' is missing`);
        expect(attempt({ ...data, other: [1] })).toThrow("The compound has no field 'other'");
        const longer = arrayOf(type, [...values, ...values]) as Record<string, unknown>;
        const wrong = Object.fromEntries([...rest, [name, longer[name]]]);
        expect(attempt(wrong)).toThrow(InvalidOptionError);
      }),
    );
  });

  const point = compoundDType([{ name: 'x', dtype: parseDType('u1'), offset: 0 }], 1);

  test('a compound within may bring its shape, but where a field has that name', () => {
    const outer = (name: string): DType => {
      const inner = compoundDType([{ name, dtype: parseDType('i2'), offset: 0 }], 2);
      return compoundDType([{ name: 'in', dtype: inner, offset: 0 }], 2);
    };
    const shaped = { data: { in: { data: { x: [1, 2] }, shape: [2] } }, shape: [2] } as const;
    expect(compoundArray(shaped, outer('x')).data).toEqual({ in: { x: Int16Array.of(1, 2) } });
    const named = { data: { in: { shape: [1, 2] } }, shape: [2] } as const;
    expect(compoundArray(named, outer('shape')).data).toEqual({
      in: { shape: Int16Array.of(1, 2) },
    });
    expect(() => compoundArray(shaped, outer('shape'))).toThrow(InvalidOptionError);
  });

  test('numbers that do not fit are cut, text is no number', () => {
    const made = compoundArray({ data: { x: [300, -1, 1.5] }, shape: [3] }, point);
    expect(made.data).toEqual({ x: Uint8Array.of(255, 0, 1) });
    expect(() => compoundArray({ data: { x: ['1'] }, shape: [1] }, point)).toThrow(
      InvalidOptionError,
    );
  });

  test.each([[5], [null], [[{ x: 1 }]], [{ x: [1] }], [{ data: [1], shape: [1] }]])(
    'expects one array a field, not %j',
    (given) => {
      expect(() => compoundArray(given, point)).toThrow(InvalidOptionError);
    },
  );
});

/** Plain values where there are such, which of complex numbers and compounds there are not. */
function plainField({ name, type }: ElementField, values: readonly Value[]): unknown {
  const own = values.map((value) => (value as Record<string, Value>)[name]!);
  if (type.kind === 'compound') return arrayOf(type, own);
  if (typeof own[0] === 'object') return arrayOf(type, own);
  return own;
}
