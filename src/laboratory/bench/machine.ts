import os from 'node:os';
import { version } from '../../version.js';
import type { Machine } from './report.js';

/** What a measurement depends on, beside the disk. */
export function describeMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    planefeed: version,
    node: process.versions.node,
  };
}
