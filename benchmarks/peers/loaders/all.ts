/** The other loaders, in the order of the table; README.md tells why each is set up as it is. */
import { h5pyPlanes } from '../shuffled-batches/h5py.js';
import type { LoaderPeer } from './loader-peer.js';
import { pythonLoader, type PythonLoader } from './python.js';
import { tfjsImages, tfjsPlanes } from './tfjs.js';

/** A peer, and what planefeed is to reach beside it. */
export interface OtherLoader {
  readonly peer: LoaderPeer;
  /** Workers of planefeed that it is compared with: as many as it has workers or threads itself. */
  readonly workers: number;
  /** How many times as fast planefeed is to be; nothing is promised where it is left out. */
  readonly atLeast?: number;
}

const dataLoader = 'DataLoader(batch_size=32, shuffle=True, persistent_workers=True)';

const torchH5py = {
  group: 'torch',
  unit: 'worker',
  name: 'PyTorch DataLoader, h5py ds[i]',
  modules: ['torch', 'h5py'],
  script: 'torch_h5py',
  reads: 'file',
  detail: `${dataLoader}; the file is opened in the worker, an item is ds[i] as float / 255 with its label`,
} as const;

const torchMemoryMap = {
  group: 'torch',
  unit: 'worker',
  name: 'PyTorch DataLoader, memory map',
  modules: ['torch'],
  script: 'torch_memory_map',
  reads: 'arrays',
  detail: `${dataLoader}; an item is an image of np.load(mmap_mode='r') as float / 255 with its label`,
} as const;

const ffcv = {
  name: 'FFCV raw',
  group: 'ffcv',
  modules: ['ffcv'],
  script: 'ffcv',
  reads: { script: 'ffcv', ending: 'beton' },
  unit: 'thread',
  detail:
    "RGBImageField(write_mode='raw'); SimpleRGBImageDecoder, NormalizeImage(0, 255, float32), ToTensor; OrderOption.RANDOM, os_cache",
  options: { convert: 'normalize' },
} as const;

const ffcvMultiply = {
  ...ffcv,
  name: 'FFCV raw, own operation',
  detail:
    'the same with an operation in place of NormalizeImage that multiplies, which numba makes SIMD of',
  options: { convert: 'multiply' },
} as const;

const memoryMap = {
  name: 'numpy memory map',
  group: 'python',
  modules: ['numpy'],
  script: 'memory_map',
  reads: 'arrays',
  detail: "np.multiply(images[i], np.float32(1 / 255), out=batch[j]) of np.load(mmap_mode='r')",
} as const;

const hidefix = {
  name: 'hidefix, per image',
  group: 'hidefix',
  modules: ['hidefix', 'h5py'],
  script: 'hidefix',
  reads: { script: 'hidefix', ending: 'inter.h5' },
  detail:
    'ds[i:i + 1, 0:h, 0:w, 0:c] of a file with chunks (1, h, w, c), multiplied into batch[j]: planar chunks are far slower in it',
} as const;

const zarr = {
  name: 'zarr-python, per image',
  group: 'zarr',
  modules: ['zarr'],
  script: 'zarr',
  reads: { script: 'zarr', ending: 'zarr' },
  detail: 'images[i] of a zarr v3 folder with chunks (1, h, w, 1), multiplied into batch[j]',
} as const;

const litdata = {
  name: 'LitData',
  group: 'litdata',
  modules: ['litdata', 'torch'],
  script: 'litdata',
  reads: { script: 'litdata', ending: 'litdata' },
  unit: 'worker',
  detail:
    "optimize(chunk_bytes='64MB') of uint8 arrays; StreamingDataset(shuffle=True) whose __getitem__ gives float / 255, StreamingDataLoader(persistent_workers=True)",
} as const;

const mosaicml = {
  name: 'MosaicML streaming',
  group: 'mosaicml',
  modules: ['streaming', 'torch'],
  script: 'mosaicml',
  reads: { script: 'mosaicml', ending: 'mds' },
  unit: 'worker',
  detail:
    'MDSWriter of ndarray:uint8 columns; local StreamingDataset(shuffle=True) whose __getitem__ gives float / 255, DataLoader(persistent_workers=True)',
} as const;

const webdataset = {
  name: 'WebDataset',
  group: 'webdataset',
  modules: ['webdataset', 'torch'],
  script: 'webdataset',
  reads: { script: 'webdataset', ending: 'webdataset' },
  unit: 'worker',
  detail:
    '.npy and .cls in 8 tar shards; shardshuffle, shuffle(1000), decode, float / 255, batched in the workers, WebLoader(persistent_workers=True)',
} as const;

const grain = {
  name: 'Grain',
  group: 'grain',
  modules: ['grain', 'array_record'],
  script: 'grain',
  reads: { script: 'grain', ending: 'arrayrecord' },
  unit: 'worker',
  detail:
    'ArrayRecord with group_size:1, uncompressed; MapDataset.source.shuffle.map.repeat, to_iter_dataset with its 16 reading threads, batch, mp_prefetch where it has workers',
} as const;

const spdl = {
  name: 'SPDL',
  group: 'spdl',
  modules: ['spdl'],
  script: 'spdl',
  reads: 'arrays',
  unit: 'thread',
  detail:
    "PipelineBuilder: batches of numbers, a stage that gathers and converts 32 images of np.load(mmap_mode='r') at a concurrency of its threads, a sink of 3; epochs go on without an end",
} as const;

const tfData = {
  name: 'tf.data, TFRecord',
  group: 'tensorflow',
  modules: ['tensorflow'],
  script: 'tf_data',
  reads: { script: 'tf_data', ending: 'tfrecord' },
  unit: 'thread',
  detail:
    'TFRecordDataset.shuffle(1000).map(parse, decode_raw, * 1 / 255, AUTOTUNE).batch(32).prefetch(AUTOTUNE) in a thread pool of that size',
} as const;

/** Loops written by hand have no workers: they stand beside planefeed with one. */
const byHand = 0;

export const otherLoaders: readonly OtherLoader[] = [
  ...each(torchH5py, [0], 1),
  ...each(torchH5py, [1, 2], 10),
  { peer: h5pyPlanes, workers: 1, atLeast: 2 },
  ...each(ffcv, [1, 2], 1),
  ...each(ffcvMultiply, [1, 2]),
  ...each(memoryMap, [byHand], 1),
  ...each(torchMemoryMap, [0, 2], 1),
  ...each(hidefix, [byHand], 1),
  ...each(litdata, [0, 2], 1),
  ...each(mosaicml, [0, 2], 1),
  ...each(webdataset, [0, 2], 1),
  ...each(grain, [0, 2], 1),
  ...each(spdl, [1, 2], 1),
  ...each(zarr, [byHand], 1),
  ...each(tfData, [1, 2], 1),
  { peer: tfjsImages, workers: 1, atLeast: 25 },
  { peer: tfjsPlanes, workers: 1 },
];

function each(
  loader: Omit<PythonLoader, 'workers'>,
  counts: readonly number[],
  atLeast?: number,
): OtherLoader[] {
  return counts.map((workers) => ({
    peer: pythonLoader({ ...loader, workers }),
    workers: loader.unit === undefined ? 1 : workers,
    ...(atLeast === undefined ? {} : { atLeast }),
  }));
}
