import { UnsupportedByLibraryError, type ErrorPlace } from '../../errors.js';

/** Names of the filters that come with HDF5 and of common registered ones. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'deflate',
  2: 'shuffle',
  3: 'fletcher32',
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  307: 'bzip2',
  32000: 'lzf',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
  32026: 'blosc2',
};

/** Below this number filters come with HDF5 itself. */
const FIRST_REGISTERED = 256;

/** Source: The HDF Group, "Registered Filter Plugins". */
export function filterName(id: number): string | undefined {
  return NAMES[id];
}

/** Whether a filter is a plugin, which h5wasm lacks; the others come with every HDF5 library. */
export function isPlugin({ id }: { readonly id: number }): boolean {
  return id >= FIRST_REGISTERED;
}

/** What to do about a plugin that isn't read here. */
export const PLUGIN_ADVICE =
  'h5wasm has no plugins; where HDF5 has this one, h5repack can rewrite the file with another filter';

/**
 * Refuses a dataset that only h5wasm would read, if it has a plugin's filter.
 *
 * @throws UnsupportedByLibraryError naming the filter.
 */
export function refusePlugins(
  filters: readonly { readonly id: number; readonly name: string }[],
  place: ErrorPlace,
): void {
  const plugin = filters.find(isPlugin);
  if (plugin === undefined) return;
  const name = filterName(plugin.id) ?? plugin.name;
  throw new UnsupportedByLibraryError(`undo the ${name} filter (number ${plugin.id})`, {
    place,
    advice: PLUGIN_ADVICE,
  });
}
