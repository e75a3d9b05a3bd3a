/** A thread that reads files: of a damaged one HDF5 may never come to an end. */
import { parentPort } from 'node:worker_threads';
import { File } from 'planefeed';
import { loadH5wasm } from '#src/storage/h5-io.js';
import { digestOf } from './digest.js';

parentPort!.on('message', (name: string) => {
  void File.open(name)
    .then((file) => {
      using opened = file;
      return digestOf(opened);
    })
    .catch((error: unknown) => `unreadable: ${(error as Error).message}`)
    .then((found) => {
      parentPort!.postMessage(found);
    });
});

// Until then the reader isn't asked for anything.
await loadH5wasm();
parentPort!.postMessage('ready');
