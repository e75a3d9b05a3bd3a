/** Receives one line of plain text per step. */
export type Log = (line: string) => void;

/** A set-up step failed, or (`prerequisite`) this machine lacks what it needs; one line, no stack wanted. */
export class SetUpError extends Error {
  readonly kind: 'prerequisite' | 'failure';

  constructor(message: string, kind: 'prerequisite' | 'failure' = 'failure', cause?: unknown) {
    super(message, { cause });
    this.name = 'SetUpError';
    this.kind = kind;
  }
}
