/** Loaders in Python, each in a process of its own: TensorFlow and numba can't live in one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { arrayFolder } from '../../lib/arrays.js';
import { batchSize } from '../../lib/batches.js';
import { missingPeer, peersPython } from '../../lib/bench-peers.js';
import { cachedFile, type DataFile } from '../../lib/files.js';
import type { OpenPeer, SampledImage } from '../../lib/peer.js';
import { pythonEnvironment, startPython } from '../../lib/python.js';
import type { LoaderPeer } from './loader-peer.js';

export interface PythonLoader {
  /** Short; the number of workers comes behind it. */
  readonly name: string;
  /** Set up with these packages. */
  readonly group: string;
  /** Modules that it imports. */
  readonly modules: readonly string[];
  /** `X` of the script `X_peer.py`. */
  readonly script: string;
  readonly workers: number;
  /** What it calls its workers; `undefined` where there is no choice. */
  readonly unit?: 'worker' | 'thread';
  readonly detail: string;
  /** `file`: planefeed's; `arrays`: .npy files; else what `script` writes, with that ending. */
  readonly reads: 'file' | 'arrays' | { readonly script: string; readonly ending: string };
  readonly options?: Readonly<Record<string, unknown>>;
}

export function pythonLoader(loader: PythonLoader): LoaderPeer {
  const { group, modules, detail } = loader;
  return {
    name: fullName(loader),
    kind: 'peer',
    detail,
    missing: () => missingPeer(group, modules),
    dataOf: (data, say) => dataOf(loader, data, say),
    open: (data) => open(loader, data),
  };
}

function fullName({ name, workers, unit }: PythonLoader): string {
  return unit === undefined ? name : `${name}, ${workers} ${unit}${workers === 1 ? '' : 's'}`;
}

async function dataOf(
  { reads }: PythonLoader,
  data: DataFile,
  say: (line: string) => void,
): Promise<string> {
  if (reads === 'file') return data.path;
  const arrays = await arrayFolder(data, say);
  if (reads === 'arrays') return arrays;
  const { script, ending } = reads;
  const shape = [data.images, data.height, data.width, data.channels].join('x');
  return cachedFile(`random-${shape}-1.${ending}`, say, async (target) => {
    const path = fileURLToPath(scriptUrl(script));
    await run(peersPython, [path, 'write', arrays, target], { env: pythonEnvironment });
  });
}

const run = promisify(execFile);

async function open(loader: PythonLoader, data: DataFile): Promise<OpenPeer> {
  const { images, height, width, channels } = data;
  const python = await startPython(
    scriptUrl(loader.script),
    {
      data: await dataOf(loader, data, () => undefined),
      shape: [images, height, width, channels],
      batch: batchSize,
      workers: loader.workers,
      ...loader.options,
    },
    peersPython,
  );
  return {
    step: images,
    versions: python.versions,
    async measure(turn, count) {
      const reply = await python.ask({ op: 'measure', turn, images: count });
      return (reply as { milliseconds: number }).milliseconds;
    },
    async sample(batches) {
      const reply = await python.ask({ op: 'sample', turn: 0, batches });
      return (reply as { images: readonly SampledImage[] }).images;
    },
    close: () => python.close(),
  };
}

function scriptUrl(name: string): URL {
  return new URL(`${name}_peer.py`, import.meta.url);
}
