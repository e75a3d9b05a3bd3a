/** Changes structures of an HDF5 file where they lie, and makes their checksums right again. */
import { openHdf5File } from '#src/chunking/format/hdf5-file.js';
import { readObjectHeader } from '#src/chunking/format/object-header.js';
import { resolvePath } from '#src/chunking/group.js';
import { memorySource } from '#src/storage/memory-source.js';
import { checkedBlocks, fixChecksums } from './checked-blocks.js';
import { setNumber } from './mutate.js';

export interface FileEditor {
  readonly bytes: Uint8Array;
  /** Where the body of an object's message of a type begins. */
  readonly message: (path: string, type: number) => Promise<number>;
  /** Where an object's header begins. */
  readonly header: (path: string) => Promise<number>;
  /** Where text, such as a structure's signature, stands for the nth time. */
  readonly text: (text: string, nth?: number) => number;
  /** Every place where text stands. */
  readonly texts: (text: string) => number[];
  /** Writes a little-endian number. */
  readonly set: (at: number, width: number, value: number | bigint) => void;
  /** Reads one. */
  readonly get: (at: number, width: number) => number;
}

/** The file after `edit`, its checksums right. */
export async function edited(
  original: Uint8Array,
  edit: (file: FileEditor) => Promise<void> | void,
): Promise<Uint8Array> {
  const bytes = Uint8Array.from(original);
  const blocks = checkedBlocks(bytes);
  const file = await openHdf5File(memorySource(Uint8Array.from(original), 'seed.h5'));
  const header = (path: string): Promise<number> => resolvePath(file, path);
  const texts = (text: string): number[] => {
    const latin1 = Buffer.from(original).toString('latin1');
    const found: number[] = [];
    for (let at = latin1.indexOf(text); at >= 0; at = latin1.indexOf(text, at + 1)) found.push(at);
    return found;
  };
  await edit({
    bytes,
    header,
    texts,
    async message(path, type) {
      const { messages } = await readObjectHeader(file, await header(path));
      const message = messages.find((candidate) => candidate.type === type);
      if (message === undefined) throw new Error(`${path} has no message of type ${type}`);
      return message.body('message').offset;
    },
    text(text, nth = 0) {
      const at = texts(text)[nth];
      if (at === undefined) throw new Error(`There is no ${text}`);
      return at;
    },
    set: (at, width, value) => {
      setNumber(bytes, at, width, BigInt(value));
    },
    get(at, width) {
      let value = 0;
      for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
      return value;
    },
  });
  fixChecksums(bytes, blocks);
  return bytes;
}
