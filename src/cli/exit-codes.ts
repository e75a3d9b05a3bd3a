/** What the process exits with. */
export const exitCodes = {
  /** All is well; of an ingest: every file is in. */
  success: 0,
  failure: 1,
  /** The ingest is complete, but some files were set aside. */
  setAside: 2,
  /** `--on-error stop`: the ingest stopped, at a commit, at an image that can't be taken. */
  stopped: 3,
  /** Of a verification: the file could be read, and something is wrong with it. */
  damaged: 4,
  /** Ctrl-C: 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

/** The same, for a command's help. */
export function exitCodesHelp(): string {
  return `
Exit codes:
  ${exitCodes.success}    success; ingest: every file is in
  ${exitCodes.failure}    failed; the message on stderr says why
  ${exitCodes.setAside}    ingest: some files were set aside, the others are in
  ${exitCodes.stopped}    ingest: stopped at an image that can't be taken (--on-error stop)
  ${exitCodes.damaged}    verify: the file is damaged
  ${exitCodes.interrupted}  interrupted by Ctrl-C`;
}
