import type { Files, Operation, Trace } from './trace.js';

/** A folder as a crash may leave it. */
export interface CrashState {
  readonly files: Files;
  /** Commits that had returned. */
  readonly commits: number;
  readonly kind: 'killed' | 'subset' | 'torn' | 'reordered';
}

/** Numbers in [0, 1). */
export type Random = () => number;

/** What the disk holds whatever happens, and what may or may not have reached it. */
interface Disk {
  readonly contents: Map<number, Buffer>;
  readonly names: Map<string, number>;
  readonly pending: Map<number, ContentChange[]>;
  readonly pendingNames: NameChange[];
  commits: number;
}

type ContentChange = Extract<Operation, { kind: 'write' | 'truncate' }>;
type NameChange = Extract<Operation, { kind: 'create' | 'rename' | 'unlink' }>;

/** What a disk writes wholly or not at all. */
const sector = 512;

/** After each operation: as it is when the process is killed there (everything before is kept). */
export function* killedStates(trace: Trace): Generator<CrashState> {
  const disk = diskBefore(trace);
  for (const operation of trace.operations) {
    advance(disk, operation);
    if (operation.kind === 'sync' || operation.kind === 'sync folder') continue;
    yield stateOf(disk, (changes) => changes, 'killed');
  }
}

/**
 * States after a power failure at a random moment, without end: of what wasn't synced a random
 * part is kept, whole writes or sectors of them, in order or not.
 */
export function* powerFailures(trace: Trace, random: Random): Generator<CrashState> {
  const kinds = ['subset', 'torn', 'reordered'] as const;
  for (;;) {
    const disk = diskBefore(trace);
    const end = Math.ceil(random() * trace.operations.length);
    for (const operation of trace.operations.slice(0, end)) advance(disk, operation);
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const share = [0.1, 0.5, 0.9][Math.floor(random() * 3)]!;
    const keep = (changes: readonly ContentChange[]): ContentChange[] => {
      const pieces = kind === 'subset' ? [...changes] : changes.flatMap(sectorsOf);
      const kept = pieces.filter(() => random() < share);
      return kind === 'reordered' ? shuffled(kept, random) : kept;
    };
    yield stateOf(disk, keep, kind, () => random() < share);
  }
}

function diskBefore({ before, numbers }: Trace): Disk {
  return {
    contents: new Map([...before].map(([name, bytes]) => [numbers.get(name)!, bytes])),
    names: new Map(numbers),
    pending: new Map(),
    pendingNames: [],
    commits: 0,
  };
}

function advance(disk: Disk, operation: Operation): void {
  switch (operation.kind) {
    case 'write':
    case 'truncate': {
      const changes = disk.pending.get(operation.file) ?? [];
      disk.pending.set(operation.file, [...changes, operation]);
      break;
    }
    case 'sync': {
      const { file } = operation;
      disk.contents.set(file, contentOf(disk, file, disk.pending.get(file) ?? []));
      disk.pending.delete(file);
      break;
    }
    case 'create':
    case 'rename':
    case 'unlink':
      disk.pendingNames.push(operation);
      break;
    case 'sync folder':
      for (const change of disk.pendingNames) rename(disk.names, change);
      disk.pendingNames.length = 0;
      break;
    case 'commit':
      disk.commits = operation.commit;
  }
}

function stateOf(
  disk: Disk,
  keep: (changes: readonly ContentChange[]) => readonly ContentChange[],
  kind: CrashState['kind'],
  keepName: () => boolean = () => true,
): CrashState {
  const names = new Map(disk.names);
  for (const change of disk.pendingNames) if (keepName()) rename(names, change);
  const files = new Map(
    [...names].map(([name, file]) => [
      name,
      contentOf(disk, file, keep(disk.pending.get(file) ?? [])),
    ]),
  );
  return { files, commits: disk.commits, kind };
}

function rename(names: Map<string, number>, change: NameChange): void {
  if (change.kind === 'create') {
    names.set(change.name, change.file);
  } else if (change.kind === 'unlink') {
    names.delete(change.name);
  } else {
    const file = names.get(change.from);
    if (file === undefined) return;
    names.delete(change.from);
    names.set(change.to, file);
  }
}

function contentOf(disk: Disk, file: number, changes: readonly ContentChange[]): Buffer {
  const old = disk.contents.get(file) ?? Buffer.alloc(0);
  if (changes.length === 0) return old;
  const ends = changes.map((change) =>
    change.kind === 'write' ? change.at + change.bytes.length : change.length,
  );
  const room = Buffer.alloc(Math.max(old.length, ...ends));
  old.copy(room);
  let length = old.length;
  for (const change of changes) {
    if (change.kind === 'write') {
      change.bytes.copy(room, change.at);
      length = Math.max(length, change.at + change.bytes.length);
    } else {
      if (change.length < length) room.fill(0, change.length, length);
      length = change.length;
    }
  }
  return room.subarray(0, length);
}

function sectorsOf(change: ContentChange): ContentChange[] {
  if (change.kind === 'truncate') return [change];
  const { file, at, bytes } = change;
  const pieces: ContentChange[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + sector - ((at + from) % sector));
    pieces.push({ kind: 'write', file, at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let n = result.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1));
    [result[n], result[other]] = [result[other]!, result[n]!];
  }
  return result;
}
