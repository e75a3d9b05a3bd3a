import fs from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { ImageError, ingest, ingestFolder, StorageError, type SourceRecord } from 'planefeed';
import { contentOf } from '../support/ingested.js';
import { pattern, writeFolder, writePngFolder } from '../support/images.js';
import { temporaryDirectory } from '../support/temp.js';

const size = { height: 8, width: 6, durability: 'process' } as const;

describe('quarantine', () => {
  it('keeps copies with reasons, under safe names, and overwrites nothing', async () => {
    const folder = await temporaryDirectory();
    const quarantine = path.join(folder, 'kept', 'here');
    const bad = (id: string, text: string): SourceRecord => ({
      id,
      bytes: () => Buffer.from(text),
    });
    const records = [
      bad('plain.png', 'one'),
      bad('../../up.png', 'two'),
      bad('a/b c?.jpg', 'three'),
      bad('..', 'four'),
      bad('.hidden', 'five'),
      bad('x'.repeat(300) + '.png', 'six'),
      { id: 'pixels', pixels: new Uint8Array(1), place: 'memory' },
      { id: 'good', pixels: pattern(8, 6).pixels },
    ];
    const file = path.join(folder, 'a.h5');
    const report = await ingest(records, file, { ...size, quarantine });
    expect(report).toMatchObject({ added: 1 });
    const names = fs.readdirSync(quarantine);
    expect(names).toHaveLength(6 * 2 + 1);
    expect(names.every((name) => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,130}$/.test(name))).toBe(true);
    const kept = names.filter((name) => !name.endsWith('.reason.json'));
    const texts = kept.map((name) => fs.readFileSync(path.join(quarantine, name), 'utf8'));
    expect(texts.sort()).toEqual(['five', 'four', 'one', 'six', 'three', 'two']);
    const reason = (name: string): unknown =>
      JSON.parse(fs.readFileSync(path.join(quarantine, `${name}.reason.json`), 'utf8'));
    expect(reason('plain.png')).toMatchObject({ id: 'plain.png', file: 'plain.png' });
    expect(reason('pixels')).toMatchObject({ id: 'pixels', place: 'memory' });
    expect(fs.readdirSync(folder).sort()).toEqual(['a.h5', 'kept']);

    // The same again adds nothing; something else by the same name gets a number.
    await ingest(records, file, { ...size, quarantine });
    expect(fs.readdirSync(quarantine)).toEqual(names);
    await ingest([bad('plain.png', 'other')], file, { ...size, quarantine });
    expect(fs.readFileSync(path.join(quarantine, 'plain.png'), 'utf8')).toBe('one');
    expect(fs.readFileSync(path.join(quarantine, 'plain-2.png'), 'utf8')).toBe('other');
  });

  it('that cannot be written ends the ingest', async () => {
    const folder = await temporaryDirectory();
    fs.writeFileSync(path.join(folder, 'file'), '');
    const records = [{ id: 'good', pixels: pattern(8, 6).pixels }];
    const quarantine = path.join(folder, 'file', 'x');
    await expect(
      ingest(records, path.join(folder, 'a.h5'), { ...size, quarantine }),
    ).rejects.toThrow(StorageError);
  });
});

describe("onError: 'stop'", () => {
  it.each(['image', 'channel'] as const)(
    'stops at a commit, and goes on once it is mended (%s)',
    async (placement) => {
      const folder = path.join(await temporaryDirectory(), 'photos');
      const names = Array.from({ length: 20 }, (_, i) => `c/${String(i).padStart(2, '0')}`);
      const images = await writePngFolder(folder, names);
      const mended = fs.readFileSync(path.join(folder, 'c/13.png'));
      await writeFolder(folder, { 'c/13.png': 'no picture' });
      const file = `${folder}.h5`;
      const quarantine = `${folder}-kept`;
      const options = { ...size, placement, run: 4, commitEvery: 4, quarantine } as const;
      const stopping = ingestFolder(folder, file, { ...options, onError: 'stop' });
      await expect(stopping).rejects.toThrow(ImageError);
      await expect(stopping).rejects.toThrow(/Stopped at 'c\/13.png'/);
      expect((await contentOf(file)).ids).toEqual([...images.keys()].slice(0, 12));
      expect(fs.readdirSync(quarantine)).toHaveLength(2);
      await writeFolder(folder, { 'c/13.png': mended });
      await ingestFolder(folder, file, { ...options, onError: 'stop' });
      const straight = `${folder}-straight.h5`;
      await ingestFolder(folder, straight, options);
      expect(await contentOf(file)).toEqual(await contentOf(straight));
    },
  );
});
