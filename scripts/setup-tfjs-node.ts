/** `npm run setup:tfjs-node`: the command-line face of lib/tfjs-node.ts. */
import { parseArgs } from 'node:util';

import { SetUpError, setUp } from './lib/tfjs-node.js';

const help = `Usage: npm run setup:tfjs-node

Makes the native @tensorflow/tfjs-node work on linux-x64 where its own install script could not
download libtensorflow. Run it after every "npm ci", which removes its work from node_modules; from
the second time on it only makes a link.

The first run fetches, into a cache outside node_modules:
  libtensorflow 2.10.1           117 MB   from Maven Central (needs mvn); 476 MB unpacked
  TensorFlow's C headers         214 MB   from PyPI (needs pip); 143 kB are kept
and compiles tfjs-node's addon (needs g++).

Environment:
  PLANEFEED_TFJS_CACHE   the cache (default: planefeed/tfjs-node-… in $XDG_CACHE_HOME or ~/.cache)
  TF_C_HEADERS           a directory with TensorFlow 2.10's C headers: nothing is fetched from PyPI

Exit code: 0 tfjs-node works, 1 a step failed, 2 this machine lacks what the set-up needs.`;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) console.log(help);
  else setUp(withElapsedTime(console.log));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`setup:tfjs-node: ${message}`);
  const isPrerequisite = error instanceof SetUpError && error.kind === 'prerequisite';
  process.exitCode = isPrerequisite || !(error instanceof SetUpError) ? 2 : 1;
}

function withElapsedTime(print: (line: string) => void): (line: string) => void {
  const start = Date.now();
  return (line) => {
    print(`[${((Date.now() - start) / 1000).toFixed(0).padStart(3)} s] ${line}`);
  };
}
