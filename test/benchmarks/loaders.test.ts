import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { npyHeader } from '../../benchmarks/lib/arrays.js';
import { sampleBatch } from '../../benchmarks/lib/batches.js';
import { dataFile, sourceImages } from '../../benchmarks/lib/files.js';
import type { SampledImage } from '../../benchmarks/lib/peer.js';
import { digestSource, requireFromSource } from '../../benchmarks/lib/source-check.js';
import { tfjsImages, tfjsPlanes } from '../../benchmarks/peers/loaders/tfjs.js';
import { planefeed } from '../../benchmarks/peers/shuffled-batches/planefeed.js';
import { peerGroups } from '../../scripts/bench-peers/packages.js';
import { describeWithH5py } from '../support/h5py.js';
import { python, repository } from '../support/probe.js';
import { describeWithTfjsNode } from '../support/tfjs.js';

const small = { images: 6, height: 4, width: 5 };

/** What a loader that works delivers of the small source, in this order. */
function deliver(order: readonly number[]): SampledImage[] {
  const samples: SampledImage[] = [];
  for (const { pixels, label } of sourceImages(small)) {
    const images = Float32Array.from(pixels, (pixel) => pixel / 255);
    samples.push(...sampleBatch({ images, labels: Int32Array.of(label) }));
  }
  return order.map((image) => samples[image]!);
}

describe('what a loader delivers', () => {
  const source = digestSource(small);

  it('is the source’s images with their labels, in any shuffled order', () => {
    expect(source.size).toBe(small.images);
    expect(() => {
      requireFromSource('it', deliver([4, 0, 5, 2]), source);
    }).not.toThrow();
  });

  it.each([
    ['nothing', [], 'none came'],
    ['an image twice', deliver([3, 1, 3]), 'twice'],
    ['the order of the file', deliver([1, 2, 3, 4]), 'shuffled'],
    ['another label', deliver([3, 1]).map((image) => ({ ...image, label: 9 })), 'label 3'],
    ['other pixels', [{ digest: 'beef', label: 0 }], 'image 0 of it is none of them'],
  ])('must not be %s', (_, sampled, words) => {
    expect(() => {
      requireFromSource('it', sampled, source);
    }).toThrow(words);
  });
});

describe('the header of a .npy file', () => {
  it.each([[[4096, 224, 224, 3]], [[7]]])('of %j is as NumPy’s format 1.0 says', (shape) => {
    const header = npyHeader('|u1', shape);
    expect(header.length % 64).toBe(0);
    expect(header.readUInt16LE(8)).toBe(header.length - 10);
    expect(header.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    expect(header.toString('latin1')).toMatch(new RegExp(`\\(${shape.join(', ')},\\), } *\n$`));
  });
});

describe('what the set-up installs', () => {
  it('is pinned, and comes after what it needs', () => {
    const before = new Set<string>();
    for (const { name, packages, needs = [] } of peerGroups) {
      for (const entry of packages) expect(entry).toMatch(/^[A-Za-z][\w-]*==\d[\w.]*$/);
      for (const needed of needs) expect(before).toContain(needed);
      before.add(name);
    }
  });

  it('is what the peers ask for', () => {
    const file = `${repository}benchmarks/peers/loaders/all.ts`;
    const asked = [...readFileSync(file, 'utf8').matchAll(/group: '(\w+)'/g)].map(
      ([, name]) => name,
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(peerGroups.map(({ name }) => name)).toEqual(expect.arrayContaining(asked));
  });
});

describeWithH5py('npm run bench -- loaders', () => {
  // The Python of h5py stands in for the one with all loaders: it has numpy, h5py and hidefix.
  beforeAll(() => {
    vi.stubEnv('PLANEFEED_PEERS_PYTHON', python);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('holds the loaders that are there to the source, measures them, tells of those that are not', async () => {
    const { loaders } = await import('../../benchmarks/scenarios/loaders.js');
    const said: string[] = [];
    const report = await loaders({
      quick: true,
      images: 64,
      repetitions: 1,
      peers: ['numpy memory', 'hidefix', 'SPDL, 2'],
      say: (line) => said.push(line),
    });
    expect(said).toContain('All systems deliver the same bytes. Measuring …');
    expect(report.results.map(({ name }) => name)).toEqual([
      'planefeed, 0 workers',
      'planefeed, 1 worker',
      'planefeed, 2 workers',
      'numpy memory map',
      'hidefix, per image',
    ]);
    for (const { samples } of report.results) expect(Math.min(...samples)).toBeGreaterThan(0);
    expect(report.skipped).toEqual([
      {
        name: 'SPDL, 2 threads',
        reason: 'Python lacks spdl',
        setUp: 'npm run setup:bench-peers',
      },
    ]);
    expect(report.targets.map(({ name, of }) => [name, of])).toEqual(
      expect.arrayContaining([['numpy memory map', 'planefeed, 1 worker']]),
    );
  });

  it('refuses a name that no loader has', async () => {
    const { loaders } = await import('../../benchmarks/scenarios/loaders.js');
    const run = loaders({ quick: true, peers: ['ffvc'], say: () => undefined });
    await expect(run).rejects.toThrow('got ffvc: PyTorch DataLoader');
  });
});

describeWithTfjsNode('tf.data.generator over h5wasm', () => {
  it('delivers the bytes that planefeed delivers', async () => {
    const parameters = { images: 64, height: 224, width: 224, placement: 'image' } as const;
    const data = await dataFile(parameters, () => undefined);
    const digests: (string | undefined)[] = [];
    for (const peer of [planefeed(0), tfjsImages, tfjsPlanes]) {
      expect(peer.missing?.()).toBeUndefined();
      const open = await peer.open(data);
      digests.push(await open.digest?.(1));
      expect(await open.measure(1, open.step)).toBeGreaterThan(0);
      await open.close();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(digests)).toHaveProperty('size', 1);
  });
});
