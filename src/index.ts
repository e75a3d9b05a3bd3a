// Every public name, listed one by one.

export { ingestFolder } from './ingest/ingest-folder.js';
export type {
  IngestFolderOptions,
  IngestProgress,
  IngestReport,
  SetAside,
} from './ingest/ingest-folder.js';
export { createIngester } from './ingest/ingester.js';
export type { Ingester, IngesterOptions, IngestImage } from './ingest/ingester.js';
export type { Channels, Fit } from './ingest/decode.js';
export type { Placement } from './ingest/image-file.js';

export { openLoader } from './loader/node/open-loader.js';
export type { Loader, LoaderStats } from './loader/loader.js';
export type { LoaderOptions } from './loader/options.js';
export type { Batch, BatchArray, BatchDtype, ColumnValues } from './loader/batch.js';
export type { Shuffle } from './loader/order.js';
export { toTensor } from './loader/tensors.js';
export type { DatasetOptions } from './loader/tensors.js';

export { describeFile } from './info/describe-file.js';
export type {
  DatasetDescription,
  EntryDescription,
  FileDescription,
  GroupDescription,
  LinkDescription,
  OtherDescription,
} from './info/describe-file.js';

export type { Durability } from './storage/h5.js';

export {
  ClosedError,
  CorruptFileError,
  ImageError,
  InvalidOptionError,
  MemoryLimitError,
  NotFoundError,
  PlanefeedError,
  StorageError,
  UnsupportedByLibraryError,
  UnsupportedLayoutError,
  WorkerError,
} from './errors.js';
export type { ErrorDetails, ErrorPlace, ErrorTag } from './errors.js';
