import fs from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readBtreeNode } from '#src/chunking/format/btree-v1.js';
import type { Cursor } from '#src/chunking/format/cursor.js';
import { openHdf5File, type Hdf5File } from '#src/chunking/format/hdf5-file.js';
import { parseLink, parseLinkInfo, type Link } from '#src/chunking/format/link.js';
import { lookup3 } from '#src/chunking/format/lookup3.js';
import {
  findMessage,
  MessageType,
  readObjectHeader,
  type Message,
} from '#src/chunking/format/object-header.js';
import { readSymbolTable } from '#src/chunking/format/symbol-table.js';
import { CorruptFileError, PlanefeedError } from '#src/errors.js';
import { followPath } from '#src/hdf5/links/find-link.js';
import {
  findPlacedMessage,
  readPlacedHeader,
  removeMessage,
} from '#src/hdf5/links/header-messages.js';
import {
  childOf,
  readRecordTree,
  totalOf,
  type RecordTree,
  type TreeNode,
} from '#src/hdf5/links/record-tree-nodes.js';
import { structuresOf, type Structures } from '#src/hdf5/links/structures.js';
import { memorySource } from '#src/storage/memory-source.js';
import { describeWithH5py } from '../../support/h5py.js';
import { temporaryDirectory } from '../../support/temp.js';
import { expected, makeMembers, readWithH5py, writeWithH5py, type Member } from './members.js';

/** The bytes of a file, changed where they are, as the edits of a closed file are. */
async function inMemory(bytes: Buffer): Promise<{ parsed: Hdf5File; structures: Structures }> {
  const parsed = await openHdf5File(memorySource(bytes, 'memory'));
  return { parsed, structures: structuresOver(bytes, parsed.base, parsed.root) };
}

function structuresOver(bytes: Buffer, base: number, root: number): Structures {
  return structuresOf({
    file: 'memory',
    base,
    root,
    read: (offset, length) => {
      // The real call allocates before it reads.
      if (length > 1e8) throw new RangeError(`a read of ${length} bytes`);
      return Uint8Array.from(bytes.subarray(offset, offset + length));
    },
    write: (offset, written) => {
      bytes.set(written, offset);
    },
  });
}

function remove(structures: Structures, member: Member): void {
  const { found } = followPath(structures, `/group/${member.name}`);
  if (found === undefined) expect.fail(`${member.name} is not there`);
  found.remove();
  expect(followPath(structures, `/group/${member.name}`).found).toBeUndefined();
}

describeWithH5py('the indexes of large groups', () => {
  it('keep as many records in every node of a v2 B-tree as libhdf5 does', async () => {
    const members = makeMembers(2000, 'new');
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await writeWithH5py(file, members, { libver: 'v110', trackOrder: true });
    const original = fs.readFileSync(file);
    await fc.assert(
      fc.asyncProperty(shuffled(members), async (order) => {
        const bytes = Buffer.from(original);
        const { parsed, structures } = await inMemory(bytes);
        const trees = await dense(parsed);
        for (const [at, member] of order.slice(0, -5).entries()) {
          remove(structures, member);
          if (at % 200 !== 0) continue;
          for (const tree of trees) {
            expect(checkTree(structures, tree)).toBe(members.length - at - 1);
          }
        }
        fs.writeFileSync(file, bytes);
        const [state] = await readWithH5py([file]);
        expect(state!.members).toEqual(expected(order.slice(-5)).members);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('link the nodes of a v1 B-tree with their neighbours, by the same keys', async () => {
    const members = makeMembers(2000, 'old');
    const file = path.join(await temporaryDirectory(), 'file.h5');
    await writeWithH5py(file, members, { libver: 'earliest', trackOrder: false });
    const original = fs.readFileSync(file);
    await fc.assert(
      fc.asyncProperty(shuffled(members), async (order) => {
        const bytes = Buffer.from(original);
        const { structures } = await inMemory(bytes);
        for (const [at, member] of order.slice(0, -5).entries()) {
          remove(structures, member);
          if (at % 200 === 0) await checkSymbolTree((await inMemory(bytes)).parsed);
        }
        await checkSymbolTree((await inMemory(bytes)).parsed);
        fs.writeFileSync(file, bytes);
        const [state] = await readWithH5py([file]);
        expect(state!.members).toEqual(expected(order.slice(-5)).members);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });
});

describeWithH5py('damaged files', () => {
  for (const [libver, style] of [
    ['earliest', 'old'],
    ['v110', 'new'],
  ] as const) {
    it(`end in an error that says where, or do no harm (${libver})`, async () => {
      const file = path.join(await temporaryDirectory(), 'file.h5');
      const members = makeMembers(30, style);
      await writeWithH5py(file, members, { libver, trackOrder: style === 'new' });
      const original = fs.readFileSync(file);
      const { root, base } = (await inMemory(Buffer.from(original))).parsed;
      const damage = fc.record({ at: fc.nat(original.length - 1), byte: fc.nat(255) });
      const few = fc.array(damage, { minLength: 1, maxLength: 30 });
      fc.assert(
        fc.property(few, fc.constantFrom(...members), (places, member) => {
          const bytes = Buffer.from(original);
          for (const { at, byte } of places) bytes[at] = byte;
          const structures = structuresOver(bytes, base, root);
          try {
            followPath(structures, `/group/${member.name}`).found?.remove();
          } catch (error) {
            expect(error).toBeInstanceOf(PlanefeedError);
          }
        }),
        { numRuns: 1500 },
      );
    });
  }
});

describe('an object header', () => {
  it('has no gap once it has a NIL message, which HDF5 would refuse', () => {
    const message = (type: number, ...body: number[]): number[] => [
      type,
      body.length,
      0,
      0,
      ...body,
    ];
    const messages = [...message(6, 1, 2, 3), ...message(2, 4, 5), ...message(6, 6)];
    const gap = [0, 0, 0];
    const size = messages.length + gap.length;
    const header = [...Buffer.from('OHDR'), 2, 0, size, ...messages, ...gap, 0, 0, 0, 0];
    const bytes = Buffer.from(header);
    bytes.writeUInt32LE(lookup3(bytes, 0, bytes.length - 4), bytes.length - 4);
    const structures = structuresOver(bytes, 0, 0);
    removeMessage(structures, findPlacedMessage(readPlacedHeader(structures, 0), 6)!);
    const left = [
      ...message(2, 4, 5),
      ...message(6, 6),
      ...message(0, ...Array<number>(6).fill(0)),
    ];
    expect([...bytes.subarray(7, -4)]).toEqual(left);
    expect(readPlacedHeader(structures, 0).messages.map(({ type }) => type)).toEqual([2, 6]);
    bytes[8] = 99;
    expect(() => readPlacedHeader(structures, 0)).toThrow(CorruptFileError);
  });
});

function shuffled(members: readonly Member[]): fc.Arbitrary<Member[]> {
  return fc.integer().map((seed) => {
    const keys = new Map(
      members.map((member) => [member, lookup3(Buffer.from(`${seed} ${member.name}`))]),
    );
    return members.toSorted((a, b) => keys.get(a)! - keys.get(b)!);
  });
}

/** Where the indexes of `/group` are: by name and by order of creation. */
async function dense(
  file: Hdf5File,
): Promise<{ address: number; type: number; recordLength: number }[]> {
  const header = await groupHeader(file);
  const info = parseLinkInfo(findMessage(header, MessageType.linkInfo)!.body('link info'));
  return [
    { address: info.nameIndex, type: 5, recordLength: 11 },
    { address: info.message.address(), type: 6, recordLength: 15 },
  ];
}

async function groupHeader(file: Hdf5File): ReturnType<typeof readObjectHeader> {
  const root = await readObjectHeader(file, file.root);
  const symbolTable = findMessage(root, MessageType.symbolTable);
  const links =
    symbolTable === undefined
      ? new Map(root.messages.filter(isLink).map((message) => linkOf(message.body('link message'))))
      : await readSymbolTable(file, symbolTable.body('symbol table message'));
  const link = links.get('group');
  return link?.kind === 'hard' ? readObjectHeader(file, link.offset) : expect.fail('no group');
}

function isLink({ type }: Message): boolean {
  return type === MessageType.link;
}

function linkOf(message: Cursor): [name: string, link: Link] {
  const { name, link } = parseLink(message);
  return [name, link];
}

/** Returns how many records there are. */
function checkTree(
  structures: Structures,
  at: { address: number; type: number; recordLength: number },
): number {
  const tree = readRecordTree(structures, at);
  return tree.root === null ? 0 : checkNode(structures, tree, tree.root, true);
}

function checkNode(
  structures: Structures,
  tree: RecordTree,
  node: TreeNode,
  isRoot: boolean,
): number {
  const { maxRecords } = tree.levels[node.level]!;
  const fewest = isRoot ? 1 : Math.floor((maxRecords * tree.mergePercent) / 100);
  expect(node.records.length).toBeGreaterThanOrEqual(fewest);
  let total = node.records.length;
  for (const [index, child] of node.children.entries()) {
    const below = checkNode(structures, tree, childOf(structures, tree, node, index), false);
    expect(child.total).toBe(below);
    total += below;
  }
  expect(totalOf(node)).toBe(total);
  return total;
}

/** Neighbours know each other, share the key between them, and parents have their keys. */
async function checkSymbolTree(file: Hdf5File): Promise<void> {
  const header = await groupHeader(file);
  const root = findMessage(header, MessageType.symbolTable)!.body('symbol table message').address();
  let row = [root];
  for (let level: number | undefined; row.length > 0;) {
    const nodes = await Promise.all(row.map((address) => symbolTreeNode(file, address, level)));
    for (const [at, node] of nodes.entries()) {
      expect(node.left).toBe(row[at - 1] ?? -1);
      expect(node.right).toBe(row[at + 1] ?? -1);
      if (at > 0) expect(node.keys[0]).toBe(nodes[at - 1]!.keys.at(-1));
      expect(new Set(node.keys).size).toBe(node.keys.length);
    }
    if (nodes[0]!.level === 0) return;
    level = nodes[0]!.level - 1;
    row = nodes.flatMap((node) => node.children);
    const keys = nodes.flatMap((node) => node.keys.slice(1));
    const below = await Promise.all(row.map((address) => symbolTreeNode(file, address, level)));
    expect(below.map((node) => node.keys.at(-1))).toEqual(keys);
  }
}

async function symbolTreeNode(
  file: Hdf5File,
  address: number,
  expectedLevel?: number,
): Promise<{ level: number; left: number; right: number; keys: number[]; children: number[] }> {
  const { level, entries, body } = await readBtreeNode(file, address, 0, 8, expectedLevel);
  const siblings = await file.read(address + 8, 16, 'siblings');
  const [left, right] = [siblings.address(), siblings.address()];
  const keys = [body.length()];
  const children: number[] = [];
  for (let entry = 0; entry < entries; entry++) {
    children.push(body.address());
    keys.push(body.length());
  }
  return { level, left, right, keys, children };
}
