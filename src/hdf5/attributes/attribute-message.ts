import { CorruptFileError, UnsupportedByLibraryError } from '../../errors.js';
import type { DType } from '../dtype.js';
import { encodeDatatype } from '../creation/datatype-message.js';

/** The parts of an Attribute message, each as it is stored. */
export interface AttributeMessage {
  /** UTF-8, without the NUL that ends it. */
  readonly name: Uint8Array;
  /** Body of the Datatype message, or a reference to a named datatype. */
  readonly datatype: Uint8Array;
  /** Body of the Dataspace message. */
  readonly dataspace: Uint8Array;
  /** Where the elements begin in the body; they go on to its end, or nearly. */
  readonly dataAt: number;
  readonly version: number;
  /** Flags of version 2 and 3, and the name's character set of version 3. */
  readonly flags: number;
  readonly characterSet: number;
}

/**
 * Source: HDF5 File Format Specification, "The Attribute Message", versions 1 to 3.
 *
 * @throws CorruptFileError when its parts go beyond its end
 */
export function parseAttributeMessage(body: Uint8Array): AttributeMessage {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const fail = (): CorruptFileError =>
    new CorruptFileError('Expected an attribute message of version 1 to 3, whole', {
      place: { structure: 'attribute message' },
    });
  const version = body[0] ?? 0;
  if (body.length < 9 || version < 1 || version > 3) throw fail();
  const padded = (length: number): number => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const [nameLength, datatypeLength, dataspaceLength] = [2, 4, 6].map((at) =>
    view.getUint16(at, true),
  ) as [number, number, number];
  const nameAt = version === 3 ? 9 : 8;
  const datatypeAt = nameAt + padded(nameLength);
  const dataspaceAt = datatypeAt + padded(datatypeLength);
  const dataAt = dataspaceAt + padded(dataspaceLength);
  if (nameLength === 0 || dataAt > body.length) throw fail();
  return {
    version,
    flags: version === 1 ? 0 : body[1]!,
    characterSet: version === 3 ? body[8]! : 0,
    name: body.slice(nameAt, nameAt + nameLength - 1),
    datatype: body.slice(datatypeAt, datatypeAt + datatypeLength),
    dataspace: body.slice(dataspaceAt, dataspaceAt + dataspaceLength),
    dataAt,
  };
}

/** A message of version 3. */
export function encodeAttributeMessage(
  { name, datatype, dataspace, characterSet }: Omit<AttributeMessage, 'dataAt' | 'version'>,
  elements: Uint8Array,
): Uint8Array {
  const [nameLength, datatypeAt] = [name.length + 1, 9 + name.length + 1];
  const dataspaceAt = datatypeAt + datatype.length;
  const dataAt = dataspaceAt + dataspace.length;
  const body = new Uint8Array(dataAt + elements.length);
  const view = new DataView(body.buffer);
  body[0] = 3;
  view.setUint16(2, nameLength, true);
  view.setUint16(4, datatype.length, true);
  view.setUint16(6, dataspace.length, true);
  body[8] = characterSet;
  body.set(name, 9);
  body.set(datatype, datatypeAt);
  body.set(dataspace, dataspaceAt);
  body.set(elements, dataAt);
  return body;
}

/** @throws UnsupportedByLibraryError for compounds too large for an attribute */
export function attributeDatatype(dtype: DType): Uint8Array {
  const datatype = encodeDatatype(dtype);
  if (datatype.length <= LONGEST_PART) return datatype;
  throw new UnsupportedByLibraryError(
    `an attribute whose type takes ${datatype.length} bytes to describe (at most ${LONGEST_PART})`,
  );
}

/**
 * As HDF5 writes it, with the largest lengths, which of attributes are the lengths.
 *
 * Source: HDF5 File Format Specification, "The Dataspace Message", version 2.
 *
 * @param shape `[]` is a scalar, `null` has no elements
 */
export function attributeDataspace(shape: readonly number[] | null): Uint8Array {
  if (shape === null) return Uint8Array.of(2, 0, 0, NULL);
  if (shape.length === 0) return Uint8Array.of(2, 0, 0, SCALAR);
  const lengths = BigUint64Array.from([...shape, ...shape], BigInt);
  const bytes = new Uint8Array(4 + lengths.byteLength);
  bytes.set([2, shape.length, HAS_LARGEST, SIMPLE]);
  const view = new DataView(bytes.buffer);
  lengths.forEach((length, index) => {
    view.setBigUint64(4 + 8 * index, length, true);
  });
  return bytes;
}

const [SCALAR, SIMPLE, NULL] = [0, 1, 2];
const HAS_LARGEST = 1;
const LONGEST_PART = 0xffff;
