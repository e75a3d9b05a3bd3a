import { ClosedError, InvalidOptionError } from '../errors.js';
import type { Batch } from './batch.js';

/** The part of tfjs that tells what tensors become of. Both tfjs-node and tfjs have it. */
export interface TfBackend {
  getBackend?(): string;
  backend?(): { refCount?(dataId: object): number };
}

/** Backends that keep the array that they are given, and read it again for every operation. */
const SHARING = ['tensorflow', 'cpu'];

/** Whether anything still uses the memory of a batch's images. */
type InUse = () => boolean;

const loans = new WeakMap<ArrayBufferView, InUse[]>();
const returned = new WeakSet<ArrayBufferView>();

/** @throws ClosedError for a batch that was released */
export function expectHeld({ images }: Pick<Batch, 'images'>): void {
  if (!returned.has(images)) return;
  throw new ClosedError('Expected a batch at hand, got one that was released', {
    advice: 'It is, as soon as the next is asked for, unless it is retained',
  });
}

/** @throws InvalidOptionError where a tensor can't use the memory of a batch */
export function expectLendable(tf: TfBackend, { dtype }: Pick<Batch, 'dtype'>): void {
  const advice = 'Leave `lend` out: the batch is copied';
  if (dtype === 'uint8') {
    throw new InvalidOptionError(
      'Expected `lend` for batches of float32 or int32, got uint8, which tfjs has no tensors of',
      { advice },
    );
  }
  const backend = tf.getBackend?.() ?? '(unknown)';
  if (SHARING.includes(backend)) return;
  throw new InvalidOptionError(
    `Expected the tfjs backend ${SHARING.join(' or ')} for \`lend\`, got \`${backend}\``,
    { advice },
  );
}

/** Notes that a tensor uses the memory of a batch. */
export function noteLoan(tf: TfBackend, { images }: Pick<Batch, 'images'>, tensor: unknown): void {
  const { dataId } = tensor as { readonly dataId?: object };
  const backend = tf.backend?.();
  const list = loans.get(images) ?? [];
  list.push(() => {
    if ((tensor as { readonly isDisposed?: boolean }).isDisposed === false) return true;
    // Clones have the same data. What TensorFlow itself makes of it without copying can't be seen.
    return dataId !== undefined && (backend?.refCount?.(dataId) ?? 0) > 0;
  });
  loans.set(images, list);
}

/** The batch was released: says from now on whether tensors still use its memory. */
export function noteReturn(images: ArrayBufferView): InUse {
  returned.add(images);
  return () => loans.get(images)?.some((inUse) => inUse()) ?? false;
}
