import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { batchSize, imageOrder } from '../lib/batches.js';
import { repository, type DataFile } from '../lib/files.js';
import type { Missing, OpenPeer, Peer } from '../lib/peer.js';

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

/** $PLANEFEED_PYTHON, else the Python of `npm run setup:h5py`. */
const python = process.env.PLANEFEED_PYTHON ?? `${repository}.venv/bin/python`;
const script = fileURLToPath(new URL('h5py_peer.py', import.meta.url));

function missing(): Missing | undefined {
  const { status, error, stderr } = spawnSync(python, ['-c', 'import h5py, numpy'], {
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `${python} failed`;
  return { reason, setUp: 'npm run setup:h5py' };
}

async function open(data: DataFile, method: string): Promise<OpenPeer> {
  const ask = startPython();
  const { versions } = (await ask({ op: 'open', file: data.path, method, batch: batchSize })) as {
    versions: Record<string, string>;
  };
  const order = (epoch: number, images: number): number[] => [
    ...imageOrder(data.images, epoch, images),
  ];
  return {
    step: batchSize,
    versions,
    async measure(epoch, images) {
      const reply = await ask({ op: 'measure', order: order(epoch, images) });
      return (reply as { milliseconds: number }).milliseconds;
    },
    async digest(batches) {
      const reply = await ask({ op: 'digest', order: order(0, batches * batchSize) });
      return (reply as { digest: string }).digest;
    },
    close: () => ask.end(),
  };
}

interface Ask {
  (request: unknown): Promise<unknown>;
  end(): Promise<void>;
}

/** One process for all repetitions: starting Python and importing h5py is not what is measured. */
function startPython(): Ask {
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (status) => {
      resolve(`Python ended with ${String(status)}\n${messages}`);
    });
  });
  // A broken pipe is told by `ended`, with the reason.
  child.stdin.on('error', () => undefined);

  const ask = async (request: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const reply = await replies.next();
    if (reply.done === true) throw new Error(`The h5py peer failed: ${(await ended).trim()}`);
    return JSON.parse(reply.value) as unknown;
  };
  const end = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return Object.assign(ask, { end });
}
