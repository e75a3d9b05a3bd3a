// Every public name, listed one by one.

export { ingest } from './ingest/ingest.js';
export type {
  Duplicate,
  IngestOptions,
  IngestProgress,
  IngestReport,
  Records,
  SetAside,
} from './ingest/ingest-report.js';
export { openSource } from './ingest/sources/open-source.js';
export type { SourceOptions, SourceType } from './ingest/sources/source-options.js';
export { ingestFolder } from './ingest/ingest-folder.js';
export type {
  EncodedRecord,
  IngestSource,
  PixelRecord,
  RefusedRecord,
  SourceRecord,
  SourceSettings,
} from './ingest/source.js';
export type { ColumnType, ColumnTypes, ColumnValue } from './ingest/value-columns.js';
export { createIngester } from './ingest/ingester.js';
export type {
  Appended,
  IngestBatch,
  Ingester,
  IngesterOptions,
  IngestImage,
} from './ingest/ingester.js';
export type { Channels, Fit } from './ingest/decode.js';
export type { ImageSettings, Placement } from './ingest/image-settings.js';
export type { PixelArray, PixelDtype } from './ingest/pixel-types.js';

export { openLoader } from './loader/node/open-loader.js';
export { channelStatistics } from './loader/node/channel-statistics.js';
export type {
  ChannelStatistics,
  StatisticsOptions,
  StatisticsProgress,
} from './loader/node/channel-statistics.js';
export type { Loader } from './loader/loader.js';
export type { Bottleneck, LoaderStats, StageTimes } from './loader/statistics.js';
export type { LaneStats } from './loader/lane.js';
export type { Explanation } from './loader/explain.js';
export type { Verify } from './loader/verification.js';
export type { CorruptionCounts, OnCorrupt } from './loader/corruption.js';
export type { LoaderOptions } from './loader/options.js';
export type {
  AugmentationOptions,
  CropOptions,
  JitterOptions,
} from './loader/augmentation/augmentation.js';
export type { Batch, BatchArray, BatchDtype, ColumnValues } from './loader/batch.js';
export type { OrderOptions } from './loader/order-options.js';
export type { Shuffle } from './loader/order.js';
export type { Where, WhereValue } from './loader/subset.js';
export type { Split } from './loader/split.js';
export type { BalancedSampling, Sampling, WeightedSampling } from './loader/sampling.js';
export type { Uneven } from './loader/ranks.js';
export type { FileIdentity, LoaderState, StreamIdentity } from './loader/state.js';
export type { StreamPoint } from './loader/planned-batches.js';
export type { Mixing } from './loader/mixing.js';
export { toTensor } from './loader/tensors.js';
export type { DatasetOptions, TensorOptions } from './loader/tensors.js';

export { File } from './hdf5/file.js';
export type { FileMode, FileOptions } from './hdf5/file.js';
export { Group } from './hdf5/group.js';
export type { GroupMember } from './hdf5/group.js';
export { Dataset } from './hdf5/dataset.js';
export type { FillValue } from './hdf5/fill-value.js';
export { Datatype } from './hdf5/datatype.js';
export { Attributes } from './hdf5/attributes.js';
export type {
  AttributeData,
  AttributeInput,
  AttributeOptions,
  AttributeScalar,
  AttributeValue,
  Complex,
  CompoundValue,
} from './hdf5/attributes.js';
export { Dimension, Dimensions } from './hdf5/dimensions.js';
export { Empty } from './hdf5/empty.js';
export { Reference } from './hdf5/reference.js';
export { ExternalLink, HardLink, SoftLink } from './hdf5/link-classes.js';
export type { AsTypeView } from './hdf5/astype-view.js';
export type { CreateDatasetOptions } from './hdf5/creation/dataset-options.js';
export { ALL, ELLIPSIS, slice } from './hdf5/selection.js';
export type { ArraySelection, AxisSelection, Selection, Slice } from './hdf5/selection.js';
export { array, mask } from './hdf5/nd-array.js';
export type { ArrayInput, NdArray, ShapedInput } from './hdf5/nd-array.js';
export type { ArrayData, ArrayOf, CompoundData } from './hdf5/array-data.js';
export { toList } from './hdf5/to-list.js';
export type { ListItem, NestedList } from './hdf5/to-list.js';
export type { DirectOutput } from './hdf5/read-direct.js';
export { compoundDType, stringDType } from './hdf5/dtype.js';
export { parseDType } from './hdf5/dtype-name.js';
export type { DType, DTypeField, DTypeKind } from './hdf5/dtype.js';

export { openDataset } from './reader/open-dataset.js';
export type { DatasetOrigin, OpenedDataset, RowArray } from './reader/open-dataset.js';
export { httpSource } from './storage/http-source.js';
export type { HttpSourceOptions } from './storage/http-source.js';
export type { ByteSource } from './storage/byte-source.js';
export type { FilterSpec } from './chunking/dataset-layout.js';
export type {
  ChunkBlock,
  ChunkEntry,
  ChunkIndex,
  ChunkIndexKind,
  ChunkLocations,
} from './chunking/chunk-index.js';

export { describeFile } from './info/describe-file.js';
export type {
  DatasetDescription,
  EntryDescription,
  FileDescription,
  GroupDescription,
  LinkDescription,
  OtherDescription,
} from './info/describe-file.js';

export { verifyFile } from './verify/verify-file.js';
export type { FileVerification, VerifyFileOptions, VerifyProgress } from './verify/verify-file.js';
export type { Problem, ProblemKind } from './verify/problems.js';

export { repack } from './repack/repack.js';
export type { RepackOptions, RepackProgress, RepackReport } from './repack/repack.js';
export type { ChunkChoice, RequestedLayout } from './repack/image-layout.js';
export type { LeftOut } from './repack/copy-objects.js';

export type { Durability } from './storage/h5.js';
export { recover } from './storage/recover.js';
export type { Recovery } from './storage/recover.js';
export type { JournalState } from './storage/journal-state.js';

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
