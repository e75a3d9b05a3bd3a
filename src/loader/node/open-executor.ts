import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { inflate } from '../../storage/inflate.js';
import { readInto } from '../../storage/read-into.js';
import {
  createAssembler,
  createImageDecoder,
  type AssemblySpec,
  type ReadInto,
} from '../assembly.js';
import type { BatchMemory } from '../batch-memory.js';
import { inlineExecutor, type Executor } from '../executor.js';
import { createScratch } from '../scratch.js';
import { workerExecutor } from './worker-executor.js';

const MAX_DEFAULT_WORKERS = 4;

/** What tasks are run with. */
export interface ExecutorSetup {
  readonly memory: BatchMemory;
  readonly spec: AssemblySpec;
  readonly fd: number;
  readonly file: string;
  /** Chunks that can't be decoded are damage; else the task fails. */
  readonly tolerant: boolean;
}

/**
 * Starts what runs tasks.
 *
 * @param workers threads; as many as there are cores to spare where left out
 * @param read how images are read where not from the file: in the calling thread then
 */
export async function openExecutor(
  { memory, ...setup }: ExecutorSetup,
  workers: number | undefined,
  read: ReadInto | undefined,
): Promise<Executor> {
  const threads = read === undefined ? (workers ?? defaultWorkers()) : 0;
  if (threads > 0) return workerExecutor(threads, setup, memory);
  const { spec, fd, file, tolerant } = setup;
  const decode = await createImageDecoder(spec, inflate);
  const assemble = createAssembler(memory.wasm, spec, {
    readInto: read ?? readInto(fd, file),
    decode,
    crc32,
    tolerant,
  });
  return inlineExecutor(assemble, createScratch(memory), setImmediate);
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(MAX_DEFAULT_WORKERS, availableParallelism() - 1));
}
