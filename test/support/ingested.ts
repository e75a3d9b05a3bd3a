/** What an ingest has written, read by h5wasm. */
import { openH5, type H5File } from '#src/storage/h5.js';

export interface IngestedContent {
  readonly ids: string[];
  readonly labels: number[];
  readonly classes: unknown;
  readonly images: Uint8Array;
  readonly checksums: number[];
  /** The datasets in `/columns`. */
  readonly columns: Record<string, (number | string)[]>;
}

export async function contentOf(file: string): Promise<IngestedContent> {
  await using h5 = await openH5(file, 'r');
  const names = h5.kindOf('/columns') === 'group' ? h5.names('/columns') : [];
  return {
    ids: h5.readStrings('/ids'),
    labels: [...(all(h5, '/labels') as Int32Array)],
    classes: h5.readAttribute('/labels', 'names'),
    images: all(h5, '/images') as Uint8Array,
    checksums: [...(all(h5, '/checksums') as Uint32Array)],
    columns: Object.fromEntries(
      names.map((name) => {
        const path = `/columns/${name}`;
        const strings = h5.dataset(path).dtype === 'string';
        return [name, strings ? h5.readStrings(path) : [...(all(h5, path) as Float64Array)]];
      }),
    ),
  };
}

function all(h5: H5File, path: string): ReturnType<H5File['readSlice']> {
  const { shape } = h5.dataset(path);
  return h5.readSlice(
    path,
    shape!.map(() => 0),
    shape!,
  );
}
