/** The tables of `docs/layouts.md` are what the laboratory says. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { bench } from '#src/laboratory/bench/bench.js';
import { formatMarkdown } from '#src/laboratory/bench/format-markdown.js';
import { deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { layoutKinds } from '#src/laboratory/layouts/layout.js';
import { patternNames } from '#src/laboratory/layouts/patterns.js';

it('docs/layouts.md has the figures of `planefeed bench`', async () => {
  const report = await bench({
    set: { shape: [350_000, 224, 224, 3], itemSize: 1 },
    layouts: Object.keys(layoutKinds).filter((kind) => kind !== 'auto'),
    patterns: patternNames,
    devices: ['hdd', 'ssd'].map(deviceNamed),
    ...{ batchSize: 32, ahead: 256, window: 4096, depth: 4, images: 4096, ratio: 0.8 },
    ...{ quick: false, command: 'planefeed bench' },
  });
  const docs = rowsOf(await readFile('docs/layouts.md', 'utf8'));
  const generated = rowsOf(formatMarkdown(report));
  expect(generated.length).toBeGreaterThan(50);
  for (const row of generated) expect(docs).toContain(row);
});

/** Rows of tables, without the blanks that line up columns. */
function rowsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.replaceAll(/ +/g, ' '))
    .filter((line) => !line.startsWith('| -'));
}
