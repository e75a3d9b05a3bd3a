import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { SourceOptions, SourceType } from '../ingest/sources/source-options.js';
import { sourceTypes } from '../ingest/sources/source-type.js';
import type { ColumnType } from '../ingest/value-columns.js';

/** The options that say how a source is read, as commander gives them. */
export interface SourceCommandOptions {
  readonly sourceType?: SourceType;
  readonly imageColumn?: string;
  /** `false` of `--no-label-column`; `true` when neither is given. */
  readonly labelColumn?: string | boolean;
  readonly idColumn?: string;
  readonly columns?: Readonly<Record<string, ColumnType | 'auto'>>;
  readonly root?: string;
  readonly axes?: string;
}

export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--source-type <type>', 'what the source is (default: by its name)').choices(
        sourceTypes,
      ),
    )
    .option(
      '--image-column <name>',
      'where the image is: the column of a table with its path, or with the image itself; of tar shards the extension (jpg); of HDF5 and npz files the array (default: the usual names)',
    )
    .option(
      '--label-column <name>',
      'the same for its class, by name or number (default: label, class, cls, …)',
    )
    .option('--no-label-column', 'images have no class')
    .option('--id-column <name>', 'the same for its id (default: its path, or the row)')
    .option(
      '--columns <list>',
      'what to keep in /columns, each with a type if wanted: weight,camera:string (default: every other column of a table or HDF5 file; types: int32, float64, string, category)',
      parseColumnTypes,
    )
    .option('--root <dir>', 'folder from which the paths in a table start (default: its own)')
    .option(
      '--axes <letters>',
      'dimensions of an array: n image, h height, w width, c channel (default: nhwc, or nhw at rank 3)',
    );
}

export function sourceOptionsOf(options: SourceCommandOptions): SourceOptions {
  const { sourceType, labelColumn, imageColumn, idColumn, columns, root, axes } = options;
  return {
    type: sourceType,
    labelColumn: labelColumn === true ? undefined : labelColumn,
    imageColumn,
    idColumn,
    columns,
    root,
    axes,
  };
}

const types: readonly string[] = ['auto', 'int32', 'float64', 'string', 'category'];

/** `weight,camera:string`, for commander; nothing at all: no columns. */
export function parseColumnTypes(text: string): Record<string, ColumnType | 'auto'> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    parts.map((part): [string, ColumnType | 'auto'] => {
      const match = /^\s*(.+?)(?::([a-z0-9]+))?\s*$/.exec(part)!;
      const [, name, type = 'auto'] = match;
      if (!types.includes(type)) {
        throw new InvalidArgumentError(`Expected a type of ${types.join(', ')}, got ${type}.`);
      }
      return [name!, type as ColumnType | 'auto'];
    }),
  );
}
