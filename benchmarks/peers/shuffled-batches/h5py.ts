import { batchSize, imageOrder } from '../../lib/batches.js';
import type { DataFile } from '../../lib/files.js';
import type { OpenPeer, Peer } from '../../lib/peer.js';
import { missingPython, startPython } from '../../lib/python.js';

/** The usual way: an image at a time. */
export const h5pyImages: Peer = {
  name: 'h5py, ds[i]',
  kind: 'peer',
  detail: 'np.multiply(ds[i], np.float32(1 / 255), out=batch[j]); labels read once',
  missing,
  open: (data) => open(data, 'images'),
};

export const h5pyPlanes: Peer = {
  name: 'h5py, ds[i, :, :, c]',
  kind: 'peer',
  detail: 'three plane slices an image, each multiplied into batch[j, :, :, c]; labels read once',
  missing,
  open: (data) => open(data, 'planes'),
};

/** Its strongest form: planar uncompressed chunks taken as bytes. */
export const h5pyChunks: Peer = {
  name: 'h5py, read_direct_chunk',
  kind: 'peer',
  detail:
    'three ds.id.read_direct_chunk an image into reused arrays, interleaved, multiplied into batch[j]; works on uncompressed chunks of one plane only; labels read once',
  missing,
  open: (data) => open(data, 'chunks'),
};

function missing(): ReturnType<typeof missingPython> {
  return missingPython('h5py', 'numpy');
}

async function open(data: DataFile, method: string): Promise<OpenPeer> {
  const script = new URL('h5py_peer.py', import.meta.url);
  const python = await startPython(script, { file: data.path, method, batch: batchSize });
  const order = (epoch: number, images: number): number[] => [
    ...imageOrder(data.images, epoch, images),
  ];
  return {
    step: batchSize,
    versions: python.versions,
    async measure(epoch, images) {
      const reply = await python.ask({ op: 'measure', order: order(epoch, images) });
      return (reply as { milliseconds: number }).milliseconds;
    },
    async digest(batches) {
      const reply = await python.ask({ op: 'digest', order: order(0, batches * batchSize) });
      return (reply as { digest: string }).digest;
    },
    close: () => python.close(),
  };
}
