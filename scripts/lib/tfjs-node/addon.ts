/** The addon: tfjs-node's own C++ sources, compiled against libtensorflow into the cache. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { extract, verifySha256 } from './archive.js';
import { run } from './commands.js';
import { needFreeSpace, placeAtomically } from './parts.js';
import {
  cacheDirectory,
  givenHeaders,
  libraryDirectory,
  napiVersion,
  packageDirectory,
  pip,
  tensorflowVersion,
} from './places.js';
import { SetUpError, type Log } from './set-up-error.js';

/** Node-API is stable across Node's versions, so its version and tfjs-node's (in the cache's name) are the key. */
export function addonPath(): string {
  return join(addonDirectory(), 'tfjs_binding.node');
}

export function headersAreAtHand(): boolean {
  return givenHeaders !== undefined || existsSync(cachedHeaders);
}

export function buildAddon(log: Log): void {
  const tensorflowHeaders = findTensorflowHeaders(log);
  placeAtomically(addonDirectory(), (directory) => {
    const scratch = join(directory, 'scratch');
    mkdirSync(scratch);
    const nodeHeaders = findNodeHeaders(scratch, log);
    log("Compiling tfjs-node's addon with g++ (5 to 30 seconds)");
    run(
      'g++',
      [
        ...['-O2', '-std=c++17', '-shared', '-fPIC'],
        `-DNAPI_VERSION=${napiVersion()}`,
        ...['-DNODE_GYP_MODULE_NAME=tfjs_binding', '-DBUILDING_NODE_EXTENSION'],
        ...[nodeHeaders, packageDirectory, tensorflowHeaders].map((path) => `-I${path}`),
        join(packageDirectory, 'binding/tfjs_backend.cc'),
        join(packageDirectory, 'binding/tfjs_binding.cc'),
        ...['-o', join(directory, 'tfjs_binding.node')],
        `-L${libraryDirectory}`,
        ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
        '-Wl,-rpath,$ORIGIN/../lib', // Node resolves the link in node_modules: this is the cache
      ],
      directory,
    );
    rmSync(scratch, { recursive: true });
  });
}

const wheelSha256 = '0d30c8199b542b7144d7fffa5ee9bd9e539657b15c60a61b7a0ad44a8d1379d2';
const cachedHeaders = join(cacheDirectory, 'include');
const headers = [
  'c/c_api.h',
  'c/c_api_macros.h',
  'c/eager/c_api.h',
  'c/tf_attrtype.h',
  'c/tf_datatype.h',
  'c/tf_status.h',
  'c/tf_tensor.h',
  'c/tf_tstring.h',
  'core/platform/ctstring.h',
  'core/platform/ctstring_internal.h',
].map((name) => `tensorflow/${name}`);

function addonDirectory(): string {
  return join(cacheDirectory, `addon-napi-v${napiVersion()}`);
}

function findTensorflowHeaders(log: Log): string {
  if (givenHeaders !== undefined) return checkHeaders(givenHeaders);
  if (!existsSync(cachedHeaders)) fetchTensorflowHeaders(log);
  return cachedHeaders;
}

function checkHeaders(directory: string): string {
  const absent = headers.find((name) => !existsSync(join(directory, name)));
  if (absent === undefined) return directory;
  throw new SetUpError(`$TF_C_HEADERS is ${directory}, which has no ${absent}`);
}

/** Neither tfjs-node's package nor the jar has the C headers; TensorFlow's Python wheel has. */
function fetchTensorflowHeaders(log: Log): void {
  const [command, ...args] = pip() ?? ['pip'];
  needFreeSpace(cacheDirectory, 300);
  placeAtomically(cachedHeaders, (directory) => {
    log(
      `Fetching TensorFlow ${tensorflowVersion}'s C headers out of PyPI's tensorflow-cpu ` +
        '(214 MB, of which 143 kB are kept), because the addon is compiled against them',
    );
    const downloads = join(directory, 'downloads');
    mkdirSync(downloads);
    run(
      command,
      [
        ...args,
        ...['download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
        ...['--only-binary=:all:', '--python-version', '3.10'],
        ...['--platform', 'manylinux_2_17_x86_64', '--dest', downloads],
        `tensorflow-cpu==${tensorflowVersion}`,
      ],
      downloads,
    );
    const wheel = readdirSync(downloads).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new SetUpError('pip downloaded no tensorflow-cpu wheel');
    verifySha256(join(downloads, wheel), wheelSha256);
    extract(join(downloads, wheel), (path) => {
      const name = path.replace(/^tensorflow\/include\//, '');
      return headers.includes(name) ? join(directory, name) : undefined;
    });
    rmSync(downloads, { recursive: true });
  });
}

/** Node's own headers lie beside its binary in most installations; npm has them for the rest. */
function findNodeHeaders(directory: string, log: Log): string {
  const beside = join(dirname(dirname(process.execPath)), 'include/node');
  if (existsSync(join(beside, 'node_api.h'))) return beside;
  log("Fetching Node-API's headers (npm package node-api-headers, 0.1 MB)");
  run(
    'npm',
    [
      ...['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund'],
      'node-api-headers@1',
    ],
    directory,
  );
  return join(directory, 'node_modules/node-api-headers/include');
}
