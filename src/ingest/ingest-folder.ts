import type { IngestOptions, IngestReport } from './ingest-report.js';
import { ingest } from './ingest.js';
import { openImageFolder } from './image-folder.js';

/**
 * Appends the images of a folder to a file, as `ingest` does: its sub-folders are the classes, and
 * rows are in order of the ids, which are the files' paths in the folder.
 *
 * @throws NotFoundError when there are no images, InvalidOptionError when the options aren't the
 *   file's, StorageError when reading the folder or writing the file fails, `signal.reason` when
 *   aborted.
 * @example
 * const report = await ingestFolder('photos', 'photos.h5', { height: 64, width: 64 });
 * console.log(report.added, report.setAside);
 */
export async function ingestFolder(
  directory: string,
  file: string,
  options: IngestOptions = {},
): Promise<IngestReport> {
  return ingest(await openImageFolder(directory, { except: file }), file, options);
}
