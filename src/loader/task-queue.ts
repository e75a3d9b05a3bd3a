/**
 * A queue in shared memory from which threads take entries as they have time. One thread publishes;
 * takers sleep while there is nothing, so that neither has to wait for the other's event loop.
 */

/** Entries that wait to be taken, at most. A power of two: positions wrap. */
export const QUEUE_CAPACITY = 256;

/** The side that publishes. */
export interface TaskPublisher {
  /** Adds an entry, a number of 32 bits. Returns its ticket, or `undefined` where the queue is full. */
  publish(entry: number): number | undefined;
  /** Takes an entry back; false when a thread has taken it already. */
  cancel(ticket: number): boolean;
}

const PUBLISHED = 0;
const TAKEN = 1;
const HEADER = 2;
/** An entry is its state and its number. */
const ENTRY = 2;

/** The state of an entry that was taken or cancelled; that of one that waits is `waiting(ticket)`. */
const GONE = 0;

/** Bytes of memory that a queue takes, at an address that is a multiple of 4. */
export const QUEUE_BYTES: number = (HEADER + ENTRY * QUEUE_CAPACITY) * 4;

export function createPublisher(memory: WebAssembly.Memory, address: number): TaskPublisher {
  const words = wordsOf(memory, address);
  words.fill(0);
  return {
    publish(entry) {
      const ticket = Atomics.load(words, PUBLISHED);
      const at = entryOf(ticket);
      if (Atomics.load(words, at) !== GONE) return undefined;
      words[at + 1] = entry;
      Atomics.store(words, at, waiting(ticket));
      Atomics.store(words, PUBLISHED, (ticket + 1) | 0);
      Atomics.notify(words, PUBLISHED, 1);
      return ticket;
    },
    cancel: (ticket) => take(words, ticket),
  };
}

/** Makes the function that waits for an entry and takes it: for threads that may block. */
export function createTaker(memory: WebAssembly.Memory, address: number): () => number {
  const words = wordsOf(memory, address);
  return () => {
    for (;;) {
      const ticket = Atomics.load(words, TAKEN);
      if (ticket === Atomics.load(words, PUBLISHED)) {
        Atomics.wait(words, PUBLISHED, ticket);
        continue;
      }
      const next = (ticket + 1) | 0;
      if (Atomics.compareExchange(words, TAKEN, ticket, next) !== ticket) continue;
      const entry = words[entryOf(ticket) + 1]!;
      if (take(words, ticket)) return entry >>> 0;
    }
  };
}

/** Takes an entry for good; false when it is gone, or its place has a later one. */
function take(words: Int32Array, ticket: number): boolean {
  const state = waiting(ticket);
  return Atomics.compareExchange(words, entryOf(ticket), state, GONE) === state;
}

function waiting(ticket: number): number {
  return (ticket << 1) | 1;
}

function wordsOf(memory: WebAssembly.Memory, address: number): Int32Array {
  return new Int32Array(memory.buffer, address, QUEUE_BYTES / 4);
}

function entryOf(ticket: number): number {
  return HEADER + (ticket & (QUEUE_CAPACITY - 1)) * ENTRY;
}
