import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';

import { CorruptFileError, ingest, openSource } from 'planefeed';
import { expandBraces } from '#src/ingest/sources/expand-names.js';
import { contentOf } from '../../support/ingested.js';
import { pattern, png } from '../../support/images.js';
import { temporaryDirectory } from '../../support/temp.js';

const size = { height: 4, width: 3, durability: 'process' } as const;

type Entry = [name: string, content: Buffer | string | { symlink: string } | { directory: true }];

async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of entries) {
    if (typeof content === 'object' && 'directory' in content)
      archive.entry({ name, type: 'directory' });
    else if (typeof content === 'string' || Buffer.isBuffer(content))
      archive.entry({ name }, content);
    else archive.entry({ name, type: 'symlink', linkname: content.symlink });
  }
  archive.finalize();
  return buffer(archive);
}

function picture(seed: number): Promise<Buffer> {
  return png(pattern(4, 3, 3, seed));
}

async function samples(from: number, to: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let i = from; i < to; i++) {
    const key = `dir/${String(i).padStart(3, '0')}`;
    entries.push([`${key}.PNG`, await picture(i)], [`${key}.cls`, `${i % 3}\n`]);
    entries.push([`${key}.json`, JSON.stringify({ n: i / 2, name: `n${i}` })]);
  }
  return entries;
}

describe('shards of WebDataset', () => {
  it('are read one after the other, compressed or not', async () => {
    const folder = await temporaryDirectory();
    fs.writeFileSync(path.join(folder, 's-08.tar'), await tar(await samples(0, 3)));
    fs.writeFileSync(path.join(folder, 's-09.tar'), gzipSync(await tar(await samples(3, 5))));
    fs.writeFileSync(path.join(folder, 's-10.tar'), await tar(await samples(0, 1)));
    const file = path.join(folder, 'out.h5');
    const source = await openSource(path.join(folder, 's-{08..10}.tar'));
    expect(await ingest(source, file, size)).toMatchObject({ added: 6, setAside: [] });
    const content = await contentOf(file);
    expect(content.ids).toEqual([
      ...['s-08/dir/000', 's-08/dir/001', 's-08/dir/002', 's-09/dir/003', 's-09/dir/004'],
      's-10/dir/000',
    ]);
    expect(content.labels).toEqual([0, 1, 2, 0, 1, 0]);
    expect(content.columns.json?.[3]).toBe('{"n":1.5,"name":"n3"}');
    const pixels = [0, 1, 2, 3, 4, 0].flatMap((seed) => [...pattern(4, 3, 3, seed).pixels]);
    expect([...content.images]).toEqual(pixels);

    const again = await openSource(path.join(folder, 's-*.tar'), {
      labelColumn: 'name',
      columns: { n: 'auto' },
    });
    await ingest(again, `${file}2`, size);
    const chosen = await contentOf(`${file}2`);
    expect(chosen).toMatchObject({ classes: ['n0', 'n1', 'n2', 'n3', 'n4'] });
    expect(chosen.columns).toEqual({ n: [0, 0.5, 1, 1.5, 2, 0] });
  });

  it('have samples set aside that are no image, several, links, or hostile', async () => {
    const folder = await temporaryDirectory();
    const [one, other] = [await picture(1), await picture(2)];
    const archive = await tar([
      ['folder/', { directory: true }],
      ['../../up.png', one],
      ['/abs.png', one],
      ['two.left.png', one],
      ['two.right.png', other],
      ['text.txt', 'only text'],
      ['link.png', { symlink: '/etc/hostname' }],
      ['bad.png', 'no picture'],
      ['README', 'without extension'],
      ['.hidden', 'x'],
      ['good.v1.png', other],
      ['good.cls', 'dog'],
      ['number.png', other],
      ['number.cls', '7'],
    ]);
    fs.writeFileSync(path.join(folder, 'x.tgz'), archive);
    const file = path.join(folder, 'out.h5');
    const before = fs.readdirSync(folder);
    const report = await ingest(path.join(folder, 'x.tgz'), file, size);
    expect(fs.readdirSync(folder)).toEqual([...before, 'out.h5'].sort());
    expect(fs.existsSync(path.join(folder, '../../up.png'))).toBe(false);
    expect(report.setAside.map(({ id, reason }) => [id, reason])).toEqual([
      ['x/two', expect.stringMatching(/several images, .left.png, .right.png/)],
      ['x/text', 'it has no image, only .txt'],
      ['x/link', 'it is not a regular file'],
      ['x/bad', expect.stringMatching(/no known image format/)],
      ['x/number', 'its label is a number, that of samples before a name'],
    ]);
    expect(report.setAside[1]).toMatchObject({ place: 'x.tgz, entry 5' });
    expect(await contentOf(file)).toMatchObject({
      ids: ['x/../../up', 'x//abs', 'x/good'],
      labels: [-1, -1, 0],
      classes: ['dog'],
    });
    const chosen = await openSource(path.join(folder, 'x.tgz'), { imageColumn: 'LEFT.png' });
    expect(await ingest(chosen, `${file}2`, size)).toMatchObject({ added: 1 });
  });

  it('that are cut short or damaged end with an error, at a commit', async () => {
    const folder = await temporaryDirectory();
    const whole = await tar(await samples(0, 12));
    const shard = path.join(folder, 's.tar');
    const options = { ...size, commitEvery: 4 };
    const cuts = [700, 1200, whole.length / 2, whole.length - 1024].map((n) => Math.floor(n));
    for (const [i, cut] of cuts.entries()) {
      for (const zipped of [false, true]) {
        const part = whole.subarray(0, cut);
        const bytes = zipped
          ? gzipSync(whole).subarray(0, (gzipSync(whole).length * cut) / whole.length)
          : part;
        fs.writeFileSync(shard, bytes);
        const file = path.join(folder, `${i}${String(zipped)}.h5`);
        await expect(ingest(shard, file, options)).rejects.toThrow(CorruptFileError);
        if (!fs.existsSync(file)) continue;
        const { ids } = await contentOf(file);
        expect(ids.length % 4).toBe(0);
        // The whole one later gives the same as at once.
        fs.writeFileSync(shard, whole);
        await ingest(shard, file, options);
        expect((await contentOf(file)).ids).toHaveLength(12);
      }
    }
    fs.writeFileSync(shard, Buffer.alloc(5000, 'no archive '));
    await expect(ingest(shard, path.join(folder, 'n.h5'), size)).rejects.toThrow(
      /s\.tar can't be read beyond entry 0/,
    );
  });
});

it('expandBraces counts and lists as bash does', () => {
  expect(expandBraces('{a,b}-{08..10}.tar')).toEqual(
    ['a-08', 'a-09', 'a-10', 'b-08', 'b-09', 'b-10'].map((name) => `${name}.tar`),
  );
  expect(expandBraces('x{3..1}{y}{')).toEqual(['x3{y}{', 'x2{y}{', 'x1{y}{']);
  expect(() => expandBraces('{0..999999999}')).toThrow(/at most/);
});
