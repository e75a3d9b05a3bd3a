/**
 * What a machine may lack. Probed once per test run by global-setup.ts; imports nothing of vitest,
 * because it runs before any test does.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Part = 'tfjs-node' | 'h5py' | 'hdf5plugin' | 'hdf5-tools';

export interface PartState {
  readonly available: boolean;
  /** The version that was found, or why there is none. */
  readonly detail: string;
}

/** What a part is for, and the command that sets it up. */
export const parts: Readonly<Record<Part, { readonly purpose: string; readonly setUp: string }>> = {
  'tfjs-node': {
    purpose: 'training and tensors on the native TensorFlow',
    setUp: 'npm run setup:tfjs-node',
  },
  h5py: { purpose: 'comparisons with h5py', setUp: 'npm run setup:h5py' },
  hdf5plugin: { purpose: 'files with lz4, zstd, blosc and the like', setUp: 'npm run setup:h5py' },
  'hdf5-tools': {
    purpose: 'opening our files with h5dump and h5ls',
    setUp: 'apt-get install hdf5-tools (or your system’s package of HDF5 command-line tools)',
  },
};

export const repository: string = fileURLToPath(new URL('../../', import.meta.url));

/** The Python that has h5py: $PLANEFEED_PYTHON, else the one of `npm run setup:h5py`. */
export const python: string = process.env.PLANEFEED_PYTHON ?? `${repository}.venv/bin/python`;

export function probe(part: Part): PartState {
  const [command, ...args] = probes[part];
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    timeout: 60_000,
  });
  if (error !== undefined) return { available: false, detail: error.message };
  if (status === 0) return { available: true, detail: stdout.trim() };
  const reason = stderr
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => /error|cannot|not found|no module/i.test(line));
  return { available: false, detail: reason ?? `${command} ended with ${String(status)}` };
}

/** Whether $PLANEFEED_REQUIRE (`tfjs-node,h5py,hdf5plugin,hdf5-tools`, or `all`) names this part. */
export function isRequired(part: Part): boolean {
  const names = (process.env.PLANEFEED_REQUIRE ?? '').split(',').map((name) => name.trim());
  return names.includes('all') || names.includes(part);
}

const probes: Readonly<Record<Part, readonly [string, ...string[]]>> = {
  'tfjs-node': [
    process.execPath,
    '-e',
    `const tf = require('@tensorflow/tfjs-node');
     if (tf.getBackend() !== 'tensorflow') throw new Error('backend is ' + tf.getBackend());
     if (tf.tensor1d([1, 2]).sum().dataSync()[0] !== 3) throw new Error('wrong sum');
     console.log(tf.version['tfjs-node']);`,
  ],
  h5py: [
    python,
    '-c',
    'import h5py, numpy; print("h5py", h5py.__version__, "HDF5", h5py.version.hdf5_version)',
  ],
  hdf5plugin: [python, '-c', 'import h5py, hdf5plugin; print("hdf5plugin", hdf5plugin.version)'],
  'hdf5-tools': ['h5dump', '--version'],
};
