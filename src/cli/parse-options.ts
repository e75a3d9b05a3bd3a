import { InvalidArgumentError } from 'commander';

/** `224x336` (height × width), for commander. */
export function parseSize(text: string): { height: number; width: number } {
  const match = /^([1-9]\d*)x([1-9]\d*)$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError('Expected HEIGHTxWIDTH in pixels, for example 224x224.');
  }
  return { height: Number(match[1]), width: Number(match[2]) };
}

/** A whole number above 0, for commander. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('Expected a whole number above 0.');
  }
  return value;
}
