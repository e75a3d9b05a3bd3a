import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { bench, type BenchOptions } from '#src/laboratory/bench/bench.js';
import { compareReports, readReport } from '#src/laboratory/bench/compare.js';
import { formatMarkdown } from '#src/laboratory/bench/format-markdown.js';
import type { BenchReport } from '#src/laboratory/bench/report.js';
import { measureLayouts } from '#src/laboratory/bench/measure.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { layoutNamed } from '#src/laboratory/layouts/layout.js';
import { run } from '#src/cli/program.js';
import { temporaryDirectory } from '../../support/temp.js';
import { PATTERNS, smallBench } from './small-bench.js';

let report: BenchReport;
beforeAll(async () => {
  report = await bench(smallBench);
});

it('prices every layout × pattern × reader on every device, marked as modelled', () => {
  expect(report).toMatchObject({ schema: 'planefeed-bench', version: 1, measured: null });
  expect(report.modelled.map(({ id }) => id)).toEqual([
    'seagate-st3500418as',
    'samsung-850-evo-250gb',
  ]);
  for (const { source, figures } of report.modelled) {
    expect(source).toBe('modelled');
    const contiguousAppend = 2;
    expect(figures).toHaveLength(4 * (2 * PATTERNS.length - 1) - contiguousAppend);
    for (const figure of figures) {
      expect(figure.source).toBe('modelled');
      expect(figure.imagesPerSecond).toBeGreaterThan(0);
      expect(figure.ofCeiling).toBeLessThan(1.05);
    }
  }
});

it('is the same again: nothing of it is left to chance', async () => {
  const again = await bench(smallBench);
  expect(again.modelled).toEqual(report.modelled);
  expect(again.pictures).toEqual(report.pictures);
});

it('is Markdown that says what is modelled, and how to run it again', () => {
  const text = formatMarkdown(report);
  expect(text).toMatch(/## Modelled\n\nNothing in this part was measured/);
  expect(text).toContain('again: `planefeed bench --quick`');
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

describe('comparing', () => {
  it('puts figures of both beside each other', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a.json');
    await writeFile(path, JSON.stringify(report));
    const read = await readReport(path);
    expect(read).toEqual(report);
    const faster = {
      ...report,
      modelled: report.modelled.map((device) => ({
        ...device,
        figures: device.figures.map((figure) => ({
          ...figure,
          imagesPerSecond: 2 * figure.imagesPerSecond,
        })),
      })),
    };
    const compared = compareReports(report, faster);
    expect(compared).toHaveLength(report.modelled.flatMap(({ figures }) => figures).length);
    for (const { ratio } of compared) expect(ratio).toBe(2);
  });

  it('refuses what is no report', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a.json');
    for (const text of ['no JSON', 'null', '{"schema":"planefeed-bench","version":2}']) {
      await writeFile(path, text);
      await expect(readReport(path)).rejects.toMatchObject({ tag: 'invalid-option' });
    }
    await expect(readReport(join(directory, 'none'))).rejects.toMatchObject({ tag: 'not-found' });
  });
});

describe('measuring', () => {
  const options = {
    set: { shape: [40, 32, 32, 3], itemSize: 1 },
    layouts: [],
    patterns: ['append', 'images shuffled', 'pixel column'],
    ...{ images: 20, window: 10, reading: { ahead: 10, depth: 2 } },
    ...{ repetitions: 1, seconds: 0, scratch: 2 ** 20, fit: false },
  } as const;
  const layouts = ['plane', 'image+gzip'].map((name) => layoutNamed(options.set, name));

  it('reads real files, says how cold, and leaves nothing', async () => {
    const directory = await temporaryDirectory();
    const measured = await measureLayouts({ ...options, layouts, directory });
    expect(await readdir(directory)).toEqual([]);
    expect(measured.coldness.how).not.toBe('');
    expect(measured.ceiling.length).toBeGreaterThan(0);
    // Appending isn't measured: what reads of a file take is.
    expect(measured.figures).toHaveLength(2 * 3);
    for (const { source, cold, warm } of measured.figures) {
      expect(source).toBe('measured');
      expect(cold.imagesPerSecond).toBeGreaterThan(0);
      expect(warm.seconds.least).toBeGreaterThan(0);
    }
    const text = formatMarkdown({ ...report, measured });
    expect(text).toContain('## Measured');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('leaves nothing when it is interrupted', async () => {
    const directory = await temporaryDirectory();
    const abort = new AbortController();
    const measuring = measureLayouts({
      ...{ ...options, layouts, directory, signal: abort.signal },
      onStep: (step) => {
        if (step.startsWith('writing'))
          setImmediate(() => {
            abort.abort();
          });
      },
    });
    await expect(measuring).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('says that a directory is missing', async () => {
    const directory = join(await temporaryDirectory(), 'none');
    await expect(measureLayouts({ ...options, layouts, directory })).rejects.toMatchObject({
      tag: 'not-found',
    });
  });
});

describe('the command', () => {
  const type = async (...words: string[]): Promise<{ out: string; err: string; code: unknown }> => {
    const [out, err] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    const [texts, errors]: [string[], string[]] = [[], []];
    out.mockImplementation((text) => texts.push(String(text)) > 0);
    err.mockImplementation((text) => errors.push(String(text)) > 0);
    try {
      await run(['node', 'planefeed', ...words]);
      return { out: texts.join(''), err: errors.join(''), code: process.exitCode };
    } finally {
      out.mockRestore();
      err.mockRestore();
      process.exitCode = undefined;
    }
  };
  const few = ['--shape', '500,16,16,3', '--layout', 'plane', '--pattern', 'images shuffled'];

  it('prints Markdown, or JSON, or writes files', async () => {
    const { out, code } = await type('bench', ...few, '--device', 'hdd', '--window', '64');
    expect(code).toBe(0);
    expect(out).toMatch(/\| plane +\|/);
    const path = join(await temporaryDirectory(), 'a.json');
    await type('bench', ...few, '--json', path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: 1 });
    const compared = await type('bench', 'compare', path, path);
    expect(compared.out).toContain('×1.00');
    expect(JSON.parse((await type('bench', 'compare', path, path, '--json')).out)).toHaveLength(6);
  });

  it.each([
    [['--layout', 'bricks'], 'There is no layout "bricks"'],
    [['--pattern', 'zigzag'], 'There is no pattern "zigzag"'],
    [['--device', 'drum'], 'There is no device "drum"'],
    [['--dir', '/nowhere/at/all'], 'There is nothing at this path'],
    [['--json', '/nowhere/at/all.json'], "The report can't be written"],
    [['--shape', '1e9,3'], 'Expected images,height,width,channels'],
    [['--shape', '99000000,224,224,3', '--device', 'hdd'], 'of a disk of'],
  ])('says what is wrong with %s', async (words, message) => {
    const { err, code } = await type('bench', ...few, '--window', '64', ...words);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });
});

it('a device that holds the file is needed', async () => {
  const large: BenchOptions = {
    ...smallBench,
    set: { shape: [9_000_000, 224, 224, 3], itemSize: 1 },
    layouts: ['plane'],
    patterns: ['images shuffled'],
    devices: [deviceNamed('hdd')],
  };
  await expect(bench(large)).rejects.toThrow(/Choose a larger disk/);
});
