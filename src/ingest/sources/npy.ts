import { InvalidOptionError } from '../../errors.js';

/** Elements as numpy stores them, that are read here. */
export type NpyKind = 'u' | 'i' | 'f' | 'b' | 'U' | 'S';

/** The head of a file in NPY format. */
export interface NpyHeader {
  readonly kind: NpyKind;
  /** Bytes of an element; of `U` 4 a character. */
  readonly size: number;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first element. */
  readonly offset: number;
}

const magic = '\x93NUMPY';
/** numpy itself reads no longer ones without being told to. */
const maxHeaderBytes = 2 ** 16;
/** Magic, version, and the length of what follows. */
export const npyPreambleBytes = 12;

/**
 * How many bytes the head has, told by its first 12.
 *
 * Format: "The NPY format", numpy.lib.format, versions 1.0 to 3.0.
 */
export function npyHeaderBytes(start: Uint8Array, name: string): number {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (
    start.length < npyPreambleBytes ||
    Buffer.from(start.subarray(0, 6)).toString('latin1') !== magic
  ) {
    throw refuse(name, 'expected an array in NPY format');
  }
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw refuse(name, `expected NPY version 1 to 3, got ${version}`);
  const length = version === 1 ? view.getUint16(8, true) + 10 : view.getUint32(8, true) + 12;
  if (length > maxHeaderBytes) throw refuse(name, `its head has ${length} bytes`);
  return length;
}

/**
 * Reads the head of a file in NPY format.
 *
 * @throws InvalidOptionError naming what it has that isn't read: Fortran order, other elements
 */
export function parseNpyHeader(head: Uint8Array, name: string): NpyHeader {
  const text = Buffer.from(head).toString('latin1').slice(10);
  const descr = /'descr':\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text);
  if (order === null || shape === null) throw refuse(name, 'its head is damaged');
  if (descr === null) throw refuse(name, 'expected an array of numbers or strings');
  const lengths = shape[1]!.split(',').map((part) => part.trim());
  const dimensions = lengths.filter((part) => part !== '').map(Number);
  if (order[1] === 'True' && dimensions.length > 1) {
    throw refuse(
      name,
      'it is in Fortran order, in which no image lies in one piece',
      'Save np.ascontiguousarray(array)',
    );
  }
  const [, endian, kind, size] = descr;
  if (!known.test(`${kind!}${size!}`)) {
    throw refuse(name, `its elements are of type ${kind!}${size!}`, 'Save it with another dtype');
  }
  return {
    kind: kind as NpyKind,
    size: Number(size) * (kind === 'U' ? 4 : 1),
    littleEndian: endian !== '>',
    shape: dimensions,
    offset: head.length,
  };
}

const known = /^(?:b1|[ui][1248]|f[48]|[US]\d+)$/;

/** The elements as numbers, or as strings. */
export function npyValues(header: NpyHeader, bytes: Uint8Array): (number | string | bigint)[] {
  const count = header.size === 0 ? 0 : Math.floor(bytes.length / header.size);
  const read = elementReader(header, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  return Array.from({ length: count }, (_, i) => read(i * header.size));
}

function elementReader(
  { kind, size, littleEndian }: NpyHeader,
  view: DataView,
): (at: number) => number | string | bigint {
  switch (`${kind}${size}`) {
    case 'b1':
    case 'u1':
      return (at) => view.getUint8(at);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'u2':
      return (at) => view.getUint16(at, littleEndian);
    case 'i2':
      return (at) => view.getInt16(at, littleEndian);
    case 'u4':
      return (at) => view.getUint32(at, littleEndian);
    case 'i4':
      return (at) => view.getInt32(at, littleEndian);
    case 'u8':
      return (at) => view.getBigUint64(at, littleEndian);
    case 'i8':
      return (at) => view.getBigInt64(at, littleEndian);
    case 'f4':
      return (at) => view.getFloat32(at, littleEndian);
    case 'f8':
      return (at) => view.getFloat64(at, littleEndian);
    default:
      return kind === 'U'
        ? (at) => unicode(view, at, size, littleEndian)
        : (at) => latin(view, at, size);
  }
}

/** UTF-32, padded with NUL. */
function unicode(view: DataView, at: number, size: number, littleEndian: boolean): string {
  let text = '';
  for (let i = 0; i < size; i += 4) {
    const point = view.getUint32(at + i, littleEndian);
    text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  }
  return text.replace(/\0+$/, '');
}

function latin(view: DataView, at: number, size: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, size);
  return bytes.toString('utf8').replace(/\0+$/, '');
}

export function refuse(name: string, reason: string, advice?: string): InvalidOptionError {
  return new InvalidOptionError(`The array ${name} can't be read: ${reason}`, {
    ...(advice === undefined ? {} : { advice }),
  });
}
