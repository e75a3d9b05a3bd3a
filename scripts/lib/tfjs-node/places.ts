/** Where things are and which versions belong together. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { commandExists } from './commands.js';

export const tfjsNodeVersion = '4.22.0';
/** The libtensorflow that is used with it: its C API is the one the addon's sources compile against. */
export const tensorflowVersion = '2.10.1';

export const repository: string = fileURLToPath(new URL('../../../', import.meta.url));
export const packageDirectory: string = join(repository, 'node_modules/@tensorflow/tfjs-node');

/** Survives `npm ci`: $PLANEFEED_TFJS_CACHE, else a directory of the user's cache. */
export const cacheDirectory: string = resolve(
  setting('PLANEFEED_TFJS_CACHE') ??
    join(
      setting('XDG_CACHE_HOME') ?? join(homedir(), '.cache'),
      'planefeed',
      `tfjs-node-${tfjsNodeVersion}-linux-x64`,
    ),
);

export const libraryDirectory: string = join(cacheDirectory, 'lib');

/** The directory named by $TF_C_HEADERS, if any: it holds `tensorflow/c/c_api.h` and its like. */
export const givenHeaders: string | undefined = setting('TF_C_HEADERS');

/** The Node-API version that tfjs-node looks for under this Node: the newest that both know. */
export function napiVersion(): number {
  const here = Number(process.versions['napi' as keyof NodeJS.ProcessVersions]);
  const supported = [3, 4, 5, 6, 7, 8]; // `binary.napi_versions` of its package.json
  return Math.max(...supported.filter((version) => version <= here));
}

/** Command and first arguments of a pip, if there is one. */
export function pip(): readonly [string, ...string[]] | undefined {
  if (commandExists('pip3')) return ['pip3'];
  if (commandExists('pip')) return ['pip'];
  const python = join(repository, '.venv/bin/python'); // made by `npm run setup:h5py`
  return commandExists(python) ? [python, '-m', 'pip'] : undefined;
}

/** An environment variable; an empty one counts as unset. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}
