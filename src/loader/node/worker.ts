// A loader's worker thread: takes assembly tasks from the queue and runs them, until it is terminated.
// It never turns to its event loop, so it has no use for messages.
import { crc32 } from 'node:zlib';
import { parentPort, workerData } from 'node:worker_threads';
import { inflate } from '../../storage/inflate.js';
import { readInto } from '../../storage/read-into.js';
import { createAssembler, createImageDecoder } from '../assembly.js';
import { createCountdowns } from '../countdowns.js';
import { storedTask, storeTimes } from '../task-memory.js';
import { createTaker, QUEUE_BYTES, QUEUE_CAPACITY } from '../task-queue.js';
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
const groups = createCountdowns(memory, queue + QUEUE_BYTES, QUEUE_CAPACITY);

parentPort?.postMessage(STARTED);
for (;;) {
  const address = take();
  const { id, counter, task, scratch } = storedTask(memory, address, workers);
  try {
    const report = assemble(task, scratch[worker]!);
    if (report.damage.length === 0) storeTimes(memory, address, report);
    else reply({ id, report });
  } catch (error) {
    reply({ id, error: toErrorMessage(error) });
  }
  if (groups.down(counter)) parentPort?.postMessage(counter);
}

function reply(message: TaskReply): void {
  parentPort?.postMessage(message);
}
