import fs from 'node:fs';
import path from 'node:path';
import { File } from 'planefeed';
import { digestOf } from './digest.js';
import type { Bounds, Session } from './sessions.js';
import type { Operation, Trace } from './trace.js';
import { record } from './trace.js';

/** A session as it happened, and what the file holds at each of its commits. */
export interface Recording {
  readonly trace: Trace;
  /** The first is how the session began: a digest, or `absent`. */
  readonly commits: readonly string[];
}

export const absent = 'absent';
export const fileName = 'file.h5';

/** Runs a session in an empty folder, with the journal or as carefully as can be without. */
export async function recordSession(
  session: Session,
  folder: string,
  bounds: Bounds,
  journal: boolean,
): Promise<Recording> {
  const name = path.join(folder, fileName);
  const options = {
    libver: bounds === 'v110' ? (['v110', 'v110'] as const) : (['earliest', 'latest'] as const),
    durability: 'full',
  } as const;
  const commits = [absent];
  if (session.earlier.length > 0) {
    using file = await File.open(name, 'w', options);
    for (const step of session.earlier) step(file, bounds);
    commits[0] = digestOf(file);
  }
  const recorder = record(folder);
  let trace: Trace;
  try {
    using file = await File.open(name, session.mode, { ...options, journal });
    for (const step of session.steps) {
      step(file, bounds);
      file.flush();
      if (!journal) syncByHand(name);
      commits.push(digestOf(file));
      recorder.commit(commits.length - 1);
    }
  } finally {
    trace = recorder.stop();
  }
  return { trace, commits };
}

/** What a program does that doesn't sync the file before it writes the next record. */
export function withoutDataSync(trace: Trace): Trace {
  let journal: number | undefined;
  const isRecord = (operation: Operation | undefined): boolean => {
    if (operation?.kind === 'create' && operation.name === `${fileName}-journal`) {
      journal = operation.file;
    }
    return (
      (operation?.kind === 'create' || operation?.kind === 'write') && operation.file === journal
    );
  };
  const operations = trace.operations.filter(
    (operation, n) => !(operation.kind === 'sync' && isRecord(trace.operations[n + 1])),
  );
  return { ...trace, operations };
}

function syncByHand(name: string): void {
  const descriptor = fs.openSync(name, 'r+');
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}
