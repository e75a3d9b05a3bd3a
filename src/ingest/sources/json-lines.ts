import { createReadStream } from 'node:fs';
import { CorruptFileError } from '../../errors.js';
import type { BrokenRow, Manifest, ManifestRow } from './manifest.js';

/** A row of a table of images has no reason to be longer. */
const maxLineLength = 2 ** 20;

/** A table with a JSON object on each line; empty lines don't count. */
export async function openJsonLines(file: string): Promise<Manifest> {
  return {
    file,
    text: false,
    columns: await keysOfFirst(file),
    rows: async function* () {
      let row = 0;
      for await (const { text, line } of linesOf(file)) {
        if (text.trim() === '') continue;
        yield readLine(text, `line ${line}`, row);
        row++;
      }
    },
  };
}

async function keysOfFirst(file: string): Promise<readonly string[]> {
  for await (const { text } of linesOf(file)) {
    const row = readLine(text, '', 0);
    if ('values' in row) return Object.keys(row.values);
  }
  return [];
}

function readLine(text: string, place: string, row: number): ManifestRow | BrokenRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { place, broken: `it is no JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { place, broken: 'it is no JSON object' };
  }
  return { place, row, values: value as Record<string, unknown> };
}

async function* linesOf(file: string): AsyncGenerator<{ text: string; line: number }> {
  let rest = '';
  let line = 0;
  for await (const piece of createReadStream(file, { encoding: 'utf8' })) {
    const parts = (rest + (piece as string)).split('\n');
    rest = parts.pop()!;
    for (const text of parts) {
      line++;
      yield { text: line === 1 ? withoutMark(text) : text, line };
    }
    if (rest.length > maxLineLength) {
      throw new CorruptFileError(
        `Expected a JSON object a line, found line ${line + 1} to be longer than ${maxLineLength}`,
        { place: { file } },
      );
    }
  }
  if (rest !== '') yield { text: line === 0 ? withoutMark(rest) : rest, line: line + 1 };
}

/** Without the byte order mark that some editors put first. */
function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
