import type { BatchDtype } from './batch.js';
import type { BatchMemory } from './batch-memory.js';
import type { Column } from './columns.js';
import type { LoaderFacts } from './explain.js';
import type { Lane } from './lane.js';
import type { ResolvedOptions } from './options.js';
import type { StreamPoint } from './planned-batches.js';
import type { SampleOrder } from './sample-order.js';
import type { StreamIdentity } from './state.js';

/** The parts that a loader is made of. */
export interface LoaderParts<D extends BatchDtype> {
  readonly options: ResolvedOptions;
  /** Images in the file. */
  readonly rows: number;
  readonly order: SampleOrder;
  /** Where the stream begins. */
  readonly start: StreamPoint;
  /** What the state has beside the place in the stream. */
  readonly identity: StreamIdentity;
  readonly imageShape: readonly [number, number, number];
  readonly imageBytes: number;
  readonly dtype: D;
  /** Batches under way at most. */
  readonly prefetch: number;
  /** Batches planned together at most. */
  readonly window: number;
  readonly lane: Lane;
  readonly facts: LoaderFacts;
  readonly laneName: 'fast' | 'h5wasm';
  readonly laneReason: string | undefined;
  readonly memory: BatchMemory;
  readonly columns: Readonly<Record<string, Column>>;
  readonly classNames: (column: string) => Promise<string[] | undefined>;
  /** Closes what was opened for the loader. */
  readonly dispose: () => Promise<void>;
}
