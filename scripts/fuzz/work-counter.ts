/** Counts memory that is taken and structures and text that are made of it, in this thread. */

export const work: { allocated: number; structures: number; text: number } = {
  allocated: 0,
  structures: 0,
  text: 0,
};

export function resetWork(): void {
  work.allocated = work.structures = work.text = 0;
}

let isCounting = false;

/** Watches the constructors that all binary data comes from. */
export function countWork(): void {
  if (isCounting) return;
  isCounting = true;
  for (const name of BINARY)
    watch(name, (args, bytes) => (work.allocated += lengthOf(args) * bytes));
  watch('DataView', () => work.structures++);
  const { prototype } = TextDecoder;
  const decode = Object.getOwnPropertyDescriptor(prototype, 'decode')!.value as Decode;
  prototype.decode = function (...args): string {
    work.text += args[0]?.byteLength ?? 0;
    return decode.apply(this, args);
  };
}

type Decode = TextDecoder['decode'];

const BINARY = [
  ...['ArrayBuffer', 'Uint8Array', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array'],
  ...['Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
] as const;

type Constructor = (new (...args: unknown[]) => object) & { BYTES_PER_ELEMENT?: number };

function watch(name: string, note: (args: unknown[], elementBytes: number) => void): void {
  const original = Reflect.get(globalThis, name) as Constructor;
  const watched: Constructor = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      note(args, target.BYTES_PER_ELEMENT ?? 1);
      return Reflect.construct(target, args, newTarget === watched ? target : newTarget) as object;
    },
  });
  Object.defineProperty(globalThis, name, { value: watched });
}

/** Elements that are made: a view of a buffer takes no memory of its own. */
function lengthOf([first]: readonly unknown[]): number {
  if (typeof first === 'number') return first;
  if (first === undefined || first === null || first instanceof ArrayBuffer) return 0;
  const { length } = first as { length?: unknown };
  return typeof length === 'number' ? length : 0;
}
