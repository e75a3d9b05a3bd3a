import path from 'node:path';
import { openLoader, type LoaderOptions, type LoaderState } from 'planefeed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithH5py, h5py } from '../support/h5py.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

describeWithH5py('a file that others wrote', () => {
  let temp: SharedDirectory;
  beforeAll(async () => {
    temp = await sharedDirectory();
  });
  afterAll(() => temp.remove());

  const layouts: [string, string, LoaderOptions][] = [
    ['planes in chunks', 'chunks=(1, 6, 5, 1)', {}],
    ['several images in a chunk', 'chunks=(8, 6, 5, 3)', {}],
    ['several images in a compressed chunk', "chunks=(8, 6, 5, 3), compression='gzip'", {}],
    ['several images in a chunk, image axis last', 'chunks=(6, 5, 3, 8)', { axes: 'hwcn' }],
    ['chunks of every axis', 'chunks=(4, 3, 2, 2)', {}],
    ['a filter that only h5wasm reads', 'chunks=(8, 6, 5, 3), scaleoffset=8', {}],
  ];

  it.each(layouts)('is known again when it has grown: %s', async (_name, layout, options) => {
    const file = await write({ layout, ...options });
    const { state, rest } = await halfway(file, options);
    expect(state.n).toBe(20);
    await h5py.run(GROW, { file, axis: options.axes === 'hwcn' ? 3 : 0 });
    await using loader = await openLoader(file, { ...OPTIONS, ...options, state });
    expect(loader.imagesInFile).toBe(20);
    expect(await images(loader)).toEqual(rest);
  });

  it.each(layouts.slice(0, 5))('is told from another: %s', async (_name, layout, options) => {
    const { state } = await halfway(await write({ layout, ...options }), options);
    const other = await write({ layout, ...options, seed: 1 });
    await expect(openLoader(other, { ...OPTIONS, ...options, state })).rejects.toThrow(
      /Expected the file of `state`, got one with other images/,
    );
  });

  it.each([
    ['contiguous', ''],
    ['not written at all', 'chunks=(1, 6, 5, 1), fillvalue=3'],
  ])('gives a state that goes on: %s', async (name, layout) => {
    const file = await write({ layout, fixed: true, empty: name.startsWith('not') });
    const { state, rest } = await halfway(file, {});
    await using loader = await openLoader(file, { ...OPTIONS, state });
    expect(await images(loader)).toEqual(rest);
  });

  it('of another element type or dataset is told by name', async () => {
    const { state } = await halfway(await write({ layout: 'chunks=(1, 6, 5, 1)' }), {});
    const floats = await write({ layout: 'chunks=(1, 6, 5, 1)', dtype: 'f4' });
    await expect(openLoader(floats, { ...OPTIONS, state })).rejects.toThrow(
      /got one with another element type: f4, not u1/,
    );
    await expect(openLoader(floats, { ...OPTIONS, dataset: '/others', state })).rejects.toThrow(
      /got one with another dataset: \/others, not \/images/,
    );
  });

  const OPTIONS = { shuffle: 'full', seed: 4, batchSize: 6, workers: 0, columns: {} } as const;

  async function halfway(
    file: string,
    options: LoaderOptions,
  ): Promise<{ state: LoaderState; rest: number[] }> {
    await using loader = await openLoader(file, { ...OPTIONS, ...options });
    let state = loader.state();
    const rest: number[] = [];
    for await (const batch of loader) {
      if (batch.position < 12) state = loader.state();
      else rest.push(...batch.images);
    }
    return { state, rest };
  }

  async function images(loader: AsyncIterable<{ images: ArrayLike<number> }>): Promise<number[]> {
    const all: number[] = [];
    for await (const batch of loader) all.push(...Array.from(batch.images));
    return all;
  }

  let written = 0;
  async function write(how: Record<string, unknown>): Promise<string> {
    const file = path.join(temp.path, `${written++}.h5`);
    await h5py.run(WRITE, { file, ...how });
    return file;
  }
});

const WRITE = `
import h5py, numpy as np
rng = np.random.default_rng(data.get('seed', 0))
last = data.get('axes') == 'hwcn'
shape = (6, 5, 3, 20) if last else (20, 6, 5, 3)
maxshape = tuple(None if length == 20 else length for length in shape)
values = rng.integers(0, 256, shape).astype(data.get('dtype', 'u1'))
options = eval(f"dict({data['layout']})")
if not data.get('fixed'): options['maxshape'] = maxshape
with h5py.File(data['file'], 'w') as f:
    for name in ('images', 'others'):
        if data.get('empty'): f.create_dataset(name, shape=shape, dtype='u1', **options)
        else: f.create_dataset(name, data=values, **options)
result = None
`;

const GROW = `
import h5py, numpy as np
with h5py.File(data['file'], 'r+') as f:
    d = f['images']
    axis = data['axis']
    d.resize(33, axis=axis)
    added = np.moveaxis(np.arange(13 * 6 * 5 * 3).astype('u1').reshape(13, 6, 5, 3), 0, axis)
    d[(slice(None),) * axis + (slice(20, 33),)] = added
result = None
`;
