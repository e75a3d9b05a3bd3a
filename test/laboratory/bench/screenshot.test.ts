/** The page as a real Chromium shows it, at the width of a phone and of a desk. */
import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench } from '#src/laboratory/bench/bench.js';
import { formatHtml } from '#src/laboratory/bench/format-html.js';
import { sharedDirectory, type SharedDirectory } from '../../support/temp.js';
import { smallBench } from './small-bench.js';

const chromium = findChromium();
let temp: SharedDirectory;
let file: string;

beforeAll(async () => {
  temp = await sharedDirectory();
  file = join(temp.path, 'report.html');
  await writeFile(file, await formatHtml(await bench(smallBench)));
});
afterAll(() => temp.remove());

it('is one file: no script, nothing to fetch', async () => {
  const html = await readFile(file, 'utf8');
  // A clip path is named by `url(#…)` within its own drawing.
  expect(/<script|<link|<img|@import|url\((?!"?#)|src=/i.exec(html)).toBe(null);
  const addresses = (html.match(/https?:[^"' <]+/g) ?? []).filter(
    (address) => !address.startsWith('http://www.w3.org/'),
  );
  expect(addresses).toEqual([]);
  expect(/NaN|undefined|Infinity/.exec(html)).toBe(null);
});

const missing =
  'chromium is missing: put it on PATH, or name it in $PLANEFEED_CHROMIUM (Debian: apt install chromium)';
describe.skipIf(chromium === undefined)(
  `in Chromium${chromium === undefined ? ` [${missing}]` : ''}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      const playwright = await import('playwright-core');
      browser = await playwright.chromium.launch({
        executablePath: chromium!,
        args: ['--no-sandbox'],
      });
    }, 60_000);
    afterAll(() => browser.close());

    const opened = async (width: number): Promise<Page> => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(pathToFileURL(file).href);
      return page;
    };

    it.each([
      ['a phone', 390],
      ['a desk', 1280],
    ])(
      'fits %s, %d pixels wide, and shows its charts',
      async (_, width) => {
        const page = await opened(width);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          width,
        );
        const charts = await page.locator('figure svg').all();
        expect(charts.length).toBe(8 * 2 + 4);
        for (const chart of charts) {
          const box = (await chart.boundingBox())!;
          expect(box.width).toBeGreaterThan(300);
          expect(box.x + box.width).toBeLessThanOrEqual(width);
        }
        // Text of the charts is large enough to read.
        const heights = await page.evaluate<number[]>(
          '[...document.querySelectorAll("figure svg text")].map((text) => text.getBoundingClientRect().height)',
        );
        expect(Math.min(...heights)).toBeGreaterThan(8);
        // Something is drawn: bars in their colour.
        const { data, info } = await sharp(await charts[0]!.screenshot())
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        let bars = 0;
        for (let at = 0; at < data.length; at += info.channels) {
          if (data[at]! < 40 && data[at + 1]! > 90 && data[at + 2]! > 80) bars++;
        }
        expect(bars / (info.width * info.height)).toBeGreaterThan(0.03);
        await page.close();
      },
      60_000,
    );
  },
);

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    process.env.PLANEFEED_CHROMIUM,
    ...folders.flatMap((folder) => [join(folder, 'chromium'), join(folder, 'chromium-browser')]),
  ];
  const found = candidates.find((path) => path !== undefined && isExecutable(path));
  if (found === undefined) console.warn(`! The page is NOT looked at: ${missing}`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
