/** Finds a file's fields by watching them being read. */
import { Cursor } from '#src/chunking/format/cursor.js';

/** A little-endian number of a structure. */
export interface Field {
  readonly at: number;
  /** Bytes. */
  readonly width: number;
  readonly kind: 'address' | 'length' | 'number';
}

/** Runs `read` and returns the fields that it read, in order of their places. */
export async function tracedFields(read: () => Promise<unknown>): Promise<Field[]> {
  const fields = new Map<number, Field>();
  const note = (cursor: Cursor, width: number, kind: Field['kind']): void => {
    const at = cursor.offset;
    if (fields.get(at)?.kind !== 'address') fields.set(at, { at, width, kind });
  };
  const { prototype } = Cursor;
  const methods = methodsOf(prototype);
  const { u8, u16, u32, unsigned, address, length } = methods;
  const watch = {
    u8(this: Cursor) {
      note(this, 1, 'number');
      return u8.call(this);
    },
    u16(this: Cursor) {
      note(this, 2, 'number');
      return u16.call(this);
    },
    u32(this: Cursor) {
      note(this, 4, 'number');
      return u32.call(this);
    },
    unsigned(this: Cursor, size: number) {
      note(this, size, 'number');
      return unsigned.call(this, size);
    },
    address(this: Cursor) {
      const { offset } = this;
      const value = address.call(this);
      fields.set(offset, { at: offset, width: this.fields.offsetSize, kind: 'address' });
      return value;
    },
    length(this: Cursor) {
      const { offset } = this;
      const value = length.call(this);
      fields.set(offset, { at: offset, width: this.fields.lengthSize, kind: 'length' });
      return value;
    },
  };
  Object.assign(prototype, watch);
  try {
    await read();
  } finally {
    Object.assign(prototype, methods);
  }
  return [...fields.values()].sort((a, b) => a.at - b.at);
}

/** Each is called with the cursor as `this`. */
interface Methods {
  readonly u8: Read;
  readonly u16: Read;
  readonly u32: Read;
  readonly unsigned: (this: Cursor, size: number) => number;
  readonly address: Read;
  readonly length: Read;
}

type Read = (this: Cursor) => number;

function methodsOf(prototype: Cursor): Methods {
  const names = ['u8', 'u16', 'u32', 'unsigned', 'address', 'length'] as const;
  return Object.fromEntries(
    names.map((name) => [name, Reflect.get(prototype, name) as unknown]),
  ) as unknown as Methods;
}
