import { InvalidOptionError, UnsupportedByLibraryError } from '../../errors.js';
import type { H5AttributeInfo } from '../../storage/h5-attribute-elements.js';
import type { H5File } from '../../storage/h5.js';
import { encodeElements } from '../element-bytes.js';
import { shapeText } from '../repr.js';
import { dtypeOfStored } from '../stored-dtype.js';
import type { PlannedAttribute } from './attribute-input.js';
import { planAttribute } from './attribute-input.js';
import { sizeOf } from '../shape.js';
import { overwriteAttribute, writeAttribute } from './write-attribute.js';

/**
 * Gives an attribute that is there another value, converted to its type.
 *
 * @throws InvalidOptionError when the value has another shape, or the attribute is empty
 */
export function modifyAttribute(
  file: H5File,
  path: string,
  name: string,
  { type, shape }: H5AttributeInfo,
  value: unknown,
): void {
  const place = { file: file.path, dataset: path };
  if (shape === null) {
    throw new InvalidOptionError(`Empty attributes can't be modified: '${name}'`, { place });
  }
  if (type.class === 'reference') {
    const planned = planAttribute(value);
    if (planned.kind !== 'references') {
      throw new InvalidOptionError(`Expected references for the attribute '${name}'`, { place });
    }
    checkShape(planned.shape, shape);
    writeAttribute(file, path, name, { ...planned, shape });
    return;
  }
  const dtype = dtypeOfStored(type);
  if (type.class === 'array' || dtype.itemsize === 0) {
    throw new UnsupportedByLibraryError(`modifying attributes of the class '${type.class}'`);
  }
  const planned = planAttribute(value, { dtype });
  if (planned.kind !== 'elements') {
    throw new InvalidOptionError(`Expected elements for the attribute '${name}'`, { place });
  }
  checkShape(planned.shape, shape);
  if (dtype.kind === 'O') writeAttribute(file, path, name, { ...planned, shape });
  else overwriteAttribute(file, path, name, storedElements(planned, type));

  function checkShape(given: readonly number[], own: readonly number[]): void {
    const same = given.length === own.length && given.every((length, axis) => length === own[axis]);
    if (same || (sizeOf(given) === 1 && sizeOf(own) === 1)) return;
    throw new InvalidOptionError(
      `Shape of data is incompatible with existing attribute: ${shapeText(given)} and ${shapeText(own)}`,
      { place },
    );
  }
}

/** Strings padded as those that are there. */
function storedElements(
  { data, dtype }: Extract<PlannedAttribute, { kind: 'elements' }>,
  type: H5AttributeInfo['type'],
): Uint8Array {
  const elements = encodeElements(data, dtype);
  if (type.class !== 'string' || type.padding === 'nul-padded') return elements;
  for (let start = 0; start < elements.length; start += type.size) {
    const element = elements.subarray(start, start + type.size);
    const end = element.findLastIndex((byte) => byte !== 0) + 1;
    if (type.padding === 'space-padded') element.fill(0x20, end);
    else element[type.size - 1] = 0;
  }
  return elements;
}
