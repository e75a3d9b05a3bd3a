import { InvalidOptionError, type ErrorPlace } from '../../errors.js';
import type { OpenDataset } from '../../chunking/open-dataset.js';
import type { ByteSource } from '../../storage/byte-source.js';
import type { Content } from '../content.js';
import type { ResolvedOrder } from '../order-options.js';
import type { StreamPoint } from '../planned-batches.js';
import { createSampleOrder } from '../sample-order.js';
import { describeOrder, expectSameFile, expectSameOrder, expectSameSelection } from '../state.js';
import { columnSource } from './column-source.js';
import { fileIdentity, type IdentifiedImages } from './fingerprint.js';
import { steadily } from './steadily.js';

/** The stream of image numbers that a loader delivers: of a file that has grown, of those that its `state` counts. */
export interface OpenedOrder extends Omit<Content, 'columns'> {
  readonly start: StreamPoint;
}

/**
 * Settles which images come in which order, and where to begin. Columns are read only where the order
 * depends on them.
 *
 * @param available images in the file
 * @throws InvalidOptionError when `state` isn't of this file and order, naming what differs
 */
export async function openOrder(
  source: ByteSource,
  openDataset: OpenDataset,
  images: IdentifiedImages,
  available: number,
  options: ResolvedOrder,
  columnPaths: Readonly<Record<string, string>> | undefined,
): Promise<OpenedOrder> {
  const { state } = options;
  const place: ErrorPlace = { file: source.name, dataset: images.layout.path };
  const described = describeOrder(options);
  const rows = state?.n ?? available;
  if (state !== undefined) {
    expectSameOrder(state.order, described);
    if (rows > available) throw fewer(rows, available, place);
  }
  const file = await fileIdentity(source, openDataset, images, rows);
  if (state !== undefined) expectSameFile(state.file, file, place);
  const order = await steadily(source, async () => {
    const columns = columnSource(source, openDataset, columnPaths, rows);
    try {
      return await createSampleOrder(rows, options, columns.openRows);
    } finally {
      await columns.close();
    }
  });
  if (state !== undefined) expectSameSelection(state, order.digest, place);
  return {
    rows,
    order,
    start: { epoch: state?.epoch ?? 0, position: state?.position ?? 0 },
    identity: { n: rows, order: described, selection: order.digest, file },
  };
}

function fewer(expected: number, got: number, place: ErrorPlace): InvalidOptionError {
  return new InvalidOptionError(
    `Expected the file of \`state\`, with ${expected} images or more, got one with ${got}`,
    { place },
  );
}
