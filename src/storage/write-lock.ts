import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { StorageError } from '../errors.js';
import type { JournalFiles } from './journal-files.js';

/** Who is writing a file. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the lock was taken, ISO 8601. */
  readonly since: string;
  /** When the process started, in clock ticks since the machine did; `null` where that isn't told. */
  readonly started: string | null;
  /** Of the machine's running and of the process's view of other processes, where that is told. */
  readonly boot: string | null;
  readonly namespace: string | null;
  /** No other lock has the same. */
  readonly token: string;
}

export interface WriteLock {
  release(): void;
}

/**
 * Takes the lock of a file that is to be written: `<file>-lock`, which names its holder. Readers
 * don't look at it.
 *
 * The lock appears with its content in one step (a link to a file that is complete), so that of
 * several takers one succeeds. A lock whose holder is dead passes to its heir, the one taker who
 * succeeds in making `<lock>.<token of the dead>`; the heir then puts its own in the lock's place.
 * A taker that was too late for that (the lock is no longer the dead one's) steps back.
 *
 * @throws StorageError naming the holder, when it lives or may live
 */
export function takeWriteLock(files: JournalFiles): WriteLock {
  const own = describeSelf();
  const draft = `${files.lock}.${own.token}.draft`;
  try {
    fs.writeFileSync(draft, `${JSON.stringify(own)}\n`, { flag: 'wx' });
    take(files, own, draft);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    const refused = refusals.has((cause as NodeJS.ErrnoException).code);
    throw new StorageError(`Could not lock the file for writing: ${(cause as Error).message}`, {
      place: { file: files.lock },
      ...(refused && {
        advice: 'A lock and a journal stand beside the file: its folder has to be writable',
      }),
      cause,
    });
  } finally {
    fs.rmSync(draft, { force: true });
  }
  return {
    release: () => {
      if (readHolder(files.lock)?.token === own.token) fs.rmSync(files.lock, { force: true });
    },
  };
}

/** What a folder says that isn't to be written in. */
const refusals = new Set<unknown>(['EACCES', 'EPERM', 'EROFS']);

/** Who is writing the file now; `undefined` when nobody is, or whoever was is dead. */
export function livingHolder(files: JournalFiles): LockHolder | undefined {
  const chain = holdersOf(files.lock);
  const last = chain.at(-1);
  return last !== undefined && mayLive(last) ? last : undefined;
}

/** @throws StorageError that names the holder, if there is one */
export function refuseIfLocked(files: JournalFiles): void {
  const holder = livingHolder(files);
  if (holder !== undefined) throw isHeld(files, holder);
}

function take(files: JournalFiles, own: LockHolder, draft: string): void {
  for (;;) {
    if (linked(draft, files.lock)) return;
    const chain = holdersOf(files.lock);
    const last = chain.at(-1);
    // Released in the meantime.
    if (last === undefined) continue;
    if (mayLive(last)) throw isHeld(files, last);
    const inheritance = heirPath(files.lock, last);
    if (!linked(draft, inheritance)) continue;
    if (holdersOf(files.lock).at(-1)?.token !== own.token) {
      fs.rmSync(inheritance, { force: true });
      continue;
    }
    fs.renameSync(draft, files.lock);
    for (const dead of chain) fs.rmSync(heirPath(files.lock, dead), { force: true });
    return;
  }
}

/** Whether `name` could be made another name of `draft`: only if there was none. */
function linked(draft: string, name: string): boolean {
  return succeeds(() => {
    try {
      fs.linkSync(draft, name);
    } catch (error) {
      if (!withoutLinks.has((error as NodeJS.ErrnoException).code)) throw error;
      // The file is made by one taker only, too, but others may see it before its content.
      fs.copyFileSync(draft, name, fs.constants.COPYFILE_EXCL);
    }
  });
}

/** What file systems say that don't have hard links, such as those of memory sticks. */
const withoutLinks = new Set<unknown>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function succeeds(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The holder in the lock, its heir, the heir's heir: the last one counts. */
function holdersOf(lock: string): LockHolder[] {
  const chain: LockHolder[] = [];
  let next = readHolder(lock);
  while (next !== undefined) {
    chain.push(next);
    next = readHolder(heirPath(lock, next));
  }
  return chain;
}

function heirPath(lock: string, { token }: LockHolder): string {
  return `${lock}.${token}`;
}

function readHolder(lock: string): LockHolder | undefined {
  let text: string;
  try {
    text = fs.readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const holder = JSON.parse(text) as LockHolder | null;
    if (typeof holder?.pid === 'number' && /^[0-9a-f-]{36}$/.test(holder.token)) return holder;
  } catch {
    // Said below, as for all other content.
  }
  throw new StorageError('Expected the lock of a writer, found something else', {
    place: { file: lock },
    advice: 'If no process is writing the file, delete its lock',
  });
}

function describeSelf(): LockHolder {
  return {
    pid: process.pid,
    host: os.hostname(),
    since: new Date().toISOString(),
    started: startOf(process.pid),
    boot: bootId(),
    namespace: pidNamespace(),
    token: randomUUID(),
  };
}

/** When in doubt it does. */
function mayLive(holder: LockHolder): boolean {
  if (holder.host !== os.hostname()) return true;
  const boot = bootId();
  if (boot !== null && holder.boot !== null && boot !== holder.boot) return false;
  if (holder.namespace !== pidNamespace()) return true;
  if (!isRunning(holder.pid)) return false;
  // Process ids are used again, but not with the same start.
  const started = startOf(holder.pid);
  return started === null || holder.started === null || started === holder.started;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 of `/proc/PID/stat`, proc(5); what precedes it may hold blanks, in parentheses. */
function startOf(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const [state, ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that has ended but that its parent hasn't asked about writes nothing any more.
  return state === 'Z' ? 'ended' : (others[18] ?? null);
}

function bootId(): string | null {
  return textOf('/proc/sys/kernel/random/boot_id');
}

function textOf(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function pidNamespace(): string | null {
  try {
    return fs.readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

function isHeld({ file, lock }: JournalFiles, { pid, host, since }: LockHolder): StorageError {
  const holder = pid === process.pid ? 'this process' : `process ${pid}`;
  return new StorageError(`The file is being written by ${holder} on ${host}, since ${since}`, {
    place: { file },
    advice: `Wait until it has closed the file; if there is no such process any more, delete ${lock}`,
  });
}
