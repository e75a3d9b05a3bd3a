/** The demo's command line. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly help: boolean;
  /** Use the native tfjs-node, setting it up if need be. */
  readonly native: boolean;
  /** Each gives one training run: the order of the images and the initial weights. */
  readonly seeds: readonly number[];
  /** Ingest and stream the skin-tone variants too: twice as many images to measure with. */
  readonly skinTones: boolean;
}

export const help = `Usage: npm run demo [-- options]

From real images to a model that learns: lays out a folder of emoji, ingests it into an HDF5 file,
streams the file beside plain h5wasm, trains a small model on shuffled batches, and sums up.
Everything it makes is in demo-output/, which is deleted first.

Options:
  --no-native   pure tfjs and a smaller model: don't set up or use the native tfjs-node
  --quick       one seed instead of three, half the images
  -h, --help    this text

The native tfjs-node is several times as fast. If it isn't usable, but Maven and g++ are there, the
demo sets it up: 117 MB from Maven Central and, unless $TF_C_HEADERS names a directory of
TensorFlow's C headers, 214 MB from PyPI, kept in a cache (see npm run setup:tfjs-node -- --help).

Exit code: 0 every seed's model learnt (at least twice as often right as always guessing the largest
class), 1 one didn't, or something failed.`;

/** @throws TypeError with a one-line message for an argument that isn't known */
export function parseOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      'no-native': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  return {
    help: values.help,
    native: !values['no-native'],
    seeds: values.quick ? [1] : [1, 2, 3],
    skinTones: !values.quick,
  };
}
