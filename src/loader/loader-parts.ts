import type { BatchDtype } from './batch.js';
import type { BatchMemory } from './batch-memory.js';
import type { GrowingContent } from './content.js';
import type { LoaderFacts } from './explain.js';
import type { Depths } from './depth.js';
import type { Lane } from './lane.js';
import type { ResolvedOptions } from './options.js';

/** The parts that a loader is made of. */
export interface LoaderParts<D extends BatchDtype> {
  readonly options: ResolvedOptions;
  readonly content: GrowingContent;
  readonly imageShape: readonly [number, number, number];
  readonly imageBytes: number;
  readonly dtype: D;
  readonly depths: Depths;
  readonly lane: Lane;
  readonly facts: LoaderFacts;
  readonly laneName: 'fast' | 'h5wasm';
  readonly laneReason: string | undefined;
  readonly memory: BatchMemory;
  readonly classNames: (column: string) => Promise<string[] | undefined>;
  /** Closes what was opened for the loader. */
  readonly dispose: () => Promise<void>;
}
