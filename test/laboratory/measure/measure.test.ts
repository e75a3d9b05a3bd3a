import { closeSync, openSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { NotFoundError, StorageError } from '#src/errors.js';
import { measureCeiling } from '#src/laboratory/ceiling.js';
import { makeCold } from '#src/laboratory/measure/make-cold.js';
import { createScratchFile } from '#src/laboratory/measure/scratch-file.js';
import { openTraceRunner } from '#src/laboratory/measure/trace-runner.js';
import { probeDisk } from '#src/laboratory/probe.js';
import { spreadOf } from '#src/laboratory/statistics.js';
import { randomTrace, sequentialTrace } from '#src/laboratory/synthetic-traces.js';
import { traceOf } from '#src/laboratory/trace.js';
import { temporaryDirectory } from '../../support/temp.js';

const MIB = 2 ** 20;

describe('carrying out a trace', () => {
  const runner = openTraceRunner();
  afterAll(() => runner.close());

  it('reads from the device what was put out of the cache, and nothing the second time', async () => {
    const file = await createScratchFile(await temporaryDirectory(), 4 * MIB);
    try {
      const trace = sequentialTrace({ length: 4 * MIB, size: 65536, depth: 3 });
      const { cold } = await makeCold(file.fd);
      const first = await runner.run(file, trace);
      const second = await runner.run(file, trace);
      expect(first.seconds).toBeGreaterThan(0);
      if (cold && first.fromDevice !== undefined) {
        expect(first.fromDevice).toBeGreaterThan(0);
        expect(second.fromDevice).toBeLessThan(first.fromDevice);
      }
    } finally {
      file.remove();
    }
  });

  it('does every stretch, with fewer reads than threads too', async () => {
    const file = await createScratchFile(await temporaryDirectory(), MIB);
    try {
      const trace = randomTrace({ span: MIB, size: 4096, count: 20, depth: 8 });
      const run = await runner.run(file, { ...trace, barriers: Uint32Array.of(3, 4, 19) });
      expect(run.seconds).toBeGreaterThan(0);
    } finally {
      file.remove();
    }
  });

  it('says when the file ends too soon, and goes on working', async () => {
    const path = join(await temporaryDirectory(), 'short');
    await writeFile(path, new Uint8Array(100));
    const file = { fd: openSync(path, 'r'), name: path };
    try {
      const beyond = traceOf(
        [
          [0, 100],
          [90, 20],
        ],
        { depth: 2 },
      );
      await expect(runner.run(file, beyond)).rejects.toThrow(StorageError);
      await expect(runner.run(file, beyond)).rejects.toThrow('the file ends there');
      await expect(runner.run(file, traceOf([[0, 100]]))).resolves.toBeDefined();
      await expect(runner.run(file, traceOf([[0, 1]], { depth: 65 }))).rejects.toThrow('depth');
    } finally {
      closeSync(file.fd);
    }
  });
});

describe('making reads cold', () => {
  it('says in plain words when it may not', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, 'bytes');
    const fd = openSync(path, 'r');
    vi.stubEnv('PATH', '');
    try {
      const { cold, how } = await makeCold(fd, join(path, 'no-such-control'));
      expect(cold).toBe(false);
      expect(how).toMatch(/Reads may be warm|reads may be warm/);
      if (process.platform === 'linux') expect(how).toContain('ENOTDIR');
    } finally {
      vi.unstubAllEnvs();
      closeSync(fd);
    }
  });
});

describe('the file for measuring', () => {
  it('needs a directory that is there', async () => {
    await expect(createScratchFile('/no/such/directory', MIB)).rejects.toThrow(NotFoundError);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const directory = await temporaryDirectory();
    const abort = new AbortController();
    const writing = createScratchFile(directory, 64 * MIB, abort.signal);
    abort.abort();
    await expect(writing).rejects.toThrow('abort');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('measuring a disk', () => {
  const small = { bytes: 4 * MIB, repetitions: 1 };

  it('gives a ceiling for every depth and size', async () => {
    const directory = await temporaryDirectory();
    const ceilings = await measureCeiling(directory, {
      ...small,
      depths: [1, 4],
      sizes: [4096],
      perMeasurement: MIB,
    });
    expect(ceilings.map(({ name }) => name)).toEqual([
      'sequential 1 MiB, depth 1',
      'random 4096 bytes, depth 1',
      'sequential 1 MiB, depth 4',
      'random 4096 bytes, depth 4',
    ]);
    for (const { bytesPerSecond, coldness } of ceilings) {
      expect(bytesPerSecond).toBeGreaterThan(0);
      expect(coldness.how).not.toBe('');
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it('fits a model and tells its errors at what it didn’t see', async () => {
    const directory = await temporaryDirectory();
    const probe = await probeDisk(directory, small);
    expect(probe.device.kind).toBe('fitted');
    expect(probe.fitted.length).toBeGreaterThan(8);
    expect(probe.heldOut.length).toBeGreaterThan(3);
    for (const { predictedSeconds, seconds, error } of probe.heldOut) {
      expect(error).toBeCloseTo(predictedSeconds / seconds.least - 1, 9);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const directory = await temporaryDirectory();
    const signal = AbortSignal.timeout(150);
    await expect(
      probeDisk(directory, { bytes: 16 * MIB, repetitions: 1000, signal }),
    ).rejects.toThrow('timeout');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a spread', () => {
  it('has the middle, the least and the most', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
  });
});
