import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { NotFoundError } from '#src/errors.js';
import { openImageFolder } from '#src/ingest/image-folder.js';
import { writeFolder } from '../support/images.js';
import { temporaryDirectory } from '../support/temp.js';

async function list(directory: string): Promise<Record<string, string>> {
  const folder = await openImageFolder(directory);
  const found: Record<string, string> = {};
  for await (const entry of folder.records()) {
    found[entry.id] = 'refused' in entry ? `refused: ${entry.refused}` : entry.className!;
  }
  expect(Object.keys(found)).toHaveLength(folder.count);
  return found;
}

describe('openImageFolder', () => {
  it('takes sub-folders as classes, nested ones too, in order of code units', async () => {
    const directory = await writeFolder(await temporaryDirectory(), {
      'dogs/b.png': '1',
      'dogs/a.png': '1',
      'animals/cats/1.jpg': '1',
      'animals/x.png': '1',
      'animals-wild/z.png': '1',
      'Äpfel/ö.png': '1',
    });
    const folder = await openImageFolder(directory);
    expect(folder.classes).toEqual(['animals', 'animals-wild', 'animals/cats', 'dogs', 'Äpfel']);
    expect(Object.entries(await list(directory))).toEqual([
      ['animals-wild/z.png', 'animals-wild'],
      ['animals/cats/1.jpg', 'animals/cats'],
      ['animals/x.png', 'animals'],
      ['dogs/a.png', 'dogs'],
      ['dogs/b.png', 'dogs'],
      ['Äpfel/ö.png', 'Äpfel'],
    ]);
  });

  it('yields ids in order of code units whatever the names', async () => {
    const name = fc.stringMatching(/^[a-c!~-][a-c!~-]?$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(name, name), { minLength: 1 }), async (pairs) => {
        const files = Object.fromEntries(pairs.map(([a, b]) => [`d/${a}.d/${b}.png`, '1']));
        const ids = Object.keys(await list(await writeFolder(await temporaryDirectory(), files)));
        expect(ids).toEqual(Object.keys(files).sort());
      }),
      { numRuns: 10 },
    );
  });

  it('skips hidden files and noise, and counts every other file', async () => {
    const directory = await writeFolder(await temporaryDirectory(), {
      '.hidden/a.png': '1',
      'a/.DS_Store': '1',
      'a/._b.png': '1',
      'a/Thumbs.db': '1',
      'a/__MACOSX/b.png': '1',
      'a/notes.txt': '1',
      'a/b.png': '1',
    });
    await mkdir(path.join(directory, 'empty'));
    expect(await list(directory)).toEqual({ 'a/b.png': 'a', 'a/notes.txt': 'a' });
  });

  it("gives a flat folder's files the class '', but refuses files beside class folders", async () => {
    const flat = await writeFolder(await temporaryDirectory(), { 'a.png': '1' });
    expect(await list(flat)).toEqual({ 'a.png': '' });
    expect((await openImageFolder(flat)).classes).toEqual(['']);
    await writeFolder(flat, { 'cats/b.png': '1' });
    expect(await list(flat)).toEqual({
      'a.png': 'refused: it lies beside the class folders',
      'cats/b.png': 'cats',
    });
    expect((await openImageFolder(flat)).classes).toEqual(['cats']);
  });

  it('follows links inside the folder only, and survives circles', async () => {
    const outside = await writeFolder(await temporaryDirectory(), { 'secret.png': '1' });
    const directory = await writeFolder(await temporaryDirectory(), { 'a/x.png': '1' });
    await symlink(path.join(directory, 'a', 'x.png'), path.join(directory, 'a', 'y.png'));
    await symlink(path.join(outside, 'secret.png'), path.join(directory, 'a', 'z.png'));
    await symlink(outside, path.join(directory, 'out'));
    await symlink(directory, path.join(directory, 'a', 'circle'));
    await symlink('nowhere', path.join(directory, 'a', 'dead'));
    const found = await list(directory);
    expect(found).toMatchObject({ 'a/x.png': 'a', 'a/y.png': 'a' });
    expect(found['a/z.png']).toMatch(/refused: .*out of the folder/);
    expect(found.out).toMatch(/refused: .*out of the folder/);
    expect(found['a/dead']).toMatch(/refused: .*nowhere/);
    expect(Object.keys(found)).toHaveLength(5);
  });

  it('skips the file that is being written into the folder', async () => {
    const directory = await writeFolder(await temporaryDirectory(), { 'a.png': '1', 'b.h5': '1' });
    const link = `${directory}-link`;
    await symlink(directory, link);
    onTestFinished(() => rm(link));
    for (const except of [path.join(directory, 'b.h5'), path.join(link, 'b.h5')]) {
      expect((await openImageFolder(directory, { except })).count).toBe(1);
    }
    expect((await openImageFolder(directory, { except: '/nowhere/b.h5' })).count).toBe(2);
  });

  it('says when there is no such folder', async () => {
    const directory = await writeFolder(await temporaryDirectory(), { 'a.png': '1' });
    for (const wrong of ['none', 'a.png', 'a.png/b']) {
      const opening = openImageFolder(path.join(directory, wrong));
      await expect(opening, wrong).rejects.toThrow(NotFoundError);
    }
  });
});
