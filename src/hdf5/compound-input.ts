import { InvalidOptionError } from '../errors.js';
import type { ArrayData, CompoundData } from './array-data.js';
import { describeValue } from './describe-value.js';
import type { DType } from './dtype.js';
import { array, ndArray } from './nd-array.js';
import type { ArrayInput, NdArray } from './nd-array.js';
import { sizeOf } from './shape.js';

/**
 * Elements of a compound dtype, given as one array a field: `{ data: { x: […], y: […] }, shape }`,
 * as reading gives them. Each field is converted to its dtype.
 *
 * @throws InvalidOptionError when a field is missing, unknown, or of another length
 */
export function compoundArray(input: unknown, dtype: DType): NdArray {
  const names = (dtype.fields ?? []).map(({ name }) => name);
  const advice = `Give { data: { ${names.map((name) => `${name}: […]`).join(', ')} }, shape: […] }`;
  const fail = (message: string): InvalidOptionError => new InvalidOptionError(message, { advice });
  if (!isCompoundInput(input)) {
    throw fail(`Expected one array for each field of the compound, got ${describeValue(input)}`);
  }
  const { data, shape } = input;
  const unknown = Object.keys(data).find((name) => !names.includes(name));
  if (unknown !== undefined) throw fail(`The compound has no field '${unknown}'`);
  const elements = sizeOf(shape);
  const fields = (dtype.fields ?? []).map(({ name, dtype: type }): [string, ArrayData] => {
    if (!Object.hasOwn(data, name)) throw fail(`The field '${name}' is missing`);
    const values = data[name]!;
    if (type.fields !== undefined) {
      const input: unknown = isShaped(values, type) ? values : { data: values, shape };
      return [name, compoundArray(input, type).data];
    }
    const given = array(values as ArrayInput, type.kind === 'c' ? undefined : type);
    const converted = type.kind === 'c' ? complexField(given, type, elements) : given.data;
    const count = sizeOf(given.shape);
    if (type.kind !== 'c' && count !== elements) {
      throw fail(`The field '${name}' has ${count} elements, expected ${elements}`);
    }
    return [name, converted];
  });
  return ndArray(Object.fromEntries(fields), shape, dtype.str);
}

/** Real and imaginary parts in turn, as reading gives them. */
function complexField({ data }: NdArray, type: DType, elements: number): ArrayData {
  const parts = { data: data as Float64Array, shape: [elements], dtype: type.str };
  return array(parts, type).data;
}

interface CompoundInput {
  readonly data: CompoundData;
  readonly shape: readonly number[];
}

function isCompoundInput(input: unknown): input is CompoundInput {
  if (typeof input !== 'object' || input === null) return false;
  const { data, shape } = input as Record<string, unknown>;
  return (
    Array.isArray(shape) &&
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    !ArrayBuffer.isView(data)
  );
}

/** Elements of a compound with a shape of their own, rather than its fields. */
function isShaped(values: unknown, { fields = [] }: DType): boolean {
  return isCompoundInput(values) && !fields.some(({ name }) => name === 'shape');
}
