import { CorruptFileError, NotFoundError, UnsupportedLayoutError } from '../errors.js';
import { chunkGrid } from './chunk-grid.js';
import type { DatasetLayout, FilterSpec } from './dataset-layout.js';
import { UNDEFINED, type Cursor } from './format/cursor.js';
import { parseDataLayout, type DataLayout } from './format/data-layout.js';
import { parseDataspace, type Dataspace } from './format/dataspace.js';
import { parseDatatype } from './format/datatype.js';
import { parseFillValue, parseOldFillValue } from './format/fill-value.js';
import { parseFilterPipeline } from './format/filter-pipeline.js';
import type { Hdf5File } from './format/hdf5-file.js';
import { findMessage, MessageType, readObjectHeader } from './format/object-header.js';
import type { ObjectHeader } from './format/object-header.js';
import { messageBody } from './format/shared-message.js';
import { openChunkIndex, type OpenedIndex } from './indexes/open-index.js';
import { oneChunkIndex } from './indexes/one-chunk.js';

/**
 * Reads the dataset whose object header lies at an absolute file offset.
 *
 * @param before its index from before it grew
 */
export async function readDataset(
  plainFile: Hdf5File,
  offset: number,
  path: string,
  before?: OpenedIndex,
): Promise<DatasetLayout> {
  const file: Hdf5File = plainFile.about({ dataset: path });
  const header = await readObjectHeader(file, offset);
  const body = async (type: number, structure: string): Promise<Cursor | undefined> => {
    const message = findMessage(header, type);
    return message === undefined ? undefined : messageBody(file, message, structure);
  };

  const layoutBody = await body(MessageType.dataLayout, 'data layout message');
  const spaceBody = await body(MessageType.dataspace, 'dataspace message');
  const typeBody = await body(MessageType.datatype, 'datatype message');
  if (layoutBody === undefined || spaceBody === undefined || typeBody === undefined) {
    throw new NotFoundError('This is a group or a datatype, not a dataset', { place: file.place });
  }
  const type = parseDatatype(typeBody);
  const space = parseDataspace(spaceBody);
  const layout = parseDataLayout(layoutBody);
  if (findMessage(header, MessageType.externalFiles) !== undefined) {
    throw new UnsupportedLayoutError('data in external files', { place: file.place });
  }
  const pipelineBody = await body(MessageType.filterPipeline, 'filter pipeline message');
  const filters = pipelineBody === undefined ? [] : parseFilterPipeline(pipelineBody);
  const fillValue = (await readFillValue(file, header)) ?? new Uint8Array(type.size);
  if (fillValue.length !== type.size) {
    throw typeBody.fail(`Expected a fill value of ${type.size} bytes, got ${fillValue.length}`);
  }
  expectOneElementSize(layout, type.size, layoutBody);
  const opened = openIndex(file, layout, space, type.size, filters, before);
  return {
    path,
    ...space,
    type,
    storage: layout.storage,
    chunkShape: layout.storage === 'chunked' ? layout.chunkShape : space.shape,
    filters: layout.storage === 'chunked' ? filters : [],
    unfilteredEdges: layout.storage === 'chunked' && layout.unfilteredEdges,
    fillValue,
    index: opened.index,
    refresh: async () => readDataset(await file.refreshed(), offset, path, opened),
  };
}

async function readFillValue(file: Hdf5File, header: ObjectHeader): Promise<Uint8Array | null> {
  const message = findMessage(header, MessageType.fillValue);
  if (message !== undefined) {
    return parseFillValue(await messageBody(file, message, 'fill value message'));
  }
  const old = findMessage(header, MessageType.oldFillValue);
  if (old === undefined) return null;
  return parseOldFillValue(await messageBody(file, old, 'old fill value message'));
}

function expectOneElementSize(layout: DataLayout, size: number, at: Cursor): void {
  if (layout.storage !== 'chunked' || layout.elementSize === size) return;
  throw at.fail(`Expected chunks of elements of ${size} bytes, got ${layout.elementSize}`);
}

function openIndex(
  file: Hdf5File,
  layout: DataLayout,
  space: Dataspace,
  elementSize: number,
  filters: readonly FilterSpec[],
  before: OpenedIndex | undefined,
): OpenedIndex {
  const { shape } = space;
  if (layout.storage === 'chunked') {
    if (layout.chunkShape.length !== shape.length) {
      throw new CorruptFileError(
        `Expected chunks of ${shape.length} dimensions, got ${layout.chunkShape.length}`,
        { place: { ...file.place, structure: 'data layout message' } },
      );
    }
    const index = openChunkIndex(file, layout, space, filters.length > 0, before);
    return { index, address: layout.indexAddress };
  }
  const offset = layout.storage === 'compact' ? layout.offset : layout.address;
  const size = shape.reduce((product, n) => product * n, elementSize);
  if (offset !== UNDEFINED && layout.size !== null && layout.size < size) {
    throw new CorruptFileError(`Expected ${size} bytes of data, got ${layout.size}`, {
      place: { ...file.place, structure: 'data layout message', offset },
    });
  }
  const index = oneChunkIndex(layout.storage, file, chunkGrid(shape, shape), { offset, size });
  return { index, address: offset };
}
