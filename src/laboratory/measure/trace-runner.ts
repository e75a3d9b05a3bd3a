import { Worker } from 'node:worker_threads';
import { InvalidOptionError, StorageError, WorkerError } from '../../errors.js';
import { checkTrace, stretches, type ReadTrace } from '../trace.js';
import { bytesFromDevice } from './bytes-from-device.js';
import { NEXT, type StretchReply, type StretchRequest } from './trace-messages.js';

/** Carries traces out for real, with as many threads as reads in flight. */
export interface TraceRunner {
  /**
   * Reads what the trace says from an open file and measures it. What comes before the first read and
   * after the last isn't part of the time.
   *
   * @throws StorageError when a read fails or the file is shorter; the signal's reason on abort
   */
  run(file: OpenFile, trace: ReadTrace, signal?: AbortSignal): Promise<Run>;
  close(): Promise<void>;
}

export interface OpenFile {
  readonly fd: number;
  /** For messages. */
  readonly name: string;
}

export interface Run {
  readonly seconds: number;
  /** Bytes that came from storage and not from the page cache; undefined: the system doesn't tell. */
  readonly fromDevice: number | undefined;
}

/** @example const runner = openTraceRunner(); try { await runner.run(file, trace); } finally { await runner.close(); } */
export function openTraceRunner(): TraceRunner {
  const workers: Worker[] = [];
  return {
    async run(file, trace, signal) {
      checkTrace(trace);
      if (trace.depth > MAX_DEPTH) {
        throw new InvalidOptionError(
          `A trace is carried out at a depth of ${MAX_DEPTH} at most, not ${trace.depth}`,
        );
      }
      const shared = { ...trace, offsets: share(trace.offsets), lengths: share(trace.lengths) };
      const before = bytesFromDevice();
      let nanoseconds = 0n;
      for (const [first, end] of stretches(trace)) {
        signal?.throwIfAborted();
        nanoseconds += await runStretch(workers, file, shared, first, end);
      }
      const after = bytesFromDevice();
      return {
        seconds: Number(nanoseconds) / 1e9,
        fromDevice: before === undefined || after === undefined ? undefined : after - before,
      };
    },
    async close() {
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    },
  };
}

async function runStretch(
  workers: Worker[],
  file: OpenFile,
  { offsets, lengths, depth }: ReadTrace,
  first: number,
  end: number,
): Promise<bigint> {
  const count = Math.min(depth, end - first);
  while (workers.length < count) workers.push(startWorker());
  const control = new Int32Array(new SharedArrayBuffer(8));
  control[NEXT] = first;
  const longest = lengths.subarray(first, end).reduce((most, length) => Math.max(most, length), 0);
  const { fd, name } = file;
  const request = { fd, name, offsets, lengths, end, longest, control, workers: count };
  const replies = await Promise.all(
    workers.slice(0, count).map((worker) => ask(worker, name, request)),
  );
  let [began, ended] = [replies[0]!.began, replies[0]!.ended];
  for (const reply of replies) {
    if (reply.began < began) began = reply.began;
    if (reply.ended > ended) ended = reply.ended;
  }
  return ended - began;
}

function startWorker(): Worker {
  const worker = new Worker(new URL('./trace-worker.js', import.meta.url), { execArgv: [] });
  worker.unref();
  return worker;
}

function ask(
  worker: Worker,
  file: string,
  request: StretchRequest,
): Promise<Extract<StretchReply, { began: bigint }>> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      worker.unref();
    };
    const onMessage = (reply: StretchReply): void => {
      settle();
      if ('began' in reply) resolve(reply);
      else reject(new StorageError(reply.error));
    };
    const onError = (cause: Error): void => {
      settle();
      reject(
        new WorkerError(`A reading thread died: ${cause.message}`, { place: { file }, cause }),
      );
    };
    const onExit = (code: number): void => {
      settle();
      reject(new WorkerError(`A reading thread ended with code ${code}`, { place: { file } }));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.ref();
    worker.postMessage(request);
  });
}

function share(numbers: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(numbers.byteLength));
  shared.set(numbers);
  return shared;
}

const MAX_DEPTH = 64;
