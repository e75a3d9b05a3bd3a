import { MessageType } from '../../chunking/format/object-header.js';
import type { HeaderMessage } from './object-header.js';

/** What a dataset's header shall say instead. */
export interface DatasetMessages {
  /** Body of the Datatype message. */
  readonly datatype: Uint8Array;
  /** Elements refer to a heap. */
  readonly variableLength: boolean;
  /** One element as it is stored; `null` keeps HDF5's default, zeros. */
  readonly fillValue: Uint8Array | null;
  /** Body of the Filter Pipeline message; `null`: no filters. */
  readonly filterPipeline: Uint8Array | null;
  /** The dataset has no elements and no shape (h5py's Empty). */
  readonly nullDataspace: boolean;
}

/**
 * The messages of a dataset that has no storage yet, turned into those of another dataset with
 * elements of the same size.
 *
 * Source: HDF5 File Format Specification, "The Dataspace Message" (version 2), "The Data Storage -
 * Fill Value Message" (version 3), "The Data Layout Message" (version 3 and 4).
 */
export function replaceDatasetMessages(
  messages: readonly HeaderMessage[],
  wanted: DatasetMessages,
): HeaderMessage[] {
  return messages.flatMap((message): HeaderMessage[] => {
    switch (message.type) {
      case MessageType.dataspace:
        return [{ ...message, body: wanted.nullDataspace ? NULL_DATASPACE : message.body }];
      case MessageType.datatype:
        return [{ ...message, body: wanted.datatype }];
      case MessageType.fillValue:
        return [{ ...message, body: fillValue(message.body, wanted) }];
      case MessageType.filterPipeline:
        return wanted.filterPipeline === null ? [] : [{ ...message, body: wanted.filterPipeline }];
      case MessageType.dataLayout:
        return [{ ...message, body: wanted.nullDataspace ? noBytes(message.body) : message.body }];
      default:
        return [message];
    }
  });
}

/** Version 2, rank 0, no flags, "null". */
const NULL_DATASPACE = Uint8Array.of(2, 0, 0, 2);

const WRITE_TIME = 0x0c;
const HAS_VALUE = 0x20;

function fillValue(body: Uint8Array, wanted: DatasetMessages): Uint8Array {
  const [version, flags] = [body[0]!, body[1]!];
  // The library writes fill values of variable length at allocation: "write time" 0.
  const kept = wanted.variableLength ? flags & ~WRITE_TIME : flags;
  if (wanted.fillValue === null) return Uint8Array.of(version, kept);
  const size = wanted.fillValue.length;
  const bytes = new Uint8Array(6 + size);
  bytes.set([version, kept | HAS_VALUE]);
  new DataView(bytes.buffer).setUint32(2, size, true);
  bytes.set(wanted.fillValue, 6);
  return bytes;
}

/** A contiguous layout: version, class, address, size (8 bytes). */
function noBytes(body: Uint8Array): Uint8Array {
  return body.slice().fill(0, body.length - 8);
}
