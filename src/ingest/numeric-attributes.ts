import type { H5File } from '../storage/h5.js';

/** Sets an attribute to an array of doubles, whatever the numbers are: so its size stays the same. */
export function writeFloats(
  h5: H5File,
  path: string,
  name: string,
  values: readonly number[],
): void {
  write(h5, path, name, { class: 'float', size: 8 }, Float64Array.from(values));
}

/** Sets an attribute to an array of 64-bit integers. */
export function writeIntegers(
  h5: H5File,
  path: string,
  name: string,
  values: readonly number[],
): void {
  const elements = BigInt64Array.from(values, BigInt);
  write(h5, path, name, { class: 'integer', size: 8, signed: true }, elements);
}

/** An array of numbers; `undefined` where there is no such attribute. */
export function readNumbers(h5: H5File, path: string, name: string): number[] | undefined {
  const value = h5.readAttribute(path, name);
  if (value === undefined || value === null) return undefined;
  return [value].flat(1).map(Number);
}

function write(
  h5: H5File,
  path: string,
  name: string,
  type: Parameters<H5File['createAttribute']>[2]['type'],
  { buffer, length }: Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
): void {
  if (h5.attributeNames(path).includes(name)) h5.deleteAttribute(path, name);
  h5.createAttribute(path, name, { type, shape: [length], elements: new Uint8Array(buffer) });
}
