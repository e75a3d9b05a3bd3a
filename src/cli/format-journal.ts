import type { JournalState } from '../storage/journal-state.js';
import { printable } from './format.js';

/** What the journal beside a file means, and what to do. */
export function formatJournal(file: string, journal: Exclude<JournalState, 'none'>): string {
  const recover = `planefeed recover ${printable(file)}`;
  return {
    'in use': 'journal: a writer has the file open; whole commits were read',
    complete: `journal: left by a writer that failed or was killed; its last commit is in the file; ${recover} removes it`,
    unfinished: `journal: left by a writer that was killed as it began a commit; the file is at the one before; ${recover} tidies up`,
    needed: `journal: a commit is half in the file; run ${recover}`,
    foreign: 'journal: something else has its name; move it elsewhere',
  }[journal];
}
