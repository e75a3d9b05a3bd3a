import * as planefeed from 'planefeed';
import { expect, it } from 'vitest';

it('the package exports these names and no others', () => {
  expect(Object.keys(planefeed).sort()).toMatchInlineSnapshot(`
    [
      "ClosedError",
      "CorruptFileError",
      "ImageError",
      "InvalidOptionError",
      "MemoryLimitError",
      "NotFoundError",
      "PlanefeedError",
      "StorageError",
      "UnsupportedByLibraryError",
      "UnsupportedLayoutError",
      "WorkerError",
      "createIngester",
      "describeFile",
      "ingestFolder",
      "openLoader",
      "toTensor",
    ]
  `);
});
