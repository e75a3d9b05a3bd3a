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

/** `600000000`, or in scientific notation `6e8`, for commander. */
export function parseLargeCount(text: string): number {
  return parseCount(/^[1-9](?:\.\d+)?e\d+$/i.test(text) ? String(Number(text)) : text);
}

/** `512MiB`, `1.5GB` or a number of bytes, for commander. */
export function parseBytes(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]i?b?|b)?$/i.exec(text) ?? [];
  const base = /i/i.test(unit) ? 1024 : 1000;
  const power = { k: 1, m: 2, g: 3 }[unit.charAt(0).toLowerCase()] ?? 0;
  const bytes = Math.round(Number(number) * base ** power);
  if (!Number.isSafeInteger(bytes) || bytes === 0) {
    throw new InvalidArgumentError('Expected a number of bytes, for example 512MiB or 2GB.');
  }
  return bytes;
}

/** A whole number from 0 up, for commander. */
export function parseCountOrZero(text: string): number {
  return /^0+$/.test(text) ? 0 : parseCount(text);
}

/** Any whole number, for commander. */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected a whole number.');
  }
  return value;
}

/** `0.5` or a fraction, `1/255`, for commander. */
export function parseNumber(text: string): number {
  const [numerator = '', denominator = '1', ...rest] = text.split('/').map((part) => part.trim());
  const value = Number(numerator) / Number(denominator);
  if (rest.length > 0 || numerator === '' || denominator === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('Expected a number or a fraction, for example 0.5 or 1/255.');
  }
  return value;
}

/** `0.485,0.456,0.406`, for commander. */
export function parseNumbers(text: string): number[] {
  return text.split(',').map(parseNumber);
}

/** Channel numbers, `0,2`, for commander. */
export function parseChannels(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^\s*\d+\s*$/.test(part)) {
      throw new InvalidArgumentError('Expected channel numbers from 0 up, for example 0,2.');
    }
    return Number(part);
  });
}

/** One `name=path` of several, for commander. */
export function parseColumn(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const match = /^([^=]+)=(.+)$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError('Expected NAME=PATH, for example label=/train/y.');
  }
  return Object.fromEntries([...Object.entries(before), [match[1]!, match[2]!]]);
}

/** Parts of a division with their shares, `train=0.9,val=0.1`, for commander. */
export function parseParts(text: string): Record<string, number> {
  const parts = text.split(',').map((part) => {
    const match = /^\s*([^=]+)=([^=]+)$/.exec(part);
    if (match === null) {
      throw new InvalidArgumentError(
        'Expected NAME=SHARE,…, for example train=0.8,validation=0.2.',
      );
    }
    return [match[1]!, parseNumber(match[2]!)] as const;
  });
  if (new Set(parts.map(([name]) => name)).size < parts.length) {
    throw new InvalidArgumentError('Expected each name once.');
  }
  return Object.fromEntries(parts);
}

/** `50000,224,224,3`, images × height × width × channels, for commander. */
export function parseShape(text: string): [n: number, h: number, w: number, c: number] {
  const numbers = text.split(',').map((part) => (/^\s*[1-9]\d*\s*$/.test(part) ? Number(part) : 0));
  const [n, h, w, c] = numbers;
  if (numbers.length !== 4 || numbers.includes(0)) {
    throw new InvalidArgumentError('Expected images,height,width,channels, say 50000,224,224,3.');
  }
  return [n!, h!, w!, c!];
}
