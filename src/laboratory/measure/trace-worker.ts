/** Runs in a worker thread: reads what is asked for, one read at a time, and says how long it took. */
import { parentPort } from 'node:worker_threads';
import { readInto } from '../../storage/read-into.js';
import { NEXT, READY, type StretchReply, type StretchRequest } from './trace-messages.js';

const port = parentPort!;
let buffer = new Uint8Array(0);

port.on('message', (request: StretchRequest) => {
  port.postMessage(answer(request));
});

function answer(request: StretchRequest): StretchReply {
  try {
    return readStretch(request);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function readStretch(request: StretchRequest): StretchReply {
  const { fd, name, offsets, lengths, end, longest, control, workers } = request;
  // First of all: a thread that failed before would keep the others waiting.
  awaitOthers(control, workers);
  if (buffer.length < longest) buffer = new Uint8Array(longest);
  const read = readInto(fd, name);
  const began = process.hrtime.bigint();
  for (;;) {
    const i = Atomics.add(control, NEXT, 1);
    if (i >= end) break;
    read(buffer, 0, lengths[i]!, offsets[i]!);
  }
  return { began, ended: process.hrtime.bigint() };
}

/** All begin together, so that waking the threads isn't part of the time. */
function awaitOthers(control: Int32Array, workers: number): void {
  const ready = Atomics.add(control, READY, 1) + 1;
  if (ready === workers) {
    Atomics.notify(control, READY);
    return;
  }
  for (let seen = ready; seen < workers; seen = Atomics.load(control, READY)) {
    Atomics.wait(control, READY, seen);
  }
}
