import { UnsupportedLayoutError } from '../../errors.js';
import { UNDEFINED, type Cursor } from './cursor.js';
import type { Hdf5File } from './hdf5-file.js';
import { findMessage, readObjectHeader, type Message } from './object-header.js';

/**
 * The body of a message, followed to the object header that holds it where it is shared, as a
 * committed datatype is.
 *
 * Source: HDF5 File Format Specification, "Shared Message" under "Data Object Headers".
 */
export async function messageBody(
  file: Hdf5File,
  message: Message,
  structure: string,
): Promise<Cursor> {
  if (!message.shared) return message.body(structure);
  const reference = message.body(structure);
  const version = reference.version(1, 2, 3);
  const type = reference.u8();
  // Version 1 points with a whole symbol table entry: reserved bytes, the name's offset, the address.
  if (version === 1) reference.skip(6 + file.lengthSize);
  if (version === 3 && type === 1) {
    throw new UnsupportedLayoutError('messages in a shared object header message heap', {
      place: file.place,
    });
  }
  const offset = reference.address();
  if (offset === UNDEFINED) throw reference.fail('Expected the address of a shared message');
  const target = findMessage(await readObjectHeader(file, offset), message.type);
  if (target === undefined || target.shared) {
    throw reference.fail(`Expected a ${structure} in the object header at ${offset}`);
  }
  return target.body(structure);
}
