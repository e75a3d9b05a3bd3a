import { CorruptFileError, PlanefeedError, type ErrorPlace } from '../errors.js';

/**
 * What is wrong: `journal`: the file has to be recovered first; `structure`: an object, attribute or
 * index can't be read; `chunks`: stored data overlaps; `plane`: pixels aren't those that were written;
 * `rows`: a column isn't as long as there are images; `values`: a column holds what can't be.
 */
export type ProblemKind = 'journal' | 'structure' | 'chunks' | 'plane' | 'rows' | 'values';

/** One thing that is wrong with a file. */
export interface Problem {
  readonly kind: ProblemKind;
  /** A sentence, with the place in the file. */
  readonly message: string;
  /** Dataset, image, channel, byte in the file, where they are known. */
  readonly place: ErrorPlace;
}

/** Collects what is wrong. All are counted, as many are kept as a reader may want to see. */
export interface Problems {
  readonly kept: readonly Problem[];
  readonly count: number;
  add(kind: ProblemKind, reason: string, place: ErrorPlace): void;
  /** With a message that has the place already. */
  addMessage(kind: ProblemKind, message: string, place: ErrorPlace): void;
  /** @throws the error itself where it isn't about the file */
  addError(kind: ProblemKind, error: unknown, place?: ErrorPlace): void;
}

const MOST_KEPT = 1000;

/** @param file isn't named in every message */
export function collectProblems(file: string): Problems {
  const kept: Problem[] = [];
  let count = 0;
  const addMessage = (kind: ProblemKind, text: string, { file: _, ...place }: ErrorPlace): void => {
    count++;
    if (kept.length === MOST_KEPT) return;
    const message = text.replace(`(file ${file}, `, '(').replace(` (file ${file})`, '');
    kept.push({ kind, message, place });
  };
  const add = (kind: ProblemKind, reason: string, { file: _, ...place }: ErrorPlace): void => {
    addMessage(kind, new CorruptFileError(reason, { place }).message, place);
  };
  return {
    kept,
    get count() {
      return count;
    },
    add,
    addMessage,
    addError(kind, error, place) {
      if (!(error instanceof PlanefeedError)) throw error;
      add(kind, reasonOf(error), { ...place, ...error.place });
    },
  };
}

/** With what is behind it: that a chunk can't be decoded says less than why. */
function reasonOf({ reason, cause }: PlanefeedError): string {
  const behind = cause instanceof PlanefeedError ? cause.reason : undefined;
  return behind === undefined || reason.includes(behind) ? reason : `${reason}: ${behind}`;
}
