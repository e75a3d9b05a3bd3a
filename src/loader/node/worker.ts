// A loader's worker thread: runs assembly tasks, one after the other, until it is terminated.
import { crc32 } from 'node:zlib';
import { parentPort, workerData } from 'node:worker_threads';
import { inflate } from '../../storage/inflate.js';
import { readInto } from '../../storage/read-into.js';
import { createAssembler, createImageDecoder } from '../assembly.js';
import {
  STARTED,
  toErrorMessage,
  type TaskReply,
  type TaskRequest,
  type WorkerSetup,
} from './worker-messages.js';

const { memory, spec, fd, file, tolerant } = workerData as WorkerSetup;
const decode = await createImageDecoder(spec, inflate);
const assemble = createAssembler(memory, spec, {
  readInto: readInto(fd, file),
  decode,
  crc32,
  tolerant,
});

parentPort?.on('message', ({ id, task, scratch }: TaskRequest) => {
  let reply: TaskReply;
  try {
    reply = { id, report: assemble(task, scratch) };
  } catch (error) {
    reply = { id, error: toErrorMessage(error) };
  }
  parentPort?.postMessage(reply);
});
parentPort?.postMessage(STARTED);
