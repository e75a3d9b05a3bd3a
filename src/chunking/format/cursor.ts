import { CorruptFileError, UnsupportedLayoutError, type ErrorPlace } from '../../errors.js';

/** The address of something that isn't there ("undefined address", all bits set, in the file). */
export const UNDEFINED = -1;

/** What a cursor must know of the file to read addresses and lengths. */
export interface FieldSizes {
  /** Bytes of an address ("Size of Offsets"). */
  readonly offsetSize: number;
  /** Bytes of a length ("Size of Lengths"). */
  readonly lengthSize: number;
  /** Where address 0 lies in the file: the size of the user block. */
  readonly base: number;
}

/**
 * Reads the little-endian fields of one on-disk structure, front to back. Reading beyond its end,
 * or a number that JavaScript can't hold exactly, is a `CorruptFileError` that names the place.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly fields: FieldSizes;
  readonly #view: DataView;
  readonly #start: number;
  readonly #place: ErrorPlace;
  readonly #structure: string | undefined;
  #at = 0;

  /**
   * @param start absolute file offset of `bytes[0]`
   * @param place names file, dataset and structure
   * @param structure named instead of that of the place: cursors are many, and seldom fail
   */
  constructor(
    bytes: Uint8Array,
    start: number,
    fields: FieldSizes,
    place: ErrorPlace,
    structure: string | undefined = place.structure,
  ) {
    this.bytes = bytes;
    this.fields = fields;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#start = start;
    this.#place = place;
    this.#structure = structure;
  }

  /** Absolute file offset of the next byte. */
  get offset(): number {
    return this.#start + this.#at;
  }

  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An unsigned number of 1 to 8 bytes. */
  unsigned(size: number): number {
    const at = this.#take(size);
    let value = 0;
    if (size === 8) {
      value = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
    } else {
      for (let i = size - 1; i >= 0; i--) value = value * 256 + this.bytes[at + i]!;
    }
    if (value > Number.MAX_SAFE_INTEGER) throw this.#tooLarge(at, value);
    return value;
  }

  /** The next `count` unsigned numbers of 8 bytes, to the beginning of `into`. */
  unsigned64s(into: Float64Array, count: number): void {
    let at = this.#take(8 * count);
    for (let i = 0; i < count; i++, at += 8) {
      const high = this.#view.getUint32(at + 4, true);
      const value = high * 2 ** 32 + this.#view.getUint32(at, true);
      if (high >= 2 ** 21) throw this.#tooLarge(at, value);
      into[i] = value;
    }
  }

  /** A number of the file's "Size of Lengths". */
  length(): number {
    return this.unsigned(this.fields.lengthSize);
  }

  /** A number of the file's "Size of Lengths"; `null` when all bits are set (unlimited). */
  lengthOrUnlimited(): number | null {
    const { lengthSize } = this.fields;
    if (!this.#allOnes(lengthSize)) return this.length();
    this.skip(lengthSize);
    return null;
  }

  /** An address as an absolute file offset, or `UNDEFINED`. */
  address(): number {
    const { offsetSize, base } = this.fields;
    if (!this.#allOnes(offsetSize)) return base + this.unsigned(offsetSize);
    this.skip(offsetSize);
    return UNDEFINED;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const at = this.#take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A cursor over the next `count` bytes; `structure` names it in messages. */
  sub(count: number, structure: string): Cursor {
    const start = this.offset;
    return new Cursor(this.take(count), start, this.fields, this.#place, structure);
  }

  /** A cursor over what is left, which reads addresses and lengths of other sizes. */
  withFields(fields: FieldSizes): Cursor {
    const rest = this.bytes.subarray(this.#at);
    return new Cursor(rest, this.offset, fields, this.#place, this.#structure);
  }

  /** A fresh cursor over the same bytes; `structure` names it in messages. */
  renamed(structure: string): Cursor {
    return new Cursor(this.bytes, this.#start, this.fields, this.#place, structure);
  }

  text(count: number): string {
    return utf8.decode(this.take(count));
  }

  /** Text up to and without the next NUL. */
  nulTerminated(): string {
    const end = this.bytes.indexOf(0, this.#at);
    if (end < 0) throw this.fail('Expected a name that ends with a NUL byte');
    const text = this.text(end - this.#at);
    this.skip(1);
    return text;
  }

  expectSignature(signature: string): void {
    const at = this.#at;
    this.#take(signature.length);
    for (let i = 0; i < signature.length; i++) {
      if (this.bytes[at + i] === signature.charCodeAt(i)) continue;
      const found = latin1(this.bytes.subarray(at, at + signature.length));
      throw this.#failAt(at, `Expected the signature "${signature}", got "${printable(found)}"`);
    }
  }

  /** Reads a version byte that must be one of `versions`. */
  version(...versions: number[]): number {
    const at = this.#at;
    const version = this.u8();
    if (!versions.includes(version)) {
      throw this.#failAt(at, `Expected version ${versions.join(' or ')}, got ${version}`);
    }
    return version;
  }

  /** The error for what is wrong at the next byte; the caller throws it. */
  fail(message: string, cause?: unknown): CorruptFileError {
    return this.#failAt(this.#at, message, cause);
  }

  /** The error for a feature that the fast lane doesn't read; the caller throws it. */
  unsupported(feature: string): UnsupportedLayoutError {
    return new UnsupportedLayoutError(feature, { place: this.#placeAt(this.offset) });
  }

  #take(count: number): number {
    const at = this.#at;
    if (!(count >= 0 && count <= this.bytes.length - at)) {
      throw this.#failAt(
        at,
        `Expected ${count} more bytes, but ${this.bytes.length - at} are left`,
      );
    }
    this.#at = at + count;
    return at;
  }

  #allOnes(size: number): boolean {
    if (size > this.remaining || this.bytes[this.#at + size - 1] !== 0xff) return false;
    for (let i = 0; i < size; i++) if (this.bytes[this.#at + i] !== 0xff) return false;
    return true;
  }

  #placeAt(offset: number): ErrorPlace {
    const structure = this.#structure;
    return { ...this.#place, ...(structure === undefined ? {} : { structure }), offset };
  }

  #tooLarge(at: number, value: number): CorruptFileError {
    return this.#failAt(at, `Expected a number below 2^53, got about ${value}`);
  }

  #failAt(at: number, message: string, cause?: unknown): CorruptFileError {
    return new CorruptFileError(message, {
      place: this.#placeAt(this.#start + at),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

const utf8 = new TextDecoder();

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '·');
}
