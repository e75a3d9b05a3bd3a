import { InvalidOptionError } from '../../errors.js';
import type { IngestSource, SourceSettings } from '../source.js';
import type { ColumnType, ColumnTypes } from '../value-columns.js';

/**
 * Several sources, one after the other. Classes are numbered in the order that all agree on, or in
 * that of their names.
 *
 * @throws InvalidOptionError when they don't have the same columns, or images of one size
 */
export function chainSources(sources: readonly IngestSource[]): IngestSource {
  const [first] = sources;
  if (first === undefined) throw new InvalidOptionError('Expected a source, got none');
  if (sources.length === 1) return first;
  const counts = sources.map(({ count }) => count);
  return {
    name: `${first.name} and ${sources.length - 1} more`,
    count: counts.reduce((sum, count) =>
      sum === undefined || count === undefined ? undefined : sum + count,
    ),
    classes: unite(sources.map(({ classes }) => classes ?? [])),
    columns: sources.map(({ columns }) => columns).reduce((a, b) => merge(a, b, sources)),
    settings: sources.map(({ settings }) => settings).reduce(agree),
    records: async function* () {
      for (const source of sources) yield* source.records();
    },
  };
}

function unite(lists: readonly (readonly string[])[]): string[] {
  const longest = lists.reduce((a, b) => (b.length > a.length ? b : a), []);
  const agreed = lists.every((list) => list.every((name, i) => longest[i] === name));
  return agreed ? [...longest] : [...new Set(lists.flat())].sort();
}

function merge(
  a: ColumnTypes | undefined,
  b: ColumnTypes | undefined,
  sources: readonly IngestSource[],
): ColumnTypes | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names.map((name) => {
      const type = common(a[name], b[name]);
      if (type !== undefined) return [name, type];
      throw new InvalidOptionError(
        `The sources differ in the column '${name}': ${a[name] ?? 'there is none'}, and ${b[name] ?? 'none'}`,
        {
          place: { file: sources[0]!.name },
          advice: 'Choose columns that all have, and their types (--columns name:string)',
        },
      );
    }),
  );
}

function common(a: ColumnType | undefined, b: ColumnType | undefined): ColumnType | undefined {
  if (a === b) return a;
  const numbers = new Set<ColumnType | undefined>(['int32', 'float64']);
  return numbers.has(a) && numbers.has(b) ? 'float64' : undefined;
}

/** What all say. Where they differ, images are brought to the size that the caller gives. */
function agree(
  a: SourceSettings | undefined,
  b: SourceSettings | undefined,
): SourceSettings | undefined {
  return JSON.stringify(a) === JSON.stringify(b) ? a : {};
}
