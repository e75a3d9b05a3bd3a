import { InvalidOptionError } from '../errors.js';
import { describeValue, listText } from './describe-value.js';
import { ELLIPSIS, slice } from './selection.js';
import type { AxisSelection, Slice } from './selection.js';

/**
 * Reads a selection in numpy's notation: what stands between the brackets of `dataset[…]`.
 *
 * @throws InvalidOptionError naming the part that isn't an index, a range, a list or `...`
 *
 * @example
 * parseSelection('1:5:2, :')      // [slice(1, 5, 2), ALL]
 * parseSelection('[0, 3, 5], -1') // [[0, 3, 5], -1]
 */
export function parseSelection(text: string): AxisSelection[] {
  const parts = splitAtCommas(text);
  // As in Python, a comma may follow the last entry: `1,` is `(1,)`.
  if (parts.at(-1)?.trim() === '') parts.pop();
  return parts.map((part) => parsePart(part.trim(), text));
}

/** The selection in numpy's notation, long lists and masks shortened: for messages. */
export function selectionText(selection: readonly unknown[]): string {
  return selection.map(partText).join(', ');
}

const INTEGER = /^[+-]?\d+$/;

function parsePart(part: string, text: string): AxisSelection {
  if (part === '...') return ELLIPSIS;
  if (INTEGER.test(part)) return parseInteger(part, text);
  if (part.startsWith('[') && part.endsWith(']')) return parseList(part, text);
  if (part.includes(':')) return parseSlice(part, text);
  throw unreadable(part, text);
}

function parseList(part: string, text: string): number[] {
  const items = part.slice(1, -1).split(',');
  if (items.at(-1)?.trim() === '') items.pop();
  return items.map((item) => {
    if (!INTEGER.test(item.trim())) throw unreadable(part, text);
    return parseInteger(item.trim(), text);
  });
}

function parseSlice(part: string, text: string): Slice {
  const bounds = part.split(':').map((bound) => bound.trim());
  if (bounds.length > 3) throw unreadable(part, text);
  const [start, stop, step] = bounds.map((bound) => {
    if (bound === '') return null;
    if (!INTEGER.test(bound)) throw unreadable(part, text);
    return parseInteger(bound, text);
  });
  return slice(start, stop, step);
}

function parseInteger(part: string, text: string): number {
  const value = Number(part);
  if (!Number.isSafeInteger(value)) throw unreadable(part, text);
  return value;
}

/** Splits at the commas that aren't inside brackets. */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '[') depth++;
    if (character === ']') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}

function unreadable(part: string, text: string): InvalidOptionError {
  return new InvalidOptionError(`Selection can't process '${part}' in '${text}'`, {
    advice: "Write it as between numpy's brackets: '0', '-1', '1:5:2', ':', '...', '[0, 3, 5]'",
  });
}

function partText(part: unknown): string {
  if (part === ELLIPSIS) return '...';
  if (part === null || typeof part !== 'object') return describeValue(part);
  if (ArrayBuffer.isView(part)) return listText(part as unknown as ArrayLike<unknown>);
  if ('step' in part) {
    const { start, stop, step } = part as Slice;
    return `${start ?? ''}:${stop ?? ''}${step === null ? '' : `:${step}`}`;
  }
  if ('shape' in part) return `array of shape (${String(part.shape)})`;
  return describeValue(part);
}
