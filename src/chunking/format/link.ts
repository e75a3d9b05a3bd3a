import { UNDEFINED, type Cursor } from './cursor.js';

/** What a name in a group leads to. */
export type Link =
  /** `offset`: absolute file offset of the object header. */
  | { readonly kind: 'hard'; readonly offset: number }
  | { readonly kind: 'soft'; readonly target: string }
  | { readonly kind: 'external'; readonly file: string; readonly path: string }
  | { readonly kind: 'user-defined'; readonly type: number };

/** Source: HDF5 File Format Specification, "The Link Message". */
export function parseLink(cursor: Cursor): { name: string; link: Link } {
  cursor.version(1);
  const flags = cursor.u8();
  const type = (flags & 0x08) !== 0 ? cursor.u8() : 0;
  if ((flags & 0x04) !== 0) cursor.skip(8); // creation order
  if ((flags & 0x10) !== 0) cursor.skip(1); // character set
  const name = cursor.text(cursor.unsigned(1 << (flags & 0x03)));
  if (name === '') throw cursor.fail('Expected a link with a name');
  return { name, link: parseTarget(cursor, type) };
}

function parseTarget(cursor: Cursor, type: number): Link {
  if (type === 0) {
    const offset = cursor.address();
    if (offset === UNDEFINED) throw cursor.fail('Expected the address of the linked object');
    return { kind: 'hard', offset };
  }
  const value = cursor.sub(cursor.u16(), 'link value');
  if (type === 1) return { kind: 'soft', target: value.text(value.remaining) };
  if (type !== 64) return { kind: 'user-defined', type };
  value.skip(1); // version and flags
  return { kind: 'external', file: value.nulTerminated(), path: value.nulTerminated() };
}

/** Where a group keeps its links when not in its header ("dense" storage). */
export interface LinkInfo {
  /** Absolute file offset of the fractal heap, or `UNDEFINED` when the links are in the header. */
  readonly heap: number;
  /** Absolute file offset of the v2 B-tree of the hashes of their names, or `UNDEFINED`. */
  readonly nameIndex: number;
  /** For messages. */
  readonly message: Cursor;
}

/** Source: HDF5 File Format Specification, "The Link Info Message". */
export function parseLinkInfo(cursor: Cursor): LinkInfo {
  cursor.version(0);
  const flags = cursor.u8();
  if ((flags & 0x01) !== 0) cursor.skip(8); // maximum creation order
  return { heap: cursor.address(), nameIndex: cursor.address(), message: cursor };
}
