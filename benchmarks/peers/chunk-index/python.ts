import { chunked, type IndexFile } from '../../lib/index-file.js';
import type { Peer } from '../../lib/peer.js';
import { missingPython, startPython } from '../../lib/python.js';
import { middleChunk, stepOf, type Method } from './methods.js';

export function h5py(method: Method): Peer<IndexFile> {
  return inPython(method, {
    name: 'h5py',
    script: 'h5py_peer.py',
    modules: ['h5py'],
    detail:
      method === 'scan'
        ? 'h5py.File, ds.id.chunk_iter(list.append)'
        : 'h5py.File, ds.id.read_direct_chunk',
  });
}

/** hidefix makes an index of all chunks with the HDF5 library, and doesn't show it: what it reads through it is verified. */
export function hidefix(method: Method): Peer<IndexFile> {
  return inPython(method, {
    name: 'hidefix',
    script: 'hidefix_peer.py',
    modules: ['hidefix', 'numpy'],
    detail:
      method === 'scan'
        ? 'hidefix.Index(path): all chunks of the file’s one dataset'
        : 'hidefix.Index(path), and reading the chunk through it',
  });
}

interface PythonIndexPeer {
  readonly name: string;
  readonly detail: string;
  readonly script: string;
  readonly modules: readonly string[];
}

function inPython(
  method: Method,
  { name, detail, script, modules }: PythonIndexPeer,
): Peer<IndexFile> {
  return {
    name,
    kind: 'peer',
    detail,
    missing: () => missingPython(...modules),
    async open(file) {
      const { path, chunks } = file;
      const python = await startPython(new URL(script, import.meta.url), {
        file: path,
        dataset: chunked,
        method,
        chunks,
        middle: middleChunk(file),
      });
      const step = stepOf(method, file);
      return {
        step,
        versions: python.versions,
        async measure(_turn, work) {
          const reply = await python.ask({ op: 'measure', times: work / step });
          return (reply as { milliseconds: number }).milliseconds;
        },
        async digest() {
          return ((await python.ask({ op: 'digest' })) as { digest: string }).digest;
        },
        close: () => python.close(),
      };
    },
  };
}
