import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs';

import { canSetUp, setUp, SetUpError, tfjsNodeWorks } from '../lib/tfjs-node.js';
import { say, step } from './say.js';

export interface LoadedTfjs {
  readonly tf: typeof Tfjs;
  readonly native: boolean;
}

/**
 * Step: the native tfjs-node where it is usable or can be made so, else pure tfjs. Only one of them
 * is loaded: they share one engine in a process.
 */
export async function loadTfjs(options: { readonly native: boolean }): Promise<LoadedTfjs> {
  step(
    'Load TensorFlow.js',
    'The native tfjs-node if it can be had, else tfjs in plain JavaScript.',
  );
  const native = options.native && makeNativeUsable();
  const [name, backend] = native
    ? ['@tensorflow/tfjs-node', 'tensorflow']
    : ['@tensorflow/tfjs', 'cpu'];
  quieten();
  const tf = createRequire(import.meta.url)(name) as typeof Tfjs;
  tf.enableProdMode(); // leaves out the advice to install tfjs-node
  await tf.setBackend(backend);
  say(`${name} ${tf.version.tfjs}, backend ${tf.getBackend()}`);
  return { tf, native };
}

function makeNativeUsable(): boolean {
  if (tfjsNodeWorks()) return true;
  const possible = canSetUp();
  if (!possible.ok) {
    say(`tfjs-node isn't usable here, and can't be set up: ${possible.reason}`);
    return false;
  }
  say("tfjs-node isn't usable yet: setting it up, once (--no-native goes without it)");
  try {
    setUp((line) => {
      say(`  ${line}`);
    });
    return true;
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(`tfjs-node could not be set up: ${error.message}`);
    return false;
  }
}

/** TensorFlow's log and Node's deprecation warnings about tfjs-node's dependencies say nothing here. */
function quieten(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL = '2';
  process.noDeprecation = true;
}
