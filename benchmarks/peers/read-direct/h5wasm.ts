import h5wasm from 'h5wasm/node';

import type { Peer } from '../../lib/peer.js';
import type { RowReads } from '../../lib/read-file.js';
import { inProcess } from './in-process.js';

export const h5wasmSlice: Peer<RowReads> = {
  name: 'h5wasm, slice',
  kind: 'peer',
  detail: 'dataset.slice([[first, end], []]): a new array for each read',
  async open(reads) {
    await h5wasm.ready;
    const file = new h5wasm.File(reads.path, 'r');
    const dataset = file.get(reads.dataset);
    if (!(dataset instanceof h5wasm.Dataset)) {
      throw new Error(`Expected a dataset ${reads.dataset} in ${reads.path}`);
    }
    return {
      ...inProcess(
        reads,
        (first, end) => dataset.slice([[first, end], []]) as Float32Array | Uint8Array,
      ),
      close() {
        file.close();
        return Promise.resolve();
      },
    };
  },
};
