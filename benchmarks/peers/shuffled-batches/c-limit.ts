import { spawn } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

import h5wasm from 'h5wasm/node';

import { batchSize, createDigester, imageOrder } from '../../lib/batches.js';
import { compileC } from '../../lib/compile-c.js';
import type { DataFile } from '../../lib/files.js';
import type { OpenPeer, Peer } from '../../lib/peer.js';
import { planeOffsets } from './plane-offsets.js';

/** `native`: as wide as the machine has it; `128-bit`: as wide as WebAssembly has it. */
export type Simd = 'native' | '128-bit';

/** The bound for every loader: a loop in C that only reads the planes and converts them in one pass. */
export function cLimit(threads: number, simd: Simd): Peer {
  const width = simd === 'native' ? '' : `, ${simd} SIMD`;
  return {
    name: `limit: C, ${threads} thread${threads === 1 ? '' : 's'}${width}`,
    kind: 'limit',
    detail: `c_limit.c: one pread an image, planes to interleaved float32 in one pass, ${threads} threads with one reused batch each; cc ${flagsFor(simd).join(' ')}`,
    missing() {
      const program = compileC(source, flagsFor(simd));
      return typeof program === 'string' ? undefined : program;
    },
    open: (data) => open(data, threads, simd),
  };
}

const source = fileURLToPath(new URL('c_limit.c', import.meta.url));

function flagsFor(simd: Simd): string[] {
  if (os.arch() !== 'x64') return ['-mcpu=native'];
  return simd === 'native' ? ['-march=native', '-mprefer-vector-width=512'] : ['-march=x86-64-v2'];
}

const [measureRequest, deliverRequest] = [0, 1];

async function open(data: DataFile, threads: number, simd: Simd): Promise<OpenPeer> {
  const program = compileC(source, flagsFor(simd));
  if (typeof program !== 'string') throw new Error(program.reason);
  const { images, channels, height, width, path } = data;
  const planeBytes = height * width;
  const numbers = [images, channels, planeBytes, batchSize, threads].map(String);
  const child = startChild(program, [path, ...numbers]);
  child.send(await planeOffsets(data));
  const labels = await readLabels(path);
  const request = (what: number, order: Uint32Array): void => {
    child.send(Uint32Array.of(what, order.length));
    child.send(order);
  };
  return {
    step: batchSize,
    async measure(epoch, count) {
      request(measureRequest, imageOrder(images, epoch, count));
      return (await child.receive(Float64Array.BYTES_PER_ELEMENT)).readDoubleLE();
    },
    async digest(batches) {
      const digester = createDigester();
      const order = imageOrder(images, 0, batches * batchSize);
      request(deliverRequest, order);
      for (let first = 0; first < order.length; first += batchSize) {
        const batch = order.subarray(first, first + batchSize);
        const floats = batch.length * channels * planeBytes;
        const bytes = await child.receive(floats * Float32Array.BYTES_PER_ELEMENT);
        digester.take({
          images: new Float32Array(bytes.buffer, bytes.byteOffset, floats),
          labels: Int32Array.from(batch, (image) => labels[image]!),
        });
      }
      return digester.digest();
    },
    close: () => child.close(),
  };
}

interface Child {
  send(numbers: Float64Array | Uint32Array): void;
  receive(bytes: number): Promise<Buffer<ArrayBuffer>>;
  close(): Promise<void>;
}

function startChild(program: string, args: readonly string[]): Child {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (status) => {
      resolve(`ended with ${String(status)} ${messages}`.trim());
    });
  });
  // A broken pipe is told by `ended`, with the reason.
  child.stdin.on('error', () => undefined);
  const output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  return {
    send({ buffer, byteOffset, byteLength }) {
      child.stdin.write(Buffer.from(buffer, byteOffset, byteLength));
    },
    async receive(bytes) {
      const all = Buffer.alloc(bytes);
      let got = 0;
      while (got < bytes) {
        if (rest.length === 0) {
          const next = await output.next();
          if (next.done === true) throw new Error(`The limit in C failed: ${await ended}`);
          rest = next.value;
        }
        const length = rest.copy(all, got);
        got += length;
        rest = rest.subarray(length);
      }
      return all;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function readLabels(path: string): Promise<Int32Array> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'r');
  try {
    const labels = file.get('labels');
    if (labels instanceof h5wasm.Dataset) return labels.value as Int32Array;
    throw new Error(`Expected a dataset labels in ${path}`);
  } finally {
    file.close();
  }
}
