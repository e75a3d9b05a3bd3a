import type { H5File } from '../storage/h5.js';
import { messageOf } from './message-of.js';

/** As JSON has it. */
export type PlainValue = string | number | boolean | null | PlainValue[];

/** The attributes of an object as JSON has them; the first that can't be read is told in `error`. */
export function describeAttributes(
  h5: H5File,
  path: string,
): { attributes: Record<string, PlainValue>; error?: string } {
  const values: [string, PlainValue][] = [];
  let error: string | undefined;
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (failure) {
      error ??= messageOf(failure);
    }
  };
  attempt(() => {
    for (const name of h5.attributeNames(path)) {
      attempt(() => values.push([name, plain(h5.readAttribute(path, name) ?? null)]));
    }
  });
  // `fromEntries` defines even a property named `__proto__`.
  const attributes = Object.fromEntries(values);
  return error === undefined ? { attributes } : { attributes, error };
}

/** References and raw bytes say nothing outside of the file; JSON has no NaN or infinity. */
function plain(value: unknown): PlainValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || value === undefined) return null;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === 'object') return 'ref_data' in value ? 'reference' : 'object';
  return value as string | number | boolean;
}
