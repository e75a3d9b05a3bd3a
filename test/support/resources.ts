import { readdirSync } from 'node:fs';

/** What this process holds that must come to an end: threads, open descriptors, timers and the like. */
export interface Resources {
  readonly threads: number;
  readonly descriptors: number;
  readonly active: readonly string[];
}

/** Linux only. */
export function resources(): Resources {
  return {
    threads: readdirSync('/proc/self/task').length,
    descriptors: readdirSync('/proc/self/fd').length,
    active: process.getActiveResourcesInfo().filter(isOurs).sort(),
  };
}

/** The test runner's own timers and messages come and go, as do requests to the file system that are done. */
function isOurs(resource: string): boolean {
  return !['Timeout', 'Immediate', 'PipeWrap', 'TTYWrap', 'FSReqCallback', 'FSReqPromise'].includes(
    resource,
  );
}
