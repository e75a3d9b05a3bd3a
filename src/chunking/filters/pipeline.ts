import { CorruptFileError, UnsupportedLayoutError, type ErrorPlace } from '../../errors.js';
import type { FilterSpec } from '../dataset-layout.js';
import { largestStored } from '../largest-stored.js';
import type { Inflate } from './deflate.js';
import type { Filter } from './filter.js';
import { isPlugin, PLUGIN_ADVICE } from './registered-filters.js';

export type { Inflate } from './deflate.js';

/** What a decoder must know of a dataset; it can be sent to a worker thread. */
export interface FilteredLayout {
  readonly filters: readonly FilterSpec[];
  readonly type: { readonly size: number };
  /** Bytes of a whole chunk before filters. */
  readonly chunkBytes: number;
}

/**
 * Undoes the filters of one stored chunk. The result may be a view of `stored`.
 *
 * @param filterMask bit i set: filter i of the pipeline was skipped for this chunk
 * @param place named in errors
 * @throws CorruptFileError when the chunk is damaged or doesn't have its length.
 */
export type Decode = (stored: Uint8Array, filterMask: number, place?: ErrorPlace) => Uint8Array;

/**
 * Makes the function that undoes a dataset's filters, last to first. Packages that a filter needs are
 * loaded here, so that decoding itself never waits.
 *
 * Source: HDF5 File Format Specification, "The Data Storage - Filter Pipeline Message".
 *
 * @param dataset file and dataset, for the error's message
 * @throws UnsupportedLayoutError naming a filter that isn't read here, or the package that it needs.
 */
export async function createDecoder(
  layout: FilteredLayout,
  inflate: Inflate,
  dataset: ErrorPlace = {},
): Promise<Decode> {
  const { chunkBytes } = layout;
  const filters = await Promise.all(
    layout.filters.map((spec) => filterOf(spec, layout, inflate, dataset)),
  );
  return (stored, filterMask, place) => {
    try {
      // The most bytes that a sound chunk has before each filter, so that none yields more.
      const bounds: number[] = [];
      let bound = chunkBytes;
      filters.forEach((filter, i) => {
        bounds.push(bound);
        if (isSkipped(filterMask, i)) return;
        bound = Math.min(filter.encodedBound(bound), largestStored(chunkBytes));
      });
      let bytes = stored;
      for (let i = filters.length - 1; i >= 0; i--) {
        if (isSkipped(filterMask, i)) continue;
        const { decode, expansion } = filters[i]!;
        bytes = decode(bytes, Math.min(bounds[i]!, bytes.length * expansion));
      }
      if (bytes.length !== chunkBytes) {
        throw new CorruptFileError(`Expected a chunk of ${chunkBytes} bytes, got ${bytes.length}`);
      }
      return bytes;
    } catch (cause) {
      if (place === undefined || !(cause instanceof CorruptFileError)) throw cause;
      throw new CorruptFileError('The chunk cannot be decoded', { place, cause });
    }
  };
}

/** Modules are loaded where a dataset has their filter: most have none, and threads start sooner. */
async function filterOf(
  spec: FilterSpec,
  layout: FilteredLayout,
  inflate: Inflate,
  place: ErrorPlace,
): Promise<Filter> {
  const { id, name, clientData } = spec;
  switch (id) {
    case 1:
      return (await import('./deflate.js')).deflateFilter(inflate);
    case 2: {
      const elementSize = clientData[0] ?? 0;
      const { shuffleFilter } = await import('./shuffle.js');
      return shuffleFilter(elementSize > 0 ? elementSize : layout.type.size);
    }
    case 3:
      return (await import('./fletcher32.js')).fletcher32Filter;
    case 32000:
      return (await import('./lzf.js')).lzfFilter;
    case 32001:
      return (await import('./blosc.js')).bloscFilter(clientData, inflate, place);
    case 32004:
      return (await import('./lz4.js')).lz4Filter(clientData);
    case 32008:
      return (await import('./bitshuffle.js')).bitshuffleFilter(clientData, place);
    case 32015: {
      const { loadZstd, zstdFilter } = await import('./zstd.js');
      return zstdFilter(await loadZstd(`the ${name} filter (number ${id})`, place));
    }
    default:
      throw new UnsupportedLayoutError(`the ${name} filter (number ${id})`, {
        place,
        ...(isPlugin(spec) && { advice: PLUGIN_ADVICE }),
      });
  }
}

function isSkipped(filterMask: number, i: number): boolean {
  return ((filterMask >>> i) & 1) !== 0;
}
