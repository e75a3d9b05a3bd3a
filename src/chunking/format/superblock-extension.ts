import { UNDEFINED } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';
import { findMessage, MessageType, readObjectHeader } from './object-header.js';

/**
 * Looks in the superblock extension for what moves the rest of the file: most of its messages say
 * how to write, and don't matter here.
 *
 * Source: HDF5 File Format Specification, "Disk Format: Level 0C - Superblock Extension".
 *
 * @param offset absolute file offset of the extension's object header
 * @throws UnsupportedLayoutError when metadata lies in a cache image, or the file is one of several.
 */
export async function expectPlainFile(file: Hdf5File, offset: number): Promise<void> {
  const header = await readObjectHeader(file, offset);
  const driverInfo = findMessage(header, MessageType.driverInfo);
  if (driverInfo !== undefined) {
    throw driverInfo.body('driver info message').unsupported(SPLIT_FILE);
  }
  const cacheImage = findMessage(header, MessageType.cacheImage);
  if (cacheImage === undefined) return;
  const body = cacheImage.body('metadata cache image message');
  body.version(0);
  // What the image holds isn't where its address says.
  if (body.address() !== UNDEFINED) throw body.unsupported('metadata in a cache image');
}

/** A file written by the family or the multi driver isn't whole. */
export const SPLIT_FILE = 'a file that the family or multi driver split';
