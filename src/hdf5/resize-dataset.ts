import { UNDEFINED } from '../chunking/format/cursor.js';
import { parseDataLayout } from '../chunking/format/data-layout.js';
import { MessageType } from '../chunking/format/object-header.js';
import type { DatasetInfo, FileStructures, H5File } from '../storage/h5.js';
import { findPlacedMessage, readPlacedHeader, writeMessage } from './links/header-messages.js';
import { putU64, structuresOf } from './links/structures.js';

/**
 * Changes the shape of a dataset. Where it can never have more than one chunk, and shrinks to
 * nothing, HDF5 2.0 frees the chunk's bytes and forgets to say so in the dataset's header
 * (`H5D__single_idx_remove`), so that the chunk comes back when the dataset grows, over whatever
 * lies there by then. The header is put right while the file is closed for a moment.
 *
 * @throws InvalidOptionError when the dataset isn't chunked, or can't have the shape
 */
export function resizeDataset(file: H5File, path: string, shape: readonly number[]): void {
  if (!losesItsOnlyChunk(file.dataset(path), shape)) {
    file.resize(path, shape);
    return;
  }
  const reference = file.objectReference(path);
  const view = new DataView(reference.buffer, reference.byteOffset);
  const header = Number(view.getBigUint64(0, true));
  file.editStructures(
    'resize the dataset',
    path,
    () => {
      file.resize(path, shape);
    },
    (structures) => {
      forgetChunk(structures, header);
    },
  );
}

function losesItsOnlyChunk(
  { shape, maxShape, chunkShape }: DatasetInfo,
  wanted: readonly number[],
): boolean {
  if (shape === null || maxShape === null || chunkShape === null) return false;
  const single = chunkShape.every((length, axis) => length === maxShape[axis]);
  return single && wanted.includes(0) && !shape.includes(0);
}

function forgetChunk(source: FileStructures, headerAddress: number): void {
  const file = structuresOf(source);
  const header = readPlacedHeader(file, file.base + headerAddress);
  const message = findPlacedMessage(header, MessageType.dataLayout);
  if (message === undefined) return;
  const cursor = message.body.renamed('data layout message');
  const layout = parseDataLayout(cursor);
  // Of other indexes, which older files have, HDF5 takes the chunk out.
  if (layout.storage !== 'chunked' || layout.index.kind !== 'single chunk') return;
  const { bytes } = message.body;
  putU64(bytes, bytes.length - cursor.remaining - ADDRESS, UNDEFINED);
  writeMessage(file, message);
}

/** Bytes of the address that ends the message. */
const ADDRESS = 8;
