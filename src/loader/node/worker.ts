// A loader's worker thread: takes assembly tasks from the queue and runs them, until it is terminated.
// It never turns to its event loop, so it has no use for messages.
import { crc32 } from 'node:zlib';
import { parentPort, workerData } from 'node:worker_threads';
import { inflate } from '../../storage/inflate.js';
import { readInto } from '../../storage/read-into.js';
import { createAssembler, createImageDecoder } from '../assembly.js';
import { storedTask, type StoredTask } from '../task-memory.js';
import { createTaker } from '../task-queue.js';
import { STARTED, toErrorMessage, type TaskReply, type WorkerSetup } from './worker-messages.js';

const { memory, queue, worker, workers, spec, fd, file, tolerant } = workerData as WorkerSetup;
const decode = await createImageDecoder(spec, inflate);
const assemble = createAssembler(memory, spec, {
  readInto: readInto(fd, file),
  decode,
  crc32,
  tolerant,
});
const take = createTaker(memory, queue);

parentPort?.postMessage(STARTED);
for (;;) parentPort?.postMessage(run(storedTask(memory, take(), workers)));

function run({ id, task, scratch }: StoredTask): TaskReply {
  try {
    return { id, report: assemble(task, scratch[worker]!) };
  } catch (error) {
    return { id, error: toErrorMessage(error) };
  }
}
