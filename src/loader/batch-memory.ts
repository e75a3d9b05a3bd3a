import { InvalidOptionError, MemoryLimitError } from '../errors.js';

/** Batches start on a cache line; tfjs-node takes a float32 array at this alignment without copying. */
const ALIGNMENT = 64;
const PAGE = 65536;
const WASM_MAXIMUM = 65536 * PAGE - PAGE;

/**
 * The memory in which a loader's batches and its workers' scratch lie: one WebAssembly memory, shared
 * between threads, that grows as needed up to a limit. Addresses are bytes from its start.
 */
export interface BatchMemory {
  readonly wasm: WebAssembly.Memory;
  readonly limit: number;
  /** Bytes handed out and not yet freed. */
  readonly used: number;
  /** A block of at least `bytes`, 64-byte aligned; `undefined` where the limit leaves no room. */
  allocate(bytes: number): number | undefined;
  free(address: number): void;
  /** Frees a block now, or as soon as it isn't in use any more and room is asked for. */
  freeUnused(address: number, inUse: () => boolean): void;
  /** What to throw when `allocate(bytes)` gave nothing. */
  limitError(bytes: number, purpose: string): MemoryLimitError;
}

/** @param limit bytes at most; up to 4 GiB - 64 KiB, what WebAssembly's 32-bit addresses reach */
export function createBatchMemory(limit: number): BatchMemory {
  if (!(limit >= PAGE && limit <= WASM_MAXIMUM)) {
    throw new InvalidOptionError(
      `Expected \`memoryLimit\` to be from ${PAGE} to ${WASM_MAXIMUM} bytes, got \`${limit}\``,
    );
  }
  const maximum = Math.ceil(limit / PAGE);
  const wasm = new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  // Free blocks, ascending and never adjacent. Address 0 stays unused: it means "no plane" to nobody.
  const blocks: { address: number; bytes: number }[] = [
    { address: ALIGNMENT, bytes: maximum * PAGE - ALIGNMENT },
  ];
  const taken = new Map<number, number>();
  let used = 0;
  /** Blocks to free once they aren't in use. */
  const lent = new Map<number, () => boolean>();

  const free = (address: number): void => {
    const bytes = taken.get(address);
    if (bytes === undefined) throw new RangeError(`no block was allocated at address ${address}`);
    taken.delete(address);
    used -= bytes;
    insert(blocks, address, bytes);
  };
  const freeUnused = (): void => {
    for (const [address, inUse] of lent) {
      if (inUse()) continue;
      lent.delete(address);
      free(address);
    }
  };

  return {
    wasm,
    limit,
    get used() {
      freeUnused();
      return used;
    },
    allocate(bytes) {
      freeUnused();
      const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
      const place = blocks.findIndex((block) => block.bytes >= size);
      const block = blocks[place];
      if (block === undefined || !grow(wasm, block.address + size)) return undefined;
      const { address } = block;
      if (block.bytes === size) blocks.splice(place, 1);
      else blocks[place] = { address: address + size, bytes: block.bytes - size };
      taken.set(address, size);
      used += size;
      return address;
    },
    free,
    freeUnused(address, inUse) {
      if (inUse()) lent.set(address, inUse);
      else free(address);
    },
    limitError: (bytes, purpose) =>
      new MemoryLimitError(
        `Expected room for ${purpose} of ${bytes} bytes, but ${used} of the limit of ${limit} bytes are in use by prefetched, retained and lent batches and by reading`,
        {
          advice:
            'Release batches and dispose of tensors sooner, lower `batchSize` or `prefetch`, or raise `memoryLimit`',
        },
      ),
  };
}

/** Makes the memory reach `end`; false where the system gives no more. */
function grow(memory: WebAssembly.Memory, end: number): boolean {
  const missing = end - memory.buffer.byteLength;
  if (missing <= 0) return true;
  try {
    memory.grow(Math.ceil(missing / PAGE));
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function insert(free: { address: number; bytes: number }[], address: number, bytes: number): void {
  let place = free.findIndex((block) => block.address > address);
  if (place < 0) place = free.length;
  free.splice(place, 0, { address, bytes });
  for (const i of [place, place - 1]) {
    const [block, next] = [free[i], free[i + 1]];
    if (block !== undefined && next?.address === block.address + block.bytes) {
      free.splice(i, 2, { address: block.address, bytes: block.bytes + next.bytes });
    }
  }
}
