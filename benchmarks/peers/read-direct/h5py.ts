import type { OpenPeer, Peer } from '../../lib/peer.js';
import { missingPython, startPython } from '../../lib/python.js';
import { bytesPerRead, firstRow, type RowReads } from '../../lib/read-file.js';

export const h5pySlice: Peer<RowReads> = {
  name: 'h5py, slice',
  kind: 'peer',
  detail: 'ds[first:end]: a new array for each read',
  missing,
  open: (reads) => open(reads, 'slice'),
};

export const h5pyReadDirect: Peer<RowReads> = {
  name: 'h5py, read_direct',
  kind: 'peer',
  detail: 'ds.read_direct(out, np.s_[first:end]): one array of the same rank for all reads',
  missing,
  open: (reads) => open(reads, 'read_direct'),
};

function missing(): ReturnType<typeof missingPython> {
  return missingPython('h5py', 'numpy');
}

async function open(reads: RowReads, method: string): Promise<OpenPeer> {
  const { path: file, dataset, rowsPerRead: rows } = reads;
  const script = new URL('h5py_peer.py', import.meta.url);
  const python = await startPython(script, { file, dataset, method, rows });
  const step = bytesPerRead(reads) / 2 ** 20;
  const firsts = (count: number): number[] =>
    Array.from({ length: count }, (_, k) => firstRow(reads, k));
  return {
    step,
    versions: python.versions,
    async measure(_turn, work) {
      const reply = await python.ask({ op: 'measure', firsts: firsts(work / step) });
      return (reply as { milliseconds: number }).milliseconds;
    },
    async digest(amount) {
      const reply = await python.ask({ op: 'digest', firsts: firsts(amount) });
      return (reply as { digest: string }).digest;
    },
    close: () => python.close(),
  };
}
