import type { DatasetFacts, PlacementFacts } from '../info/describe-dataset.js';
import type { EntryDescription, FileDescription } from '../info/describe-file.js';
import type { PlainValue } from '../info/describe-attributes.js';
import { formatCount, printable } from './format.js';
import { formatJournal } from './format-journal.js';
import { formatBytes } from './progress.js';

/** A file's description for people: a tree, each dataset with its facts below it. */
export function formatInfo({ file, bytes, journal, entries }: FileDescription): string {
  const blocks = treeBranches(entries).map(({ entry, branch, below }) => {
    const [title, ...facts] = describe(entry);
    return [`${branch}${title!}`, ...facts.map((fact) => `${below}${fact}`)].join('\n');
  });
  const beside = journal === 'none' ? '' : `${formatJournal(file, journal)}\n`;
  return `${printable(file)}: ${formatBytes(bytes)}\n${beside}\n${blocks.join('\n')}\n`;
}

interface Branch {
  readonly entry: EntryDescription;
  /** What stands before its first line, and before the lines below. */
  readonly branch: string;
  readonly below: string;
}

function treeBranches(entries: readonly EntryDescription[]): Branch[] {
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const lastMember = new Map<string, string>();
  for (const { path } of entries) if (path !== '/') lastMember.set(parentOf(path), path);
  // What stands before the members of each group that has been seen.
  const indents = new Map<string, string>();
  return entries.map((entry) => {
    const { path } = entry;
    const hasMembers = lastMember.has(path);
    if (path === '/') {
      indents.set(path, '');
      return { entry, branch: '', below: hasMembers ? '│   ' : '    ' };
    }
    const parent = parentOf(path);
    const indent = indents.get(parent) ?? '';
    const isLast = lastMember.get(parent) === path;
    const inner = `${indent}${isLast ? '    ' : '│   '}`;
    indents.set(path, inner);
    return {
      entry,
      branch: `${indent}${isLast ? '└── ' : '├── '}`,
      below: `${inner}${hasMembers ? '│   ' : '    '}`,
    };
  });
}

/** A line that says what it is, then its facts, a line each. */
function describe(entry: EntryDescription): string[] {
  const { path, kind, attributes, error } = entry;
  const name = printable(path.slice(path.lastIndexOf('/') + 1));
  const more = [
    ...Object.entries(attributes).map(([key, value]) => `@${printable(key)} ${brief(value)}`),
    ...(error === undefined ? [] : [`damaged: ${printable(error)}`]),
  ];
  switch (kind) {
    case 'group':
      return [`${name}/`, ...more];
    case 'dataset':
      if (entry.dtype === undefined) return [`${name}  dataset`, ...more];
      return [
        `${name}  ${summary(entry as DatasetFacts)}`,
        ...facts(entry as DatasetFacts),
        ...more,
      ];
    case 'hard link':
    case 'soft link':
    case 'external link': {
      const { target } = entry;
      return [`${name}  ${kind}${target === undefined ? '' : ` to ${printable(target)}`}`, ...more];
    }
    default:
      return [`${name}  ${kind}`, ...more];
  }
}

function summary({ dtype, byteOrder, shape, maxShape }: DatasetFacts): string {
  const type = `${dtype}${byteOrder === 'big' && /\d{2}$/.test(dtype) ? ' big-endian' : ''}`;
  if (shape === null) return `${type} empty`;
  if (shape.length === 0) return `${type} scalar`;
  const grows = maxShape?.some((extent, axis) => extent !== shape[axis]) ?? false;
  return `${type} ${list(shape)}${grows ? ` of at most ${list(maxShape!)}` : ''}`;
}

function facts({
  storage,
  chunkShape,
  index,
  filters,
  allocated,
  placement,
  h5wasmOnly,
}: DatasetFacts): string[] {
  const lines: string[] = [];
  if (storage === 'chunked') {
    const chunked = [`chunks ${list(chunkShape!)}`, ...(index === null ? [] : [`index ${index}`])];
    if (allocated !== null) {
      const { chunks, of, bytes } = allocated;
      const share =
        chunks === of ? `all ${formatCount(of)}` : `${formatCount(chunks)} of ${formatCount(of)}`;
      chunked.push(of === 0 ? 'no rows yet' : `${share} allocated`, formatBytes(bytes));
    }
    lines.push(chunked.join(', '));
  } else if (storage !== null) {
    lines.push(
      allocated === null || allocated.chunks > 0
        ? `${storage}, ${formatBytes(allocated?.bytes ?? 0)}`
        : `${storage}, nothing allocated`,
    );
  }
  if (filters.length > 0) lines.push(`filters ${filters.map(({ name }) => name).join(', ')}`);
  if (placement !== undefined) lines.push(...placementLines(placement));
  if (h5wasmOnly !== null) lines.push(`h5wasm only: ${h5wasmOnly}`);
  return lines;
}

function placementLines({ attribute, run, measured }: PlacementFacts): string[] {
  const said =
    attribute === null
      ? 'no attribute says it'
      : `${brief(attribute)} by its attribute${run === null ? '' : ` (run ${brief(run)})`}`;
  if (measured === null) return [`placement ${said}; nothing to measure: no image is complete`];
  const { images, adjacent, near } = measured;
  return [
    `placement ${said}; measured on ${formatCount(images)} images:`,
    `  planes of an image side by side: ${percent(adjacent.images)} of images (${percent(near.images)} with gaps up to ${formatCount(near.gap)} B)`,
    `  planes of a channel in a row: ${adjacent.run.toFixed(1)} on average (${near.run.toFixed(1)} with such gaps)`,
  ];
}

/** Never rounded up to all. */
function percent(share: number): string {
  return `${share === 1 ? 100 : Math.floor(share * 1000) / 10} %`;
}

function list(extents: readonly (number | null)[]): string {
  return `[${extents.map((extent) => extent ?? '∞').join(', ')}]`;
}

const MAX_ITEMS = 6;
const MAX_TEXT = 60;

/** A value in a few words: long lists by their length and beginning. */
function brief(value: PlainValue): string {
  if (value === null) return 'empty';
  if (!Array.isArray(value)) return typeof value === 'string' ? quoted(value) : String(value);
  const items = value.slice(0, MAX_ITEMS).map(brief);
  if (value.length <= MAX_ITEMS) return `[${items.join(', ')}]`;
  return `${formatCount(value.length)} values: ${items.join(', ')}, …`;
}

function quoted(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return `'${printable(cut)}'`;
}
