import path from 'node:path';
import type { IngestSource, RefusedRecord, SourceRecord } from '../source.js';
import type { ColumnType, ColumnTypes, ColumnValue } from '../value-columns.js';
import { newGuess, textOf, toColumnValue, typeOf, widen } from './cell.js';
import type { SourceOptions } from './source-options.js';
import type { TarFile } from './tar.js';
import { readTar } from './tar.js';

/** Files of one sample: they follow one another and have the same name up to the first dot. */
interface Sample {
  readonly key: string;
  readonly entry: number;
  /** Content, or why it isn't read, by extension: what follows the first dot, in lower case. */
  readonly parts: Map<string, TarFile['content']>;
}

/** A sample's parts together; larger ones are set aside. */
const maxSampleBytes = 2 ** 28;

/**
 * A shard of WebDataset: a tar archive, compressed with gzip or not, in which files with the same
 * name up to the first dot are a sample: `0001.jpg`, `0001.cls`, `0001.json`. It is streamed;
 * nothing is unpacked to disk.
 *
 * The class is in `.cls` (a whole number, or a name), or under the key `labelColumn` of `.json`.
 * Columns come from the keys of `.json`, and `.json` and other text files whole; without the option
 * `columns`, `.json` and `.txt` are columns of strings if the first sample has them. An id is the
 * name of the archive and that of the sample: `train-0001/0001`.
 */
export function openWebDataset(file: string, options: SourceOptions): IngestSource {
  const shard = path.basename(file).replace(/\.(tar|tar\.gz|tgz)$/i, '');
  return {
    name: file,
    records: async function* () {
      let columns: ColumnTypes | undefined;
      let labels: LabelKind | undefined;
      for await (const sample of samplesOf(file)) {
        const fields = fieldsOf(sample);
        columns ??= columnsOf(options, fields);
        const id = `${shard}/${options.idColumn === undefined ? sample.key : textOf(fields[options.idColumn])}`;
        const place = `${path.basename(file)}, entry ${sample.entry}`;
        const read = readSample(sample, fields, columns, options);
        const kind = labelKind(read);
        labels ??= kind;
        // Numbers and names in one column would get into each other's way.
        yield kind === undefined || kind === labels
          ? { id, place, ...read }
          : { id, place, refused: `its label is a ${kind}, that of samples before a ${labels!}` };
      }
    },
  };
}

async function* samplesOf(file: string): AsyncGenerator<Sample> {
  let sample: Sample | undefined;
  let bytes = 0;
  for await (const { name, entry, content } of readTar(file)) {
    const parts = /^((?:.*\/)?[^/.]+)\.([^/]+)$/s.exec(name);
    // Hidden files, and those without an extension, are no part of a sample.
    if (parts === null) continue;
    const [key, extension] = [parts[1]!, parts[2]!.toLowerCase()];
    if (sample !== undefined && sample.key !== key) {
      yield sample;
      sample = undefined;
    }
    if (sample === undefined) {
      sample = { key, entry, parts: new Map() };
      bytes = 0;
    }
    bytes += content.length;
    const fits = bytes <= maxSampleBytes;
    sample.parts.set(
      extension,
      fits ? content : `the sample is larger than ${maxSampleBytes} bytes`,
    );
  }
  if (sample !== undefined) yield sample;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a sample says beside its image: text files by their extensions, then the keys of `.json`. */
function fieldsOf({ parts }: Sample): Fields {
  const texts = [...parts].flatMap(([extension, content]) =>
    isImage(extension) || typeof content === 'string'
      ? []
      : [[extension, Buffer.from(content).toString('utf8')] as const],
  );
  const fields = Object.fromEntries(texts);
  return { ...parseJson(fields.json), ...fields };
}

function parseJson(text: string | undefined): Fields {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    // It is kept as text, if it is wanted.
    return {};
  }
}

/** The first sample says what there is; a number may be any: later ones need not be whole. */
function columnsOf({ columns }: SourceOptions, first: Fields): ColumnTypes {
  if (columns === undefined) {
    const texts = ['json', 'txt'].filter((name) => first[name] !== undefined);
    return Object.fromEntries(texts.map((name) => [name, 'string']));
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, wanted]): [string, ColumnType] => {
      if (wanted !== 'auto') return [name, wanted];
      const guess = newGuess();
      widen(guess, first[name], false);
      const type = typeOf(guess) ?? 'string';
      return [name, type === 'int32' ? 'float64' : type];
    }),
  );
}

type LabelKind = 'number' | 'name';

function labelKind(read: Read): LabelKind | undefined {
  if ('refused' in read) return undefined;
  if (read.label !== undefined) return 'number';
  return read.className === undefined ? undefined : 'name';
}

type Read =
  | Pick<RefusedRecord, 'refused'>
  | (Pick<SourceRecord, 'className' | 'label'> & {
      readonly columns: Record<string, ColumnValue>;
      readonly bytes: () => Uint8Array;
      readonly held: number;
    });

function readSample(
  { parts }: Sample,
  fields: Fields,
  types: ColumnTypes,
  { imageColumn, labelColumn }: SourceOptions,
): Read {
  const images = [...parts.keys()].filter((extension) =>
    imageColumn === undefined ? isImage(extension) : extension === imageColumn.toLowerCase(),
  );
  const [image] = images;
  if (image === undefined) {
    return { refused: `it has no image, only .${[...parts.keys()].join(', .')}` };
  }
  if (images.length > 1) {
    const choice = 'choose with the option imageColumn (--image-column)';
    return { refused: `it has several images, .${images.join(', .')}: ${choice}` };
  }
  const content = parts.get(image)!;
  if (typeof content === 'string') return { refused: content };
  const values = Object.entries(types).map(([name, type]) => [
    name,
    toColumnValue(type, fields[name], false),
  ]);
  const columns = Object.fromEntries(values) as Record<string, ColumnValue>;
  const held = content.length;
  const label = labelColumn === false ? undefined : fields[labelColumn ?? 'cls'];
  if (label === undefined && labelColumn !== undefined && labelColumn !== false) {
    return { refused: `it has no label '${labelColumn}'` };
  }
  return { ...readLabel(label), columns, bytes: () => content, held };
}

function readLabel(value: unknown): { readonly className?: string; readonly label?: number } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'number') return { label: value };
  const text = textOf(value).trim();
  return /^-?\d{1,9}$/.test(text) ? { label: Number(text) } : { className: text };
}

const imageExtensions = new Set(
  ['avif', 'bmp', 'gif', 'heic', 'heif', 'img', 'j2k', 'jp2', 'jpe', 'jpeg', 'jpg', 'jxl'].concat([
    'pbm',
    'pfm',
    'pgm',
    'png',
    'pnm',
    'ppm',
    'svg',
    'tif',
    'tiff',
    'webp',
  ]),
);

/** `jpg`, or `left.jpg`. */
function isImage(extension: string): boolean {
  return imageExtensions.has(extension.slice(extension.lastIndexOf('.') + 1));
}
