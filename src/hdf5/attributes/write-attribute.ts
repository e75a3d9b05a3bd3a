import { UnsupportedByLibraryError } from '../../errors.js';
import type { NewAttribute } from '../../storage/h5-attribute-changes.js';
import type { FileStructures, H5File } from '../../storage/h5.js';
import { libraryType } from '../creation/library-type.js';
import { encodeElements } from '../element-bytes.js';
import type { PlannedAttribute } from './attribute-input.js';
import {
  attributeDataspace,
  attributeDatatype,
  encodeAttributeMessage,
  parseAttributeMessage,
} from './attribute-message.js';
import { findAttribute } from './find-attribute.js';

/**
 * Creates an attribute, or replaces one; all or nothing.
 *
 * What h5wasm can't create (UTF-8 text, float16, bool, big-endian numbers, `Empty`, …) starts as an
 * attribute that it can, whose message has the same length, and which is then rewritten while the
 * file is closed for a moment. That takes a few milliseconds.
 *
 * @throws UnsupportedByLibraryError for what can't be had either way
 * @throws StorageError when HDF5 refuses or I/O fails
 */
export function writeAttribute(
  file: H5File,
  path: string,
  name: string,
  attribute: PlannedAttribute,
): void {
  const exists = file.attributeNames(path).includes(name);
  const direct = asLibraryCan(attribute);
  if (direct !== null && !exists && sizeOf(direct) < SMALL) {
    file.createAttribute(path, name, direct);
    return;
  }
  const started = direct === null ? startOf(attribute) : { start: direct, finish: null };
  // Before anything changes: it refuses what lies in another file. A header stays where it is.
  const header = headerOf(file, path);
  file.editStructures(
    `create the attribute '${name}'`,
    path,
    () => {
      if (exists) file.deleteAttribute(path, name);
      file.createAttribute(path, name, started.start);
    },
    (structures) => {
      if (started.finish === null) return;
      rewrite(structures, header, name, started.finish);
    },
  );
}

/**
 * Writes other elements over those of an attribute, which keeps its type and shape.
 *
 * @param elements as they are stored, as many bytes as there are
 */
export function overwriteAttribute(
  file: H5File,
  path: string,
  name: string,
  elements: Uint8Array,
): void {
  const header = headerOf(file, path);
  file.editStructures(
    `change the attribute '${name}'`,
    path,
    () => undefined,
    (structures) => {
      const message = findAttribute(structures, header, name);
      const body = message.body.slice();
      body.set(elements, parseAttributeMessage(body).dataAt);
      message.replace(body);
    },
  );
}

/** Far from the 64 KiB beyond which HDF5 may refuse an attribute, having deleted the old one. */
const SMALL = 32 * 1024;

interface Finished {
  readonly datatype: Uint8Array;
  /** `null`: what is there stays. */
  readonly rest: { readonly dataspace: Uint8Array; readonly elements: Uint8Array } | null;
}

/** The attribute as h5wasm creates it without our help, if it can. */
function asLibraryCan(attribute: PlannedAttribute): NewAttribute | null {
  switch (attribute.kind) {
    case 'empty':
      return null;
    case 'references': {
      const { shape, references } = attribute;
      if (references.some(({ kind }) => kind === 'region')) {
        throw new UnsupportedByLibraryError('writing references to regions');
      }
      const elements = new Uint8Array(references.length * 8);
      references.forEach(({ bytes }, index) => {
        elements.set(bytes, index * 8);
      });
      return { type: { class: 'object reference' }, shape, elements };
    }
    case 'elements': {
      const { dtype, shape, data } = attribute;
      const type = libraryType(dtype);
      if (type === null) return null;
      const isText = dtype.kind === 'O';
      return { type, shape, elements: isText ? (data as string[]) : encodeElements(data, dtype) };
    }
  }
}

/** An attribute that h5wasm can create, and what shall be there in the end. */
function startOf(attribute: PlannedAttribute): { start: NewAttribute; finish: Finished } {
  if (attribute.kind === 'references') throw new TypeError('References need no help');
  const { dtype } = attribute;
  const shape = attribute.kind === 'empty' ? null : attribute.shape;
  const [datatype, dataspace] = [attributeDatatype(dtype), attributeDataspace(shape)];
  if (attribute.kind === 'elements' && dtype.kind === 'O') {
    // Only HDF5 can put the text into its heap; the types differ in the character set alone.
    const type = { class: 'variable-length string', encoding: 'ascii' } as const;
    return {
      start: { type, shape: attribute.shape, elements: attribute.data as string[] },
      finish: { datatype, rest: null },
    };
  }
  const elements =
    attribute.kind === 'empty' ? new Uint8Array() : encodeElements(attribute.data, dtype);
  // A single string needs the least room besides its bytes, and these can be as many as it takes.
  const spare = datatype.length - STRING_TYPE + dataspace.length - SCALAR + elements.length;
  const size = Math.max(1, spare);
  return {
    start: { type: { class: 'fixed string', size }, shape: [], elements: new Uint8Array(size) },
    finish: { datatype, rest: { dataspace, elements } },
  };
}

/** Bytes of the Datatype message of a fixed-length string. */
const STRING_TYPE = 8;
/** Bytes of the Dataspace message of a scalar. */
const SCALAR = 4;

function rewrite(file: FileStructures, header: number, name: string, finish: Finished): void {
  const message = findAttribute(file, header, name);
  const old = parseAttributeMessage(message.body);
  if (old.version !== 3) {
    throw new UnsupportedByLibraryError('this kind of attribute in the format of HDF5 1.6', {
      advice: "Open the file with libver ['v110', 'v110'], the default",
    });
  }
  const { datatype, rest } = finish;
  const { dataspace, elements } = rest ?? {
    dataspace: old.dataspace,
    elements: message.body.slice(old.dataAt),
  };
  message.replace(encodeAttributeMessage({ ...old, datatype, dataspace }, elements));
}

/** Address of an object's header, which is what a reference to it holds. */
function headerOf(file: H5File, path: string): number {
  const reference = file.objectReference(path);
  return Number(new DataView(reference.buffer, reference.byteOffset).getBigUint64(0, true));
}

function sizeOf({ elements }: NewAttribute): number {
  // A string of variable length is stored elsewhere; here it is a length, an address and an index.
  return elements instanceof Uint8Array ? elements.length : elements.length * 16;
}
