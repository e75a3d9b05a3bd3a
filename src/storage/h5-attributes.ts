import type { JSONCompatibleOutputData } from 'h5wasm/node';
import { InvalidOptionError, NotFoundError } from '../errors.js';
import type { H5AttributeChanges } from './h5-attribute-changes.js';
import { attributeChangeCalls } from './h5-attribute-changes.js';
import type { H5AttributeElements } from './h5-attribute-elements.js';
import { attributeElementCalls, requireReadable } from './h5-attribute-elements.js';
import type { H5Handle } from './h5-handle.js';
import { h5wasm } from './h5-io.js';
import { isObject, kindAt } from './h5-lookup.js';
import { requireNoNul } from './h5-strings.js';

/** What an attribute may be set to: numbers become int32 where they are, else float64. */
export type NewAttributeValue = string | number | readonly string[] | readonly number[];

/** What an attribute may hold: a scalar, a flat array, nested arrays for compounds; `null` is empty. */
export type AttributeValue = JSONCompatibleOutputData | null;

/** Attributes of a group or dataset; `/` is the file's own. */
export interface H5Attributes extends H5AttributeElements, H5AttributeChanges {
  attributeNames(path: string): string[];
  /** `undefined` when there is no such attribute. 64-bit integers come as numbers. */
  readAttribute(path: string, name: string): AttributeValue | undefined;
  /** Creates or replaces. */
  writeAttribute(path: string, name: string, value: NewAttributeValue): void;
}

export function attributeCalls(handle: H5Handle): H5Attributes {
  const attributeNames = (path: string): string[] =>
    handle.run('list the attributes', { dataset: path }, (h5, id) => {
      // Asked first: h5wasm throws through WebAssembly, leaking its stack, when the name is missing.
      if (!isObject(kindAt(h5, id, path))) {
        throw new NotFoundError('Expected a group or dataset, found none', {
          place: { file: handle.path, dataset: path },
        });
      }
      return h5.get_attribute_names(id, path);
    });

  return {
    attributeNames,
    ...attributeElementCalls(handle, attributeNames),
    ...attributeChangeCalls(handle, attributeNames),

    readAttribute: (path, name) => {
      if (!attributeNames(path).includes(name)) return undefined;
      return handle.run(`read the attribute '${name}'`, { dataset: path }, (h5, id) => {
        requireReadable(h5, id, path, h5.get_attribute_metadata(id, path, name));
        const { Attribute } = h5wasm();
        return new Attribute(id, path, name).json_value;
      });
    },

    writeAttribute: (path, name, value) => {
      const exists = attributeNames(path).includes(name);
      const { dtype, shape } = storedAs(value, name);
      handle.runChanging(`write the attribute '${name}'`, path, (h5, id) => {
        if (exists) h5.delete_attribute(id, path, name);
        const data = typeof value === 'object' ? [...value] : value;
        const { Group } = h5wasm();
        new Group(id, path).create_attribute(name, data as string[] | number[], shape, dtype);
      });
    },
  };
}

function storedAs(value: NewAttributeValue, name: string): { dtype: string; shape: number[] } {
  const shape = typeof value === 'object' ? [value.length] : [];
  const values = typeof value === 'object' ? value : [value];
  if (values.every((item) => typeof item === 'string') && values.length > 0) {
    requireNoNul(values, name);
    return { dtype: 'S', shape };
  }
  if (values.length === 0) {
    throw new InvalidOptionError(`The attribute '${name}' can't be an empty array`);
  }
  const isInt32 = values.every((item) => typeof item === 'number' && (item | 0) === item);
  return { dtype: isInt32 ? '<i' : '<d', shape };
}
