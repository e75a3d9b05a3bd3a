/**
 * Makes the native @tensorflow/tfjs-node work on linux-x64 where its own install script can't
 * download libtensorflow: the library comes from Maven Central, the addon is compiled here, and both
 * stay in a cache outside node_modules, so that after `npm ci` only a link has to be made again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { addonPath, buildAddon, headersAreAtHand } from './tfjs-node/addon.js';
import { commandExists, firstErrorLine, run } from './tfjs-node/commands.js';
import { fetchLibrary, libraryIsCached, removeAbandonedParts } from './tfjs-node/library.js';
import {
  cacheDirectory,
  napiVersion,
  packageDirectory,
  pip,
  repository,
  tfjsNodeVersion,
} from './tfjs-node/places.js';
import { SetUpError, type Log } from './tfjs-node/set-up-error.js';

export { SetUpError, type Log } from './tfjs-node/set-up-error.js';

/** Whether tfjs-node loads and computes, tried in a child process (about a second). */
export function tfjsNodeWorks(): boolean {
  return smokeTest() === undefined;
}

/** Whether {@link setUp} has what it needs on this machine; `reason` is a sentence without a full stop. */
export function canSetUp(): { ok: true } | { ok: false; reason: string } {
  const reason = missingPrerequisite();
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

/**
 * Makes tfjs-node work; does nothing if it already does. Safe to repeat, and to run twice at once.
 *
 * @param log called with one line of plain text for every step, naming what is fetched and why.
 * @throws SetUpError with a one-line message if something is missing or a step fails.
 */
export function setUp(log: Log): void {
  if (tfjsNodeWorks()) {
    log(`tfjs-node ${tfjsNodeVersion} already works; nothing to do`);
    return;
  }
  const reason = missingPrerequisite();
  if (reason !== undefined) throw new SetUpError(reason, 'prerequisite');
  log(`tfjs-node ${tfjsNodeVersion} does not work yet; its files go to ${cacheDirectory}`);
  mkdirSync(cacheDirectory, { recursive: true });
  removeAbandonedParts();
  restorePackage(log);
  if (!libraryIsCached()) fetchLibrary(log);
  const wasCached = existsSync(addonPath());
  if (!wasCached) buildAddon(log);
  linkAddon(log);
  if (wasCached && !tfjsNodeWorks()) {
    log('The cached addon does not load on this machine any more: compiling it again');
    rmSync(dirname(addonPath()), { recursive: true });
    buildAddon(log);
  }
  const failure = smokeTest();
  if (failure !== undefined) throw new SetUpError(`tfjs-node still does not work: ${failure}`);
  log(`tfjs-node ${tfjsNodeVersion} works`);
}

/** `undefined` if all is well, else the line of output that says why not. */
function smokeTest(): string | undefined {
  const { status, error, stderr } = spawnSync(process.execPath, ['-e', smokeTestCode], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (status === 0) return undefined;
  return error?.message ?? firstErrorLine(stderr) ?? `the smoke test ended with ${String(status)}`;
}

const smokeTestCode = `
  const tf = require('@tensorflow/tfjs-node');
  const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
  const values = product.dataSync().join();
  if (tf.getBackend() !== 'tensorflow') throw new Error('Error: backend is ' + tf.getBackend());
  if (values !== '19,22,43,50') throw new Error('Error: a matrix product is ' + values);
`;

function missingPrerequisite(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `this set-up knows linux-x64 only, and this is ${process.platform}-${process.arch}`;
  }
  if (!existsSync('/lib64/ld-linux-x86-64.so.2')) {
    return 'libtensorflow needs a Linux with glibc, and this one has none';
  }
  if (!libraryIsCached() && !commandExists('mvn')) {
    return 'Maven (the command mvn) is needed to fetch libtensorflow, and is not on the PATH';
  }
  if (existsSync(addonPath())) return undefined;
  if (!commandExists('g++')) {
    return 'a C++ compiler (the command g++) is needed to build the addon, and is not on the PATH';
  }
  if (!headersAreAtHand() && pip() === undefined) {
    return "pip is needed to fetch TensorFlow's C headers (or let $TF_C_HEADERS name their directory)";
  }
  return undefined;
}

/** npm drops an optional dependency whose install script fails: gets it back from the lock file. */
function restorePackage(log: Log): void {
  if (existsSync(join(packageDirectory, 'package.json'))) return;
  log(
    `Restoring the package @tensorflow/tfjs-node ${tfjsNodeVersion} from the lock file (npm, 4 MB)`,
  );
  const quick = ['--prefer-offline', '--fetch-retries=1'];
  const quiet = ['--no-audit', '--no-fund'];
  run('npm', ['install', '--no-save', '--ignore-scripts', ...quick, ...quiet], repository);
  if (!existsSync(join(packageDirectory, 'package.json'))) {
    throw new SetUpError('npm did not restore @tensorflow/tfjs-node from package-lock.json');
  }
}

function linkAddon(log: Log): void {
  const link = join(packageDirectory, 'lib', `napi-v${napiVersion()}`, 'tfjs_binding.node');
  log(`Linking ${link}`);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(addonPath(), link);
}
