/** h5py as the oracle: what it reads and writes is what planefeed is held to. */
import { spawn } from 'node:child_process';

import { python } from './probe.js';
import { describeWith, isAvailable } from './require.js';

export interface H5py {
  readonly available: boolean;
  /** Path of the Python that has h5py. */
  readonly python: string;
  /**
   * Runs Python code (any common indentation) in a fresh process that has `h5py`, `np`, `data`
   * (`input`, through JSON) and `selection`, which makes a list of `'...'`, integers, `{ slice }`,
   * `{ list }` and `{ mask, shape }` what goes between brackets; resolves with what the code assigned to `result`. numpy arrays and
   * scalars become (nested) lists and numbers (JSON has no NaN), bytes become strings. What it prints goes into the
   * error message if it fails.
   *
   * @example
   * const sum = await h5py.run(`
   *   with h5py.File(data['file']) as f:
   *       result = f['images'][0].sum()
   * `, { file });
   */
  run(code: string, input?: unknown): Promise<unknown>;
}

export const h5py: H5py = { available: isAvailable('h5py'), python, run };

/** `describe` that needs h5py; see {@link describeWith}. */
export function describeWithH5py(name: string, body: () => void): void {
  describeWith('h5py', name, body);
}

/** `describe` that needs h5py with hdf5plugin, which the code imports; see {@link describeWith}. */
export function describeWithHdf5plugin(name: string, body: () => void): void {
  describeWith('hdf5plugin', name, body);
}

const runner = `
import contextlib, json, sys, textwrap
import h5py, numpy as np
def plain(value):
    if isinstance(value, bytes): return value.decode()
    if isinstance(value, h5py.Empty): return None
    if hasattr(value, 'tolist'): return value.tolist()
    raise TypeError(f'{type(value)} has no JSON form')
def selection(entries):
    def entry(e):
        if e == '...': return Ellipsis
        if not isinstance(e, dict): return e
        if 'slice' in e: return slice(*e['slice'])
        if 'list' in e: return np.array(e['list'], int)
        return np.array(e['mask'], bool).reshape(e['shape'])
    entries = tuple(entry(e) for e in entries)
    return entries[0] if len(entries) == 1 and isinstance(entries[0], np.ndarray) else entries
request = json.load(sys.stdin)
names = {'h5py': h5py, 'np': np, 'selection': selection, 'data': request['data'], 'result': None}
with contextlib.redirect_stdout(sys.stderr):
    exec(compile(textwrap.dedent(request['code']), '<test>', 'exec'), names)
json.dump(names['result'], sys.stdout, default=plain, allow_nan=False)
`;

async function run(code: string, input: unknown = null): Promise<unknown> {
  return JSON.parse(await pipe(JSON.stringify({ code, data: input }))) as unknown;
}

function pipe(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', runner], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let messages = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`Python ended with ${String(status)}:\n${messages}`));
    });
    child.stdin.on('error', reject).end(request);
  });
}
