/** Groups of many links as plain data, made by h5py or by us, and what h5py finds of them. */
import type { H5File } from '#src/storage/h5.js';
import { h5py } from '../../support/h5py.js';

export type Member =
  | { readonly name: string; readonly kind: 'dataset'; readonly value: number }
  /** A further name for `/shared`. */
  | { readonly name: string; readonly kind: 'hard' }
  | { readonly name: string; readonly kind: 'soft'; readonly target: string }
  | {
      readonly name: string;
      readonly kind: 'external';
      readonly file: string;
      readonly target: string;
    };

/**
 * Every kind of link that a group of this style can have, under names of many lengths. An external
 * link, or a name that isn't ASCII, turns an old-style group (a symbol table) into a new one.
 */
export function makeMembers(count: number, style: 'old' | 'new'): Member[] {
  return Array.from({ length: count }, (_, i): Member => {
    const name = `${['n', style === 'old' ? 'size ' : 'größe ', 'a longer name '][i % 3]!}${i}`;
    switch (i % 5) {
      case 1:
        return { name, kind: 'hard' };
      case 2:
        return { name, kind: 'soft', target: `/group/${i + 1}` };
      case 3:
        if (style === 'old') return { name, kind: 'dataset', value: i };
        return { name, kind: 'external', file: `${i}.h5`, target: '/there' };
      default:
        return { name, kind: 'dataset', value: i };
    }
  });
}

/** @param options arguments of `h5py.File`, and `track_order` of the group */
export async function writeWithH5py(
  file: string,
  members: readonly Member[],
  options: { libver: string; trackOrder: boolean; userblock?: number },
): Promise<void> {
  await h5py.run(
    `
    with h5py.File(data['file'], 'w', libver=(data['libver'], 'latest'),
                   userblock_size=data.get('userblock', 0)) as f:
        f['shared'] = np.int32([-1])
        group = f.create_group('group', track_order=data['trackOrder'])
        for m in data['members']:
            group[m['name']] = {
                'dataset': lambda: np.int32([m['value']]),
                'hard': lambda: f['shared'],
                'soft': lambda: h5py.SoftLink(m['target']),
                'external': lambda: h5py.ExternalLink(m['file'], m['target']),
            }[m['kind']]()
    `,
    { file, members, ...options },
  );
}

export function writeWithOurs(h5: H5File, members: readonly Member[]): void {
  writeNumber(h5, '/shared', -1);
  h5.createGroup('/group');
  for (const member of members) {
    const path = `/group/${member.name}`;
    if (member.kind === 'dataset') writeNumber(h5, path, member.value);
    else if (member.kind === 'hard') h5.createHardLink(path, '/shared');
    else if (member.kind === 'soft') h5.createSoftLink(path, member.target);
    else h5.createExternalLink(path, member.file, member.target);
  }
}

/** For each file: what is in `/group`, sorted by name, and how many links `/shared` has. */
export async function readWithH5py(
  files: readonly string[],
): Promise<{ members: Member[]; links: number }[]> {
  const found = await h5py.run(
    `
    def member(group, name):
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink):
            return dict(name=name, kind='soft', target=link.path)
        if isinstance(link, h5py.ExternalLink):
            return dict(name=name, kind='external', file=link.filename, target=link.path)
        if group[name][0] < 0:
            return dict(name=name, kind='hard')
        return dict(name=name, kind='dataset', value=int(group[name][0]))
    result = []
    for file in data:
        with h5py.File(file) as f:
            group = f['group']
            result.append(dict(members=[member(group, name) for name in group],
                               links=h5py.h5o.get_info(f['shared'].id).rc))
    `,
    files,
  );
  const states = found as { members: Member[]; links: number }[];
  return states.map(({ members, links }) => ({ members: sorted(members), links }));
}

/** What {@link readWithH5py} finds when all is well. */
export function expected(members: readonly Member[]): { members: Member[]; links: number } {
  const further = members.filter((member) => member.kind === 'hard').length;
  return { members: sorted(members), links: 1 + further };
}

function sorted(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function writeNumber(h5: H5File, path: string, value: number): void {
  h5.createEmpty(path, { type: { class: 'integer', size: 4, signed: true }, shape: [1] });
  h5.writeElements(path, { start: [0], count: [1] }, new Uint8Array(Int32Array.of(value).buffer));
}
