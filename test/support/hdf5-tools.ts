/** HDF5's own command-line tools (h5dump, h5ls; 1.10 or later) as a second reader of our files. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describeWith, isAvailable } from './require.js';

export const hdf5Tools: { readonly available: boolean } = { available: isAvailable('hdf5-tools') };

/** `describe` that needs h5dump and h5ls; see {@link describeWith}. */
export function describeWithHdf5Tools(name: string, body: () => void): void {
  describeWith('hdf5-tools', name, body);
}

/** What h5dump prints; rejects if it fails. */
export function h5dump(...args: string[]): Promise<string> {
  return runTool('h5dump', args);
}

/** What h5ls prints; rejects if it fails. */
export function h5ls(...args: string[]): Promise<string> {
  return runTool('h5ls', args);
}

async function runTool(tool: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(tool, args, { maxBuffer: 256 * 1024 * 1024 });
  return stdout;
}
