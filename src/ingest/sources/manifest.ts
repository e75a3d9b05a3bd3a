import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { NotFoundError } from '../../errors.js';
import type { IngestSource, RefusedRecord, SourceRecord } from '../source.js';
import { numberOf, textOf, toColumnValue } from './cell.js';
import { readInside, sizeInside } from './inside-folder.js';
import type { ManifestSurvey } from './manifest-survey.js';
import { surveyManifest } from './manifest-survey.js';
import type { SourceOptions } from './source-options.js';

export interface ManifestRow {
  /** Where in the file it is: `line 12`. */
  readonly place: string;
  /** Number of the row, from 0. */
  readonly row: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A row that can't be read, and why. */
export interface BrokenRow {
  readonly place: string;
  readonly broken: string;
}

/** A table, one row for each image. */
export interface Manifest {
  /** Path of the file. */
  readonly file: string;
  /** Its columns, in order; of JSON Lines those of the first line. */
  readonly columns: readonly string[];
  /** Columns that hold images. */
  readonly images?: readonly string[] | undefined;
  /** Values come as text, in which numbers are to be recognised. */
  readonly text: boolean;
  /** Names of the classes of a column of numbers, if the file has them. */
  classNames?(column: string): readonly string[] | undefined;
  /** The rows, from the start, with these columns at least; may be called again. */
  rows(columns: readonly string[]): AsyncIterable<ManifestRow | BrokenRow>;
}

/**
 * The images that a table lists: by their paths, or in it. It is read twice: first for what its
 * columns are, so that a column's type doesn't depend on which rows come first; then for the images.
 * No more than a few rows are in memory.
 *
 * @throws NotFoundError when a column isn't there, InvalidOptionError when one can't be what it is
 *   chosen for
 */
export async function openManifest(
  manifest: Manifest,
  options: SourceOptions,
): Promise<IngestSource> {
  const survey = await surveyManifest(manifest, options);
  const root = await rootOf(options.root ?? path.dirname(manifest.file));
  const name = path.basename(manifest.file);
  return {
    name: manifest.file,
    count: survey.rows,
    classes: survey.classes,
    columns: survey.columns,
    records: async function* () {
      for await (const row of manifest.rows(survey.wanted)) {
        const place = `${name}, ${row.place}`;
        yield 'broken' in row
          ? { id: place, refused: row.broken, place }
          : recordOf(row, place, { survey, root, name, text: manifest.text });
      }
    },
  };
}

async function rootOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (cause) {
    throw new NotFoundError('Expected the folder that paths start from, found none', {
      place: { file: folder },
      cause,
    });
  }
}

interface Reading {
  readonly survey: ManifestSurvey;
  readonly root: string;
  readonly name: string;
  readonly text: boolean;
}

function recordOf(row: ManifestRow, place: string, reading: Reading): SourceRecord | RefusedRecord {
  const { survey, root, text } = reading;
  const { values } = row;
  const cell = imageCell(values[survey.image]);
  const id =
    survey.id === undefined
      ? (cell.path ?? `${reading.name}#${row.row}`)
      : textOf(values[survey.id]);
  const refuse = (refused: string): RefusedRecord => ({
    id: id === '' ? place : id,
    refused,
    place,
  });
  if (cell.path === undefined && cell.bytes === undefined) {
    return refuse(`it has no image in the column '${survey.image}'`);
  }
  if (id === '') return refuse(`it has no id in the column '${survey.id ?? survey.image}'`);
  const label = labelOf(values, reading);
  if ('refused' in label) return refuse(label.refused);
  const columns = Object.fromEntries(
    Object.entries(survey.columns).map(([column, type]) => [
      column,
      toColumnValue(type, values[column], text),
    ]),
  );
  const { bytes, path: file = '' } = cell;
  return {
    id,
    place,
    ...label,
    columns,
    ...(bytes === undefined
      ? { bytes: () => readInside(root, file), size: () => sizeInside(root, file) }
      : { bytes: () => bytes, held: bytes.length }),
  };
}

interface ImageCell {
  readonly bytes?: Uint8Array;
  readonly path?: string;
}

/** A path, the image itself, or both as Hugging Face's `datasets` writes them. */
function imageCell(value: unknown): ImageCell {
  if (typeof value === 'string') return value === '' ? {} : { path: value };
  if (value instanceof Uint8Array) return { bytes: value };
  if (typeof value !== 'object' || value === null) return {};
  const { bytes, path: name } = value as { bytes?: unknown; path?: unknown };
  if (bytes instanceof Uint8Array) return { bytes };
  return typeof name === 'string' && name !== '' ? { path: name } : {};
}

interface Label {
  readonly className?: string;
  readonly label?: number;
}

function labelOf(
  values: Readonly<Record<string, unknown>>,
  { survey, text }: Reading,
): Label | { readonly refused: string } {
  if (survey.label === undefined) return {};
  const { column, names, kind } = survey.label;
  const value = values[column];
  if (value === undefined || value === null || value === '') {
    return { refused: `it has no label in the column '${column}'` };
  }
  if (kind === 'name') return { className: textOf(value) };
  const label = numberOf(value, text);
  if (label === undefined) {
    return { refused: `expected a number in the column '${column}', got ${textOf(value)}` };
  }
  // -1: no class, as `datasets` has it.
  if (names === undefined || label === -1) return { label };
  const className = names[label];
  if (className !== undefined) return { className };
  return { refused: `its label is ${label}, and there are ${names.length} classes` };
}
