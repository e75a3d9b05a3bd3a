/**
 * The real TensorFlow.js, native and pure. Both share one engine per process, so a test file uses
 * one of them.
 */
import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs';

import { describeWith, isAvailable } from './require.js';

/** tfjs-node's API where it is the same as tfjs's; the package itself may be absent. */
export type Tf = typeof Tfjs;

export const tfjsNode: { readonly available: boolean } = { available: isAvailable('tfjs-node') };

/** `describe` that needs the native tfjs-node; see {@link describeWith}. */
export function describeWithTfjsNode(name: string, body: () => void): void {
  describeWith('tfjs-node', name, body);
}

/** @tensorflow/tfjs-node with its `tensorflow` backend. Call it inside a test or a hook. */
export async function loadTfjsNode(): Promise<Tf> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  return withBackend(load('@tensorflow/tfjs-node'), 'tensorflow');
}

/** Pure @tensorflow/tfjs on its `cpu` backend: always there, slow. */
export async function loadTfjsCpu(): Promise<Tf> {
  return withBackend(load('@tensorflow/tfjs'), 'cpu');
}

async function withBackend(tf: Tf, backend: string): Promise<Tf> {
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`tfjs runs on ${tf.getBackend()}`);
  return tf;
}

function load(name: string): Tf {
  return createRequire(import.meta.url)(name) as Tf;
}
