import type { RunScenario } from '../lib/scenario.js';

/** Loaded when it runs: what is wrong with the arguments shall be told at once. */
export interface ScenarioEntry {
  /** What the command line calls it. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<RunScenario>;
}

/** In the order in which they run; the first runs when none is named. */
export const scenarios: readonly [ScenarioEntry, ...ScenarioEntry[]] = [
  {
    name: 'shuffled-batches',
    summary: 'shuffled float32 batches of 224×224×3 images',
    load: async () => (await import('./shuffled-batches.js')).shuffledBatches,
  },
  {
    name: 'loaders',
    summary: 'the same beside the loaders of PyTorch, FFCV, TensorFlow and others',
    load: async () => (await import('./loaders.js')).loaders,
  },
  {
    name: 'read-direct',
    summary: 'reading rows into new arrays and into given memory',
    load: async () => (await import('./read-direct.js')).readDirect,
  },
  {
    name: 'chunk-index',
    summary: 'finding where chunks lie, in every kind of index',
    load: async () => (await import('./chunk-index.js')).chunkIndex,
  },
  {
    name: 'large-file',
    summary: 'from opening 1,000,000 images to the first batch, and the memory that it takes',
    load: async () => (await import('./large-file.js')).largeFile,
  },
  {
    name: 'loader-layouts',
    summary: 'a chunk a channel and a chunk an image, all channels and one',
    load: async () => (await import('./loader-layouts.js')).loaderLayouts,
  },
  {
    name: 'ingest',
    summary: 'JPEGs and arrays into a file of planes',
    load: async () => (await import('./ingest.js')).ingest,
  },
];
