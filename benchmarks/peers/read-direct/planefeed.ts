import { File } from 'planefeed';

import type { OpenPeer, Peer } from '../../lib/peer.js';
import type { RowReads } from '../../lib/read-file.js';
import { inProcess } from './in-process.js';

export const planefeedGet: Peer<RowReads> = {
  name: 'planefeed, get',
  kind: 'planefeed',
  detail: 'dataset.get(`${first}:${end}`): a new array for each read',
  open: (reads) => open(reads, 'get'),
};

export const planefeedReadDirect: Peer<RowReads> = {
  name: 'planefeed, readDirect',
  kind: 'planefeed',
  detail: 'dataset.readDirect(out, `${first}:${end}`): one array for all reads',
  open: (reads) => open(reads, 'readDirect'),
};

async function open(reads: RowReads, method: 'get' | 'readDirect'): Promise<OpenPeer> {
  const file = await File.open(reads.path);
  const dataset = file.dataset<'float32' | 'uint8'>(reads.dataset);
  const shape = [reads.rowsPerRead, reads.rowLength];
  const length = reads.rowsPerRead * reads.rowLength;
  const data = reads.dtype === 'float32' ? new Float32Array(length) : new Uint8Array(length);
  const out = { data, shape };
  return {
    ...inProcess(reads, (first, end) => {
      const rows = `${first}:${end}`;
      if (method === 'get') return dataset.get(rows).data;
      dataset.readDirect(out, rows);
      return data;
    }),
    close() {
      file.close();
      return Promise.resolve();
    },
  };
}
