import * as planefeed from 'planefeed';
import { expect, it } from 'vitest';

it('the package exports these names and no others', () => {
  expect(Object.keys(planefeed).sort()).toMatchInlineSnapshot(`
    [
      "ALL",
      "Attributes",
      "ClosedError",
      "CorruptFileError",
      "Dataset",
      "Datatype",
      "Dimension",
      "Dimensions",
      "ELLIPSIS",
      "Empty",
      "ExternalLink",
      "File",
      "Group",
      "HardLink",
      "ImageError",
      "InvalidOptionError",
      "MemoryLimitError",
      "NotFoundError",
      "PlanefeedError",
      "Reference",
      "SoftLink",
      "StorageError",
      "UnsupportedByLibraryError",
      "UnsupportedLayoutError",
      "WorkerError",
      "array",
      "compoundDType",
      "createIngester",
      "describeFile",
      "httpSource",
      "ingestFolder",
      "mask",
      "openDataset",
      "openLoader",
      "parseDType",
      "slice",
      "stringDType",
      "toList",
      "toTensor",
    ]
  `);
});
