/** The filters of a new dataset, applied in the order of these fields, which is h5py's. */
export interface NewFilters {
  readonly shuffle?: boolean;
  /** Deflate level 0–9. */
  readonly gzip?: number;
  readonly fletcher32?: boolean;
}

/**
 * A Filter Pipeline message of version 2 with h5py's filters, or `null` for none.
 *
 * Source: HDF5 File Format Specification, "The Data Storage - Filter Pipeline Message"; the client
 * data of shuffle is the element's size.
 *
 * @param elementSize `null` for elements of variable length: HDF5 then gives shuffle no size, and
 *   skips it when it writes a chunk
 */
export function encodeFilterPipeline(
  filters: NewFilters,
  elementSize: number | null,
): Uint8Array | null {
  const { shuffle = false, gzip, fletcher32 = false } = filters;
  const pipeline: { id: number; optional: boolean; clientData: number[] }[] = [];
  const shuffleData = elementSize === null ? [] : [elementSize];
  if (shuffle) pipeline.push({ id: 2, optional: true, clientData: shuffleData });
  if (gzip !== undefined) pipeline.push({ id: 1, optional: true, clientData: [gzip] });
  if (fletcher32) pipeline.push({ id: 3, optional: false, clientData: [] });
  if (pipeline.length === 0) return null;

  const size = pipeline.reduce((sum, { clientData }) => sum + 6 + 4 * clientData.length, 2);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set([2, pipeline.length]);
  let at = 2;
  for (const { id, optional, clientData } of pipeline) {
    view.setUint16(at, id, true);
    view.setUint16(at + 2, optional ? 1 : 0, true);
    view.setUint16(at + 4, clientData.length, true);
    at += 6;
    for (const value of clientData) {
      view.setUint32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
