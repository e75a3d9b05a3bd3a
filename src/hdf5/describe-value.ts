/** What came instead of what was expected, for messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return `'${value}'`;
  if (value === null || value === undefined || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? listText(value) : Object.prototype.toString.call(value);
}

const LONGEST_LIST = 6;

/** The first entries of a list. */
export function listText(list: ArrayLike<unknown>): string {
  const items = Array.from({ length: Math.min(list.length, LONGEST_LIST) }, (_, at) => list[at]);
  const texts = items.map((item) => (Array.isArray(item) ? '[…]' : describeValue(item)));
  return `[${texts.join(', ')}${list.length > LONGEST_LIST ? ', …' : ''}]`;
}
