import type { AssemblyReport, AssemblyTask } from './assembly.js';

/** A task as it lies in shared memory, and what a thread needs to run it. */
export interface StoredTask {
  readonly id: number;
  /** The countdown of its group. */
  readonly counter: number;
  readonly task: AssemblyTask;
  /** Address of the scratch of each worker. */
  readonly scratch: Float64Array;
}

/** Arrays of a task, in the order in which they lie behind the header. */
const ARRAYS = ['groups', 'reads', 'blocks', 'images', 'checks'] as const;
const [MEMORY, ID, COUNTER, STAGING, SCRATCH_BYTES, LENGTHS] = [0, 1, 2, 3, 4, 5];
/** What a task took, which replaces what it was. */
const TIMES = ['read', 'decode', 'verify', 'assemble'] as const;
const HEADER = LENGTHS + ARRAYS.length;
const NUMBER = 8;

/** Bytes that `storeTask` writes. */
export function storedBytes(task: AssemblyTask, workers: number): number {
  const numbers = ARRAYS.reduce((sum, name) => sum + (task[name]?.length ?? 0), 0);
  return (HEADER + workers + numbers) * NUMBER;
}

/**
 * Puts a task where other threads find it, without a message that would have to be copied and waited
 * for.
 *
 * @param address a multiple of 8
 * @param scratch address of the scratch of each worker
 */
export function storeTask(
  { buffer }: WebAssembly.Memory,
  address: number,
  { id, counter }: Pick<StoredTask, 'id' | 'counter'>,
  task: AssemblyTask,
  scratch: readonly number[],
): void {
  const lengths = ARRAYS.map((name) => task[name]?.length ?? 0);
  const header = [
    ...[buffer.byteLength, id, counter, task.staging, task.scratchBytes],
    ...lengths,
    ...scratch,
  ];
  const numbers = new Float64Array(buffer, address, storedBytes(task, scratch.length) / NUMBER);
  numbers.set(header);
  let at = header.length;
  ARRAYS.forEach((name, i) => {
    numbers.set(task[name] ?? [], at);
    at += lengths[i]!;
  });
}

/** The task at an address. Its arrays are views, good until another is stored there. */
export function storedTask(
  memory: WebAssembly.Memory,
  address: number,
  workers: number,
): StoredTask {
  const { buffer: early } = withLength(memory, address + (HEADER + workers) * NUMBER);
  const header = new Float64Array(early, address, HEADER + workers);
  const { buffer } = withLength(memory, header[MEMORY]!);
  let at = address + header.byteLength;
  const next = (length: number): Float64Array => {
    const array = new Float64Array(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const task = {
    groups: next(header[LENGTHS]!),
    reads: next(header[LENGTHS + 1]!),
    blocks: next(header[LENGTHS + 2]!),
    images: next(header[LENGTHS + 3]!),
    checks: next(header[LENGTHS + 4]!),
    staging: header[STAGING]!,
    scratchBytes: header[SCRATCH_BYTES]!,
  };
  return { id: header[ID]!, counter: header[COUNTER]!, task, scratch: header.subarray(HEADER) };
}

/** Puts what a task took in its place. */
export function storeTimes(
  { buffer }: WebAssembly.Memory,
  address: number,
  report: AssemblyReport,
): void {
  const times = new Float64Array(buffer, address, TIMES.length);
  TIMES.forEach((stage, i) => {
    times[i] = report[stage];
  });
}

/** The report of a task that found no damage. */
export function storedReport({ buffer }: WebAssembly.Memory, address: number): AssemblyReport {
  const [read, decode, verify, assemble] = new Float64Array(buffer, address, TIMES.length);
  return { read: read!, decode: decode!, verify: verify!, assemble: assemble!, damage: [] };
}

/**
 * Lets this thread learn that another has made the memory larger. V8 tells threads by an interrupt, but
 * one that was just starting may have missed it for good: growing by nothing tells it again.
 */
function withLength(memory: WebAssembly.Memory, bytes: number): WebAssembly.Memory {
  while (memory.buffer.byteLength < bytes) memory.grow(0);
  return memory;
}
