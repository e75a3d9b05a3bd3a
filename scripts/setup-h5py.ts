/**
 * `npm run setup:h5py`: a virtual environment in .venv with h5py, which the tests hold planefeed's
 * files and readings to, hdf5plugin, whose filters they read, and hidefix, which the benchmarks measure beside
 * planefeed. Idempotent; nothing outside .venv is touched.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = ['h5py==3.16.*', 'numpy', 'hdf5plugin==7.1.*', 'hidefix==0.12.*'];
const root = fileURLToPath(new URL('..', import.meta.url));
const venv = `${root}.venv`;
const venvPython = `${venv}/bin/python`;

try {
  if (versions() === undefined) install();
  const found = versions();
  if (found === undefined)
    throw new Error(`${venvPython} still can't import ${packages.join(' and ')}`);
  console.log(`h5py is ready: ${found} in ${venv}`);
} catch (error) {
  console.error(`setup:h5py: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function versions(): string | undefined {
  if (!existsSync(venvPython)) return undefined;
  const code = [
    'import h5py, hdf5plugin, hidefix, importlib.metadata, numpy',
    'assert h5py.__version__.startswith("3.16.")',
    'assert hdf5plugin.version.startswith("7.1.")',
    'hidefix_version = importlib.metadata.version("hidefix")',
    'assert hidefix_version.startswith("0.12.")',
    'print(f"h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}, numpy {numpy.__version__}, hdf5plugin {hdf5plugin.version}, hidefix {hidefix_version}")',
  ].join('\n');
  try {
    return run(venvPython, ['-c', code], 'pipe').trim();
  } catch {
    return undefined; // not installed yet, or half-installed: install() repairs both
  }
}

function install(): void {
  const python = process.env.PLANEFEED_PYTHON ?? 'python3';
  console.log(`Creating ${venv} with ${python} …`);
  rmSync(venv, { recursive: true, force: true });
  try {
    run(python, ['-m', 'venv', venv], 'inherit');
  } catch (error) {
    throw new Error(
      `"${python} -m venv" failed. Install Python 3.10 or later with its venv module ` +
        '(Debian and Ubuntu: apt-get install python3-venv).',
      { cause: error },
    );
  }
  console.log(`Installing ${packages.join(' and ')} with pip (about 130 MB) …`);
  try {
    run(
      venvPython,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
      'inherit',
    );
  } catch (error) {
    throw new Error('pip could not install h5py; its message is above', { cause: error });
  }
}

function run(command: string, args: string[], output: 'pipe' | 'inherit'): string {
  const stdout = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', output, output],
  }) as string | null;
  return stdout ?? '';
}
