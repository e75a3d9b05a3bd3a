import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { CorruptFileError, InvalidOptionError } from '../../errors.js';
import type { BrokenRow, Manifest, ManifestRow } from './manifest.js';

/** A row of a table of images has no reason to be longer. */
const maxRowBytes = 2 ** 20;

/**
 * A table of comma-separated values (RFC 4180), or separated by semicolons or tabs, with the names
 * of its columns in the first line. A column without a name, as pandas writes its index, is left out.
 */
export async function openCsv(file: string): Promise<Manifest> {
  const delimiter = await delimiterOf(file);
  const header = await firstRecord(file, delimiter);
  const names = header.filter((name) => name !== '');
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw new InvalidOptionError(`The column '${repeated}' comes twice`, {
      place: { file },
      advice: 'Give each column a name of its own, in the first line',
    });
  }
  return {
    file,
    text: true,
    columns: names,
    rows: async function* (): AsyncGenerator<ManifestRow | BrokenRow> {
      let row = -1;
      for await (const { record, line } of recordsOf(file, delimiter)) {
        if (row === -1) {
          row = 0;
          continue;
        }
        const place = `line ${line}`;
        if (record.length === header.length) yield { place, row, values: named(header, record) };
        else {
          const found = `expected ${header.length} fields, got ${record.length}`;
          yield { place, broken: found };
        }
        row++;
      }
    },
  };
}

function named(header: readonly string[], record: readonly string[]): Record<string, string> {
  const entries = header.map((name, i) => [name, record[i]!] as const);
  return Object.fromEntries(entries.filter(([name]) => name !== ''));
}

async function firstRecord(file: string, delimiter: string): Promise<readonly string[]> {
  for await (const { record } of recordsOf(file, delimiter)) return record;
  return [];
}

interface CsvRecord {
  readonly record: readonly string[];
  /** On which it ends. */
  readonly line: number;
}

async function* recordsOf(file: string, delimiter: string): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: maxRowBytes,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // Its failure is met where the parser is read.
  pipeline(createReadStream(file), parser, () => undefined);
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: { lines: number } };
      yield { record, line: info.lines };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CorruptFileError(`The table can't be read: ${error.message}`, {
      place: { file },
      cause: error,
    });
  }
}

/** The candidate that the first line has most often outside of quotes. */
async function delimiterOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2 ** 16), 0, 2 ** 16, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
    const bare = line.replaceAll(/"[^"]*"/g, '');
    const counts = [',', ';', '\t'].map((mark) => ({ mark, count: bare.split(mark).length }));
    return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark;
  } finally {
    await handle.close();
  }
}
