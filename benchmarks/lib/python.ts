/** Peers in Python: one process each, kept open while it is measured. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { repository } from './files.js';
import type { Missing } from './peer.js';

/** $PLANEFEED_PYTHON, else the Python of `npm run setup:h5py`. */
const python = process.env.PLANEFEED_PYTHON ?? `${repository}.venv/bin/python`;
/** Where `serve.py` is. */
const library = fileURLToPath(new URL('.', import.meta.url));

/** Why Python peers that need these modules can't run: they are imported, to find out. */
export function missingPython(...modules: readonly string[]): Missing | undefined {
  const key = modules.join(', ');
  if (!tried.has(key)) tried.set(key, tryImport(key));
  return tried.get(key);
}

const tried = new Map<string, Missing | undefined>();

function tryImport(modules: string): Missing | undefined {
  const { status, error, stderr } = spawnSync(python, ['-c', `import ${modules}`], {
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `${python} failed`;
  return { reason, setUp: 'npm run setup:h5py' };
}

export interface PythonPeer {
  readonly versions: Readonly<Record<string, string>>;
  ask(request: { readonly op: string } & Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): Promise<void>;
}

/** How peers are started, whatever they do: they find `serve.py`. */
export const pythonEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  PYTHONPATH: library,
  PYTHONDONTWRITEBYTECODE: '1',
};

/**
 * Starts a script that calls `serve`, and opens its peer: starting Python and importing what it
 * needs is not what is measured.
 *
 * @param script its URL
 * @param interpreter by default the one that has h5py
 * @throws Error with what Python printed, when it fails
 */
export async function startPython(
  script: URL,
  open: Readonly<Record<string, unknown>>,
  interpreter: string = python,
): Promise<PythonPeer> {
  const child = spawn(interpreter, [fileURLToPath(script)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: pythonEnvironment,
  });
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

  const ask: PythonPeer['ask'] = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const reply = await replies.next();
    if (reply.done === true) throw new Error(`A peer in Python failed: ${(await ended).trim()}`);
    return JSON.parse(reply.value) as unknown;
  };
  const { versions } = (await ask({ op: 'open', ...open })) as Pick<PythonPeer, 'versions'>;
  return {
    versions,
    ask,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
