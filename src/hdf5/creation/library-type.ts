import type { LibraryType } from '../../storage/h5.js';
import type { DType } from '../dtype.js';
import { complexFields } from './datatype-message.js';

/** The type as h5wasm can create it exactly as h5py does, or `null`. */
export function libraryType(dtype: DType): LibraryType | null {
  if (dtype.byteOrder === '>') return null;
  switch (dtype.kind) {
    case 'i':
    case 'u':
      return {
        class: 'integer',
        size: dtype.itemsize as 1 | 2 | 4 | 8,
        signed: dtype.kind === 'i',
      };
    case 'f':
      return dtype.itemsize === 2 ? null : { class: 'float', size: dtype.itemsize as 4 | 8 };
    case 'c':
      return compound(complexFields(dtype), dtype.itemsize);
    case 'O':
      // h5wasm marks UTF-8 ones as padded by spaces, which some readers then take off.
      return dtype.encoding === 'ascii'
        ? { class: 'variable-length string', encoding: 'ascii' }
        : null;
    default:
      return null;
  }
}

function compound(fields: DType['fields'] & {}, size: number): LibraryType | null {
  const members: { name: string; offset: number; type: LibraryType }[] = [];
  for (const { name, offset, dtype } of fields) {
    const type = libraryType(dtype);
    if (type === null) return null;
    members.push({ name, offset, type });
  }
  return { class: 'compound', size, members };
}
