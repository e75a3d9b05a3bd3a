import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { lookup3 } from '#src/chunking/format/lookup3.js';
import { moveLink, removeLink } from '#src/hdf5/links/index.js';
import { openH5, type H5File } from '#src/storage/h5.js';
import { describeWithH5py, h5py } from '../../support/h5py.js';
import { h5dump, hdf5Tools } from '../../support/hdf5-tools.js';
import { temporaryDirectory } from '../../support/temp.js';
import {
  expected,
  makeMembers,
  readWithH5py,
  writeWithH5py,
  writeWithOurs,
  type Member,
} from './members.js';

/** More steps than this are not looked at one by one. */
const MAX_STEPS = 5;

/** Who writes the file: h5py with a library version, with or without an order of creation, or we. */
const writers = [
  { by: 'h5py, earliest, old style', libver: 'earliest', trackOrder: false, style: 'old' },
  { by: 'h5py, earliest, new style', libver: 'earliest', trackOrder: false, style: 'new' },
  { by: 'h5py, earliest, in order', libver: 'earliest', trackOrder: true, style: 'new' },
  { by: 'h5py, v110', libver: 'v110', trackOrder: false, style: 'new' },
  { by: 'h5py, v110, in order', libver: 'v110', trackOrder: true, style: 'new' },
  { by: 'h5py, v200', libver: 'v200', trackOrder: false, style: 'new' },
  { by: 'ours', libver: null, trackOrder: false, style: 'new' },
] as const;

describeWithH5py('links are removed and moved, as h5py sees it after every step,', () => {
  for (const { by, libver, trackOrder, style } of writers) {
    for (const count of [1, 8, 9, 300]) {
      it(`from a group of ${count} (${by})`, async () => {
        const members = makeMembers(count, style);
        await fc.assert(
          fc.asyncProperty(
            fc.shuffledSubarray([...members.keys()], {
              minLength: Math.min(count, MAX_STEPS),
              maxLength: Math.min(count, MAX_STEPS),
            }),
            fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
            async (order, dice) => {
              const file = path.join(await temporaryDirectory(), 'file.h5');
              if (libver !== null) await writeWithH5py(file, members, { libver, trackOrder });
              const h5 = await openH5(file, libver === null ? 'w' : 'r+', {
                durability: 'process',
              });
              if (libver === null) writeWithOurs(h5, members);
              const steps = order.map((at) => members[at]!);
              await changeAndCompare(h5, members, steps, dice);
              await letH5pyGoOn(file);
            },
          ),
          { numRuns: 1, endOnFailure: true },
        );
      });
    }
  }

  it('down to the last of 1500, whose indexes have three levels', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    for (const libver of ['earliest', 'v110'] as const) {
      const members = makeMembers(1500, libver === 'earliest' ? 'old' : 'new');
      await writeWithH5py(file, members, { libver, trackOrder: libver === 'v110' });
      const h5 = await openH5(file, 'r+', { durability: 'process' });
      for (const [at, { name }] of members.entries()) {
        if (at % 10 !== 7) removeLink(h5, `/group/${name}`);
      }
      await h5.close();
      const left = members.filter((_, at) => at % 10 === 7);
      expect(await readWithH5py([file])).toEqual([expected(left)]);
      await letH5pyGoOn(file);
      const again = await openH5(file, 'r+', { durability: 'process' });
      for (const { path: member } of again.tree('/group')) removeLink(again, member);
      expect(again.tree('/group')).toEqual([]);
      await again.close();
      await letH5pyGoOn(file);
    }
  });

  it('also behind a user block', async () => {
    const file = path.join(await temporaryDirectory(), 'file.h5');
    for (const libver of ['earliest', 'v110'] as const) {
      const members = makeMembers(50, libver === 'earliest' ? 'old' : 'new');
      await writeWithH5py(file, members, { libver, trackOrder: true, userblock: 1024 });
      const h5 = await openH5(file, 'r+', { durability: 'process' });
      for (const { name } of members.slice(0, 30)) removeLink(h5, `/group/${name}`);
      await h5.close();
      expect(await readWithH5py([file])).toEqual([expected(members.slice(30))]);
      await letH5pyGoOn(file);
    }
  });
});

/** Removes the links in `order`, or (a quarter of them) gives them another name. */
async function changeAndCompare(
  h5: H5File,
  members: readonly Member[],
  order: readonly Member[],
  dice: Iterator<number>,
): Promise<void> {
  const left = new Map(members.map((member) => [member.name, member]));
  const snapshots: string[] = [];
  const models: ReturnType<typeof expected>[] = [];
  for (const member of order) {
    left.delete(member.name);
    if (dice.next().value === 0) {
      const name = `moved ${member.name}`;
      moveLink(h5, `/group/${member.name}`, `/group/${name}`);
      left.set(name, { ...member, name });
    } else {
      removeLink(h5, `/group/${member.name}`);
    }
    expect(h5.kindOf(`/group/${member.name}`)).toBeUndefined();
    await h5.commit();
    snapshots.push(`${h5.path}.${snapshots.length}`);
    copyOpenFile(h5.path, snapshots.at(-1)!);
    models.push(expected([...left.values()]));
  }
  for (const { name, ...member } of left.values()) {
    if (member.kind !== 'dataset') continue;
    expect(h5.readSlice(`/group/${name}`, [0], [1])).toEqual(Int32Array.of(member.value));
  }
  await h5.close();
  expect(await readWithH5py(snapshots)).toEqual(models);
}

/** Without the mark that the file is open for writing, which a superblock of version 3 has. */
function copyOpenFile(from: string, to: string): void {
  const bytes = fs.readFileSync(from);
  const [version, flags] = [8, 11];
  if (bytes[version] === 3) {
    bytes[flags] = 0;
    bytes.writeUInt32LE(lookup3(bytes, 0, 44), 44);
  }
  fs.writeFileSync(to, bytes);
}

/** h5py (libhdf5) adds to the group, takes from it, and finds all of it; h5dump reads the file. */
async function letH5pyGoOn(file: string): Promise<void> {
  const sound = await h5py.run(
    `
    import random
    random.seed(5)
    with h5py.File(data, 'r+') as f:
        group = f['group']
        names = list(group)
        for i in range(300):
            group[f'new {i}'] = i
            names.append(f'new {i}')
        random.shuffle(names)
        while len(names) > 4:
            del group[names.pop()]
            if len(names) % 50 == 0 and sorted(names) != sorted(group):
                raise ValueError('h5py lost names')
        for i in range(20):
            group[f'newer {i}'] = i
        result = sorted(group) == sorted(names + [f'newer {i}' for i in range(20)])
    `,
    file,
  );
  expect(sound).toBe(true);
  if (hdf5Tools.available) await h5dump(file);
}
