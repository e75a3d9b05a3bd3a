import { createHash } from 'node:crypto';
import type { File } from 'planefeed';
import { Dataset } from 'planefeed';

/** The value of everything in a file: names, shapes, elements and attributes of every dataset. */
export function digestOf(file: File): string {
  const hash = createHash('sha256');
  file.visit((name) => {
    const object = file.get(name);
    hash.update(`\n${name}`);
    if (!(object instanceof Dataset)) return undefined;
    hash.update(` ${object.shape!.join('x')} `);
    const { data } = object.get();
    hash.update(Array.isArray(data) ? data.join('\0') : bytesOf(data as Uint8Array));
    for (const key of object.attrs) hash.update(` ${key}=${textOf(object.attrs.get(key))}`);
    return undefined;
  });
  return hash.digest('hex');
}

function textOf(value: unknown): string {
  const plain = (_: string, item: unknown): unknown =>
    typeof item === 'bigint' ? item.toString() : item;
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value, plain);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The same in Python with h5py, for a path. */
export const digestInPython = `
import hashlib
def digest_of(path):
    hash = hashlib.sha256()
    def visit(name):
        object = file[name]
        hash.update(('\\n' + name).encode())
        if not isinstance(object, h5py.Dataset): return
        hash.update((' ' + 'x'.join(map(str, object.shape)) + ' ').encode())
        values = object[()]
        if h5py.check_string_dtype(object.dtype):
            hash.update(b'\\0'.join(values.ravel().tolist()))
        else:
            values = values.astype('f4') if values.dtype == 'f2' else values
            hash.update(np.ascontiguousarray(values).tobytes())
        for key in object.attrs.keys():
            hash.update((' ' + key + '=' + str(object.attrs[key])).encode())
    with h5py.File(path, 'r') as file:
        file.visit(visit)
    return hash.hexdigest()
`;
