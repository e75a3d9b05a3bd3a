import { InvalidOptionError } from '../errors.js';

/** @throws InvalidOptionError unless the value is a whole number from `minimum` up */
export function integer(
  name: string,
  value: unknown,
  minimum: number = Number.MIN_SAFE_INTEGER,
  maximum: number = Number.MAX_SAFE_INTEGER,
): number {
  if (
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value >= minimum &&
    value <= maximum
  ) {
    return value;
  }
  const from = minimum > Number.MIN_SAFE_INTEGER ? ` from ${minimum}` : '';
  const to = maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : from === '' ? '' : ' up';
  throw new InvalidOptionError(
    `Expected \`${name}\` to be an integer${from}${to}, got \`${String(value)}\` (${typeof value})`,
  );
}

export function finite(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw new InvalidOptionError(
    `Expected \`${name}\` to be a finite number, got \`${String(value)}\` (${typeof value})`,
  );
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(
    `Expected \`${name}\` to be true or false, got \`${String(value)}\` (${typeof value})`,
  );
}

export function oneOf<T extends string>(name: string, value: T, allowed: readonly string[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(
    `Expected \`${name}\` to be one of ${allowed.join(', ')}, got \`${value}\``,
  );
}
