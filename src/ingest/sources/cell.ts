import type { ColumnType, ColumnValue } from '../value-columns.js';

/**
 * What is known of a column's type from the values seen: the narrowest type that keeps every value.
 * Booleans are the numbers 0 and 1; what no type holds (bytes) is `binary`.
 */
export interface TypeGuess {
  kind: 'nothing' | 'int32' | 'float64' | 'string' | 'binary';
  /** Every number was whole. */
  whole: boolean;
  missing: boolean;
}

export function newGuess(): TypeGuess {
  return { kind: 'nothing', whole: true, missing: false };
}

const order = ['nothing', 'int32', 'float64', 'string', 'binary'] as const;

/** @param text whether values come as text, in which numbers are to be recognised */
export function widen(guess: TypeGuess, value: unknown, text: boolean): void {
  // No text makes it anything else.
  if (guess.kind === 'string' && typeof value === 'string') return;
  if (isMissing(value, text)) {
    guess.missing = true;
    return;
  }
  const kind = kindOf(value, text);
  if (order.indexOf(kind) > order.indexOf(guess.kind)) guess.kind = kind;
  if (kind === 'float64' && !Number.isInteger(numberOf(value, text))) guess.whole = false;
}

/** Whole numbers with gaps are stored as any numbers: NaN stands for the gaps. */
export function typeOf({ kind, missing }: TypeGuess): ColumnType | undefined {
  switch (kind) {
    case 'int32':
      return missing ? 'float64' : 'int32';
    case 'binary':
      return undefined;
    case 'nothing':
      return 'string';
    default:
      return kind;
  }
}

/** A value as a column of this type holds it; one that doesn't fit comes as it is. */
export function toColumnValue(type: ColumnType, value: unknown, text: boolean): ColumnValue {
  if (type === 'string' || type === 'category') return textOf(value);
  const number = numberOf(value, text) ?? (type === 'float64' ? rounded(value, text) : undefined);
  if (number !== undefined) return number;
  return type === 'float64' && isMissing(value, text) ? NaN : textOf(value);
}

/** What stands for no number in text, as pandas has it. */
const missingTexts = new Set(['', 'NaN', 'nan', 'NA', 'N/A', 'n/a', 'null', 'NULL', 'None']);

function isMissing(value: unknown, text: boolean): boolean {
  if (value === undefined || value === null || value === '') return true;
  return text && typeof value === 'string' && missingTexts.has(value.trim());
}

function kindOf(value: unknown, text: boolean): Exclude<TypeGuess['kind'], 'nothing'> {
  if (value instanceof Uint8Array) return 'binary';
  const number = numberOf(value, text);
  if (number === undefined) return 'string';
  return (number | 0) === number ? 'int32' : 'float64';
}

/** The number that a value is, if a 64-bit float holds it; `undefined` if it is none. */
export function numberOf(value: unknown, text: boolean): number | undefined {
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return exact(value);
    case 'string':
      return text ? parseNumber(value.trim()) : undefined;
    default:
      return undefined;
  }
}

/** Whole numbers of so many characters are floats. */
const exactDigits = 15;
const wholeNumber = /^[+-]?(?:0|[1-9]\d*)$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const infinity = /^([+-]?)inf(?:inity)?$/i;

/** `007` is a name, not 7; so is a whole number that a float would round. */
function parseNumber(text: string): number | undefined {
  if (!/^[\d+.iI-]/.test(text)) return undefined;
  if (wholeNumber.test(text)) {
    return text.length <= exactDigits ? Number(text) : exact(BigInt(text.replace('+', '')));
  }
  const infinite = infinity.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return decimal.test(text) && !/^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

/** The number, unless a float would round it. */
function exact(whole: bigint): number | undefined {
  const number = Number(whole);
  return Number.isFinite(number) && BigInt(number) === whole ? number : undefined;
}

/** In a column that was asked to be of floats, longer whole numbers are rounded as fractions are. */
function rounded(value: unknown, text: boolean): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  const whole = text && typeof value === 'string' && wholeNumber.test(value.trim());
  return whole ? Number(value) : undefined;
}

/** A value as text: nested ones as JSON. */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      if (value === undefined || value === null) return '';
      return value instanceof Date ? value.toISOString() : JSON.stringify(value, jsonValue);
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
