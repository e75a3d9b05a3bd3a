import fs from 'node:fs';
import path from 'node:path';

/** What a program did to the files of one folder, in order. Files go by number, whatever their name. */
export type Operation =
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly length: number }
  | { readonly kind: 'sync'; readonly file: number }
  | { readonly kind: 'create'; readonly name: string; readonly file: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'sync folder' }
  /** A commit has returned: its number. */
  | { readonly kind: 'commit'; readonly commit: number };

/** Names and contents. */
export type Files = ReadonlyMap<string, Buffer>;

export interface Trace {
  /** The folder as it was. */
  readonly before: Files;
  /** Numbers of the files that were there. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly operations: readonly Operation[];
}

export interface Recorder {
  commit(number: number): void;
  /** Stops recording. */
  stop(): Trace;
}

/** Records what this process does to the files in `folder` through `node:fs`, locks left out. */
export function record(folder: string): Recorder {
  const operations: Operation[] = [];
  const before = readFiles(folder);
  const numbers = new Map([...before.keys()].map((name, number) => [name, number]));
  const files = new Map(numbers);
  const open = new Map<number, number>();
  const folders = new Set<number>();
  let next = numbers.size;
  const original = { ...fs };

  const nameOf = (file: unknown): string | undefined => {
    if (typeof file !== 'string' || path.dirname(file) !== folder) return undefined;
    const name = path.basename(file);
    return name.includes('-lock') ? undefined : name;
  };
  const synced = (descriptor: number): void => {
    const file = open.get(descriptor);
    if (file !== undefined) operations.push({ kind: 'sync', file });
    if (folders.has(descriptor)) operations.push({ kind: 'sync folder' });
  };
  const unlinked = (file: unknown): void => {
    const name = nameOf(file);
    if (name !== undefined && files.delete(name)) operations.push({ kind: 'unlink', name });
  };

  fs.openSync = (file, flags, mode) => {
    const descriptor = original.openSync(file, flags, mode);
    if (file === folder) folders.add(descriptor);
    const name = nameOf(file);
    if (name === undefined) return descriptor;
    const known = files.get(name);
    const number = known ?? next++;
    if (known === undefined) {
      files.set(name, number);
      operations.push({ kind: 'create', name, file: number });
    } else if (empties(flags)) {
      operations.push({ kind: 'truncate', file: number, length: 0 });
    }
    open.set(descriptor, number);
    return descriptor;
  };
  fs.closeSync = (descriptor) => {
    open.delete(descriptor);
    folders.delete(descriptor);
    original.closeSync(descriptor);
  };
  fs.writeSync = ((...args: Parameters<typeof fs.writeSync>) => {
    const count = original.writeSync(...args);
    const [descriptor, data, offset, , position] = args as unknown as WriteArguments;
    const file = open.get(descriptor);
    if (file !== undefined) {
      const bytes = Buffer.from(data.buffer, data.byteOffset + offset, count);
      operations.push({ kind: 'write', file, at: position, bytes: Buffer.from(bytes) });
    }
    return count;
  }) as typeof fs.writeSync;
  fs.ftruncateSync = (descriptor, length) => {
    original.ftruncateSync(descriptor, length);
    const file = open.get(descriptor);
    if (file !== undefined) operations.push({ kind: 'truncate', file, length: length ?? 0 });
  };
  fs.fsyncSync = (descriptor) => {
    original.fsyncSync(descriptor);
    synced(descriptor);
  };
  fs.fsync = ((descriptor: number, done: fs.NoParamCallback) => {
    original.fsync(descriptor, (error) => {
      if (error === null) synced(descriptor);
      done(error);
    });
  }) as typeof fs.fsync;
  fs.renameSync = (from, to) => {
    original.renameSync(from, to);
    const [source, target] = [nameOf(from), nameOf(to)];
    if (source === undefined || target === undefined) return;
    files.set(target, files.get(source)!);
    files.delete(source);
    operations.push({ kind: 'rename', from: source, to: target });
  };
  fs.unlinkSync = (file) => {
    original.unlinkSync(file);
    unlinked(file);
  };
  fs.rmSync = (file, options) => {
    original.rmSync(file, options);
    unlinked(file);
  };

  return {
    commit: (commit) => {
      operations.push({ kind: 'commit', commit });
    },
    stop: () => {
      for (const name of patched) Object.assign(fs, { [name]: original[name] });
      return { before, numbers, operations };
    },
  };
}

export function readFiles(folder: string): Map<string, Buffer> {
  const names = fs.readdirSync(folder).filter((name) => !name.includes('-lock'));
  return new Map(names.map((name) => [name, fs.readFileSync(path.join(folder, name))]));
}

/** Makes `folder` hold these files and no others. */
export function writeFiles(folder: string, files: Files): void {
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name));
  for (const [name, bytes] of files) fs.writeFileSync(path.join(folder, name), bytes);
}

const patched = [
  'openSync',
  'closeSync',
  'writeSync',
  'ftruncateSync',
  'fsyncSync',
  'fsync',
  'renameSync',
  'unlinkSync',
  'rmSync',
] as const;

type WriteArguments = [number, Uint8Array, number, number, number];

function empties(flags: fs.OpenMode): boolean {
  return typeof flags === 'number' ? (flags & fs.constants.O_TRUNC) !== 0 : flags.startsWith('w');
}
