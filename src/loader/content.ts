import type { Column } from './columns.js';
import type { SampleOrder } from './sample-order.js';
import type { StreamPoint } from './planned-batches.js';
import type { StreamIdentity } from './state.js';

/** What an epoch goes over. */
export interface Content {
  /** Images in the file. */
  readonly rows: number;
  readonly order: SampleOrder;
  /** What the state has beside the place in the stream. */
  readonly identity: StreamIdentity;
  readonly columns: Readonly<Record<string, Column>>;
}

/** The content of a file that may grow. */
export interface GrowingContent {
  /** Where the stream begins. */
  readonly start: StreamPoint;
  /** What the epoch under way goes over. */
  current(): Content;
  /** Takes in what was committed since. Left out where epochs keep to what there was at first. */
  readonly grow: (() => Promise<void>) | undefined;
}
