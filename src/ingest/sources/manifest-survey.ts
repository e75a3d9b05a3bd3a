import { InvalidOptionError } from '../../errors.js';
import type { ColumnType, ColumnTypes } from '../value-columns.js';
import type { TypeGuess } from './cell.js';
import { newGuess, textOf, typeOf, widen } from './cell.js';
import {
  chooseColumn,
  imageNames,
  labelNames,
  noImageColumn,
  requireColumn,
} from './column-names.js';
import type { Manifest } from './manifest.js';
import type { SourceOptions } from './source-options.js';

/** What the columns of a manifest are for. */
export interface ManifestSurvey {
  /** Rows, unreadable ones included. */
  readonly rows: number;
  /** Column of the image. */
  readonly image: string;
  readonly id: string | undefined;
  readonly label: ManifestLabel | undefined;
  readonly columns: ColumnTypes;
  readonly classes: readonly string[];
  /** Every column named above. */
  readonly wanted: readonly string[];
}

export interface ManifestLabel {
  readonly column: string;
  readonly kind: 'name' | 'number';
  /** The names of numbers. */
  readonly names: readonly string[] | undefined;
}

/** More than any data set of images has; a column with more holds something else. */
const maxClasses = 100_000;

/** Reads a manifest once, without its images, for what its columns hold. */
export async function surveyManifest(
  manifest: Manifest,
  options: SourceOptions,
): Promise<ManifestSurvey> {
  const { file, text, columns: names, images = [] } = manifest;
  const image = chooseColumn(options.imageColumn, imageNames, names, file) ?? images[0];
  if (image === undefined) throw noImageColumn(names, file);
  const id = options.idColumn;
  if (id !== undefined) requireColumn(id, names, file);
  const label = chooseColumn(options.labelColumn, labelNames, names, file);

  const guesses = new Map<string, TypeGuess>(names.map((name) => [name, newGuess()]));
  const classes = new Set<string>();
  let rows = 0;
  for await (const row of manifest.rows(names.filter((name) => !images.includes(name)))) {
    rows++;
    if ('broken' in row) continue;
    for (const [name, value] of Object.entries(row.values)) {
      widen(guessOf(guesses, name), value, text);
    }
    if (label === undefined || classes.size > maxClasses) continue;
    const name = textOf(row.values[label]);
    if (name !== '') classes.add(name);
  }

  const columns = columnTypes(options, guesses, [image, id, label, ...images], file);
  const chosenLabel =
    label === undefined ? undefined : labelFrom(label, guessOf(guesses, label), manifest);
  const listed = chosenLabel?.kind === 'name' ? sorted(classes, label, file) : [];
  return {
    rows,
    image,
    id,
    label: chosenLabel,
    columns,
    classes: chosenLabel?.names ?? listed,
    wanted: [
      ...new Set([image, ...Object.keys(columns), ...[id, label].filter((x) => x !== undefined)]),
    ],
  };
}

/** Keys of JSON Lines may come late. */
function guessOf(guesses: Map<string, TypeGuess>, name: string): TypeGuess {
  const known = guesses.get(name);
  if (known !== undefined) return known;
  const guess = newGuess();
  // It isn't in the rows before.
  guess.missing = true;
  guesses.set(name, guess);
  return guess;
}

function columnTypes(
  { columns }: SourceOptions,
  guesses: ReadonlyMap<string, TypeGuess>,
  taken: readonly (string | undefined)[],
  file: string,
): ColumnTypes {
  if (columns === undefined) {
    const rest = [...guesses].filter(([name]) => !taken.includes(name));
    const types = rest.map(([name, guess]) => [name, typeOf(guess)] as const);
    return Object.fromEntries(types.filter((entry) => entry[1] !== undefined)) as ColumnTypes;
  }
  const types: [string, ColumnType][] = Object.entries(columns).map(([name, wanted]) => {
    requireColumn(name, [...guesses.keys()], file);
    const type = wanted === 'auto' ? typeOf(guesses.get(name)!) : wanted;
    if (type !== undefined) return [name, type];
    throw new InvalidOptionError(`The column '${name}' holds bytes, not numbers or text`, {
      place: { file },
      advice: 'Leave it out of the columns',
    });
  });
  return Object.fromEntries(types);
}

function labelFrom(column: string, guess: TypeGuess, manifest: Manifest): ManifestLabel {
  const names = manifest.classNames?.(column);
  if (guess.kind === 'string') return { column, kind: 'name', names: undefined };
  if (guess.kind !== 'binary' && guess.whole) return { column, kind: 'number', names };
  throw new InvalidOptionError(
    `Expected names or whole numbers as labels, found others in the column '${column}'`,
    {
      place: { file: manifest.file },
      advice: 'Choose another with the option labelColumn (--label-column), or none',
    },
  );
}

function sorted(classes: ReadonlySet<string>, column: string | undefined, file: string): string[] {
  if (classes.size <= maxClasses) return [...classes].sort();
  throw new InvalidOptionError(
    `Expected classes in the column '${column ?? ''}', found more than ${maxClasses} different values`,
    {
      place: { file },
      advice: 'Choose another with the option labelColumn (--label-column), or none',
    },
  );
}
