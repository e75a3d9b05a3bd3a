import { BtreeV2Type, readBtreeV2 } from './btree-v2.js';
import { findBtreeV2Records, type CompareRecord } from './btree-v2-search.js';
import { UNDEFINED, type Cursor } from './cursor.js';
import { openFractalHeap } from './fractal-heap.js';
import type { Hdf5File } from './hdf5-file.js';
import { parseLink, type Link, type LinkInfo } from './link.js';
import { lookup3 } from './lookup3.js';
import { withReadBudget } from './read-budget.js';

const HASH_BYTES = 4;

/**
 * The links of a dense group: link messages in a fractal heap, found through a v2 B-tree of the
 * hashes of their names.
 *
 * Source: HDF5 File Format Specification, "The Link Info Message" and "Version 2 B-trees", record
 * type 5.
 */
export async function readDenseLinks(file: Hdf5File, info: LinkInfo): Promise<Map<string, Link>> {
  const links = await linksWhere(file, info, () => 0);
  // As a symbol table lists them.
  return new Map([...links].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One link, in a few reads however many there are. */
export async function findDenseLink(
  file: Hdf5File,
  info: LinkInfo,
  name: string,
): Promise<Link | undefined> {
  const hash = lookup3(new TextEncoder().encode(name));
  return (await linksWhere(file, info, (record) => record.u32() - hash)).get(name);
}

/** Of the file's bytes: each heap block and tree node once, and for a huge object a way down the tree. */
const READ_TIMES = 4;

async function linksWhere(
  wholeFile: Hdf5File,
  { heap: heapAddress, nameIndex, message }: LinkInfo,
  compare: CompareRecord,
): Promise<Map<string, Link>> {
  if (nameIndex === UNDEFINED) throw message.fail('Expected the address of an index of names');
  const file = withReadBudget(wholeFile, READ_TIMES * wholeFile.size);
  const heap = await openFractalHeap(file, heapAddress);
  const type = BtreeV2Type.linkNames;
  const tree = await readBtreeV2(file, nameIndex, type, HASH_BYTES + heap.idLength);
  const links = new Map<string, Link>();
  let length = 0;
  for (const record of await findBtreeV2Records(file, tree, type, compare)) {
    const body = await heap.read(idOf(record), 'link message');
    length += body.remaining;
    if (length > file.size) throw body.fail('Expected each link message to be listed once');
    const { name, link } = parseLink(body);
    links.set(name, link);
  }
  return links;
}

function idOf(record: Cursor): Cursor {
  const id = record.renamed('fractal heap ID');
  id.skip(HASH_BYTES);
  return id;
}
