"""Writes small HDF5 files, each of one feature, in every format that h5py can write.

Usage: seeds.py DIRECTORY
"""

import os
import sys

import h5py
import numpy as np

BOUNDS = {
    'earliest': 'earliest',
    'v108': ('v108', 'v108'),
    'v110': ('v110', 'v110'),
    'v200': ('v200', 'v200'),
}
directory = sys.argv[1]


def write(name, fill, sizes=None, **options):
    """Creates DIRECTORY/NAME.h5 and lets `fill` write into it; `sizes`: bytes of offsets and lengths."""
    path = os.path.join(directory, f'{name}.h5')
    if sizes is not None:
        access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
        low, high = options['libver'] if options['libver'] != 'earliest' else ('earliest', 'latest')
        bounds = {'earliest': h5py.h5f.LIBVER_EARLIEST, 'v110': h5py.h5f.LIBVER_V110, 'latest': h5py.h5f.LIBVER_LATEST}
        access.set_libver_bounds(bounds[low], bounds[high])
        creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        creation.set_sizes(sizes, sizes)
        h5py.h5f.create(path.encode(), h5py.h5f.ACC_TRUNC, creation, access).close()
        options = dict(libver=options['libver'])
    with h5py.File(path, 'w' if sizes is None else 'r+', **options) as file:
        fill(file)


def numbers(shape, dtype):
    return (np.arange(np.prod(shape, dtype=int)) % 100).reshape(shape).astype(dtype)


def full(shape, dtype, **options):
    """A dataset `d` with something in every chunk."""
    return lambda file: file.create_dataset('d', data=numbers(shape, dtype), **options)


def sparse(shape, dtype, at, **options):
    """A dataset `d` with one chunk or a few."""

    def fill(file):
        file.create_dataset('d', shape, dtype, **options)[at] = 1

    return fill


def raw_edges(file):
    """Partial edge chunks that skip their filter, so that the layout may say that none has it."""
    dataset = file.create_dataset('d', (6, 4), 'i4', chunks=(4, 4), compression='gzip')
    dataset[:4] = numbers((4, 4), 'i4')
    dataset.id.write_direct_chunk((4, 0), bytes(64), 1)


def implicit(file):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 3))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((7, 5), (8, 6))
    h5py.h5d.create(file.id, b'd', h5py.h5t.STD_I16LE, space, plist)
    file['d'][:] = numbers((7, 5), 'i2')


def compact(file):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file.id, b'd', h5py.h5t.STD_I32BE, h5py.h5s.create_simple((6,)), plist)
    file['d'][:] = numbers(6, 'i4')


def masked(file):
    """Chunks of which some skip a filter."""
    dataset = file.create_dataset(
        'd', (8, 2), 'i4', chunks=(2, 2), maxshape=(None, 2), shuffle=True, compression='gzip', fletcher32=True
    )
    dataset[:] = numbers((8, 2), 'i4')
    dataset.id.write_direct_chunk((2, 0), bytes(range(16)), 7)
    dataset.id.write_direct_chunk((4, 0), bytes(range(16)), 6)


def links(file):
    """Hard, soft, external and user-block-crossing links; nested groups; a loop."""
    file.create_dataset('a/b/d', data=numbers((4, 3), 'u2'), chunks=(2, 2))
    file['hard'] = file['a/b/d']
    file['soft'] = h5py.SoftLink('/a/../a/b/d')
    file['a/up'] = h5py.SoftLink('/a/b')
    file['external'] = h5py.ExternalLink('other.h5', '/d')
    file['a/b/loop'] = file['a']
    file['circle'] = h5py.SoftLink('/circle')
    file['type'] = np.dtype('<i4')
    file.create_dataset('committed', (3,), dtype=file['type'], data=[1, 2, 3])


def many(count, **options):
    """A group whose links fill a heap and an index of names."""

    def fill(file):
        group = file.create_group('g', **options)
        target = group.create_dataset('d', data=numbers(4, 'i2'))
        for i in range(count):
            group[f'link {i}'] = target if i % 2 else h5py.SoftLink(f'/g/link {i + 1}')

    return fill


def huge_link(file):
    """A link that is too long for the heap's blocks."""
    group = file.create_group('g')
    group['d'] = numbers(3, 'i2')
    for i in range(10):
        group[f'link {i}'] = h5py.SoftLink('/g/d')
    group['long'] = h5py.SoftLink('/g/' * 2000 + 'd')


def attributes(count):
    """Object headers with continuations, and dense attributes."""

    def fill(file):
        dataset = file.create_dataset('d', data=numbers((5, 2), 'f8'), chunks=(2, 2), maxshape=(None, 2))
        for i in range(count):
            dataset.attrs[f'note {i}'] = 'x' * 30
        file.attrs['text'] = 'of the root'

    return fill


def other_types(file):
    """Types that only h5wasm reads."""
    file['compound'] = np.zeros(3, dtype=[('x', 'f4'), ('y', 'i2', (2,))])
    file['text'] = ['one', 'two']
    file['fixed'] = np.array([b'abc', b'de'])
    file['opaque'] = np.zeros(2, 'V5')
    file.create_dataset('enum', data=[1, 0], dtype=h5py.enum_dtype({'a': 0, 'b': 1}, 'i1'))
    file.create_dataset('array', (2,), dtype=np.dtype(('<i4', (2, 2))))
    file.create_dataset('reference', (1,), dtype=h5py.ref_dtype)
    file.create_dataset('empty', data=h5py.Empty('f4'))
    file.create_dataset('bool', data=[True, False])


def old_layouts(file):
    """Object headers with room behind the layout message, for layouts of version 1 and 2."""
    options = dict(track_times=True)
    file.create_dataset('contiguous', data=numbers((3, 4), 'i4'), **options)
    file.create_dataset('chunked', data=numbers((5, 4), 'i2'), chunks=(2, 3), maxshape=(None, 4), **options)


def scalars(file):
    file['scalar'] = np.float64(2.5)
    file.create_dataset('none', (0, 3), 'i4', chunks=(1, 3), maxshape=(None, 3))
    file.create_dataset('unwritten', (4, 3), '>f4', fillvalue=1.5)
    file.create_dataset('half', data=numbers((2, 2), 'f2'))


for libver, bounds in BOUNDS.items():

    def each(name, fill, **options):
        write(f'{libver}-{name}', fill, libver=bounds, **options)

    each('links', links)
    each('symbols', many(30))
    each('dense', many(60, track_order=True))
    each('huge-link', huge_link)
    each('attributes', attributes(3))
    each('attributes-dense', attributes(24))
    each('types', other_types)
    each('scalars', scalars)
    each('compact', compact)
    each('contiguous', full((6, 5), '<i4'))
    each('single', full((5, 4), '<i4', chunks=(5, 4)))
    each('single-gzip', full((5, 4), '<i4', chunks=(5, 4), compression='gzip'))
    each('implicit', implicit)
    each('fixed', full((9, 5), '>i2', chunks=(2, 3), maxshape=(10, 6)))
    each('fixed-gzip', full((9, 5), '<f4', chunks=(2, 3), compression='gzip', shuffle=True))
    each('fixed-paged', sparse((2100,), 'u1', slice(2040, 2060), chunks=(1,)))
    each('fixed-paged-gzip', sparse((1100, 1), 'u1', slice(1020, 1030), chunks=(1, 1), compression='gzip'))
    each('extensible', full((40, 3), '<i4', chunks=(1, 3), maxshape=(None, 3)))
    each('extensible-gzip', full((30, 4), '<i2', chunks=(2, 3), maxshape=(None, 4), compression='gzip'))
    each('extensible-rotated', full((3, 20), '>f8', chunks=(2, 1), maxshape=(3, None), fletcher32=True))
    each('extensible-far', sparse((6000, 2), 'u1', slice(5990, 5995), chunks=(1, 2), maxshape=(None, 2)))
    each('extensible-paged', sparse((70000,), 'u1', slice(69990, 69995), chunks=(1,), maxshape=(None,)))
    each('tree', full((12, 9), '<u2', chunks=(2, 2), maxshape=(None, None)))
    each('tree-gzip', full((12, 9), '<u2', chunks=(2, 2), maxshape=(None, None), compression='gzip'))
    each('tree-deep', full((20, 10), 'u1', chunks=(1, 1), maxshape=(None, None)))
    each('rank4', full((3, 4, 4, 3), 'u1', chunks=(1, 4, 4, 1), maxshape=(None, 4, 4, 3), compression='gzip'))
    each('lzf', full((10, 8), '<i4', chunks=(5, 8), maxshape=(None, 8), compression='lzf', shuffle=True))
    each('szip', full((16, 8), '<i4', chunks=(8, 8), compression='szip'))
    each('scaleoffset', full((16, 8), '<i4', chunks=(8, 8), scaleoffset=0))
    each('masked', masked)
    each('user-block', links, userblock_size=512)
    each('edges', raw_edges)

write('old-layouts', old_layouts, libver='earliest')
many_dimensions = dict(chunks=(1,) * 7, maxshape=(None,) * 7)
write('v110-tree-deeper', full((10, 10, 10, 1, 1, 1, 1), 'u1', **many_dimensions), libver=BOUNDS['v110'])
for size in [2, 4]:
    for name, bounds in [('earliest', 'earliest'), ('v110', ('v110', 'latest'))]:
        write(f'{name}-offsets-{size}', links, sizes=size, libver=bounds)
        tree = full((12, 9), '<u2', chunks=(2, 2), maxshape=(None, None), compression='gzip')
        write(f'{name}-offsets-{size}-tree', tree, sizes=size, libver=bounds)
        array = full((30, 3), '<u2', chunks=(1, 3), maxshape=(None, 3))
        write(f'{name}-offsets-{size}-array', array, sizes=size, libver=bounds)
        # HDF5 itself can't read what it writes into a dense group's heap with lengths of 2 bytes.
        if size > 2:
            write(f'{name}-offsets-{size}-dense', many(40), sizes=size, libver=bounds)


# Files that cost much to read for their size, once they have been tampered with.


def long_name(file):
    """Links beside one whose text is long."""
    for i in range(1500):
        file[f'link {i}'] = h5py.SoftLink('/d')
    file['long'] = h5py.SoftLink('/x' * 15000)
    file['d'] = numbers(3, 'i2')


def longer_name(file):
    """The same, in a dense group: a text that is a huge object of the heap."""
    group = file.create_group('g')
    for i in range(1500):
        group[f'link {i}'] = h5py.SoftLink('/d')
    group['long'] = h5py.SoftLink('/x' * 15000)


def managed_name(file):
    """The same, with a text that still fits into a block of the heap."""
    group = file.create_group('g')
    for i in range(1500):
        group[f'link {i}'] = h5py.SoftLink('/d')
    group['long'] = h5py.SoftLink('/x' * 2000)


def roundabout(file):
    """A soft link that goes round a loop of hard links, and comes back to itself."""
    file['a'] = file['/']
    file['s'] = h5py.SoftLink('a/' * 15000 + 's')


def large_chunks(file):
    """Many chunks, each far larger than what is stored of it; but the first, a byte of each."""
    dataset = file.create_dataset('d', (1, 1500), 'u1', chunks=(1000000, 1), maxshape=(None, 1500), compression='gzip')
    dataset[0, 0] = 1
    for i in range(1, 1500):
        dataset.id.write_direct_chunk((0, i), b'x')


def claims(stored, **options):
    """A chunk of 128 MiB of which a few bytes are stored."""

    def fill(file):
        dataset = file.create_dataset('d', (4, 128), 'u1', chunks=(2**20, 128), maxshape=(None, 128), **options)
        dataset.id.write_direct_chunk((0, 0), stored)

    return fill


LENGTH = 2**27
BLOCKS = LENGTH.to_bytes(8, 'big') + LENGTH.to_bytes(4, 'big') + (16).to_bytes(4, 'big') + bytes(16)
BLOSC = LENGTH.to_bytes(4, 'little') * 2 + (40).to_bytes(4, 'little') + (20).to_bytes(4, 'little') + bytes(20)
ZSTD = bytes.fromhex('28b52ffd 80') + bytes([0x58]) + LENGTH.to_bytes(4, 'little') + bytes.fromhex('0b 00 00 00')


write('attack-long-name', long_name, libver='earliest')
write('attack-longer-name', longer_name, libver=BOUNDS['v110'])
write('attack-managed-name', managed_name, libver=BOUNDS['v110'])
write('attack-roundabout', roundabout, libver='earliest')
write('attack-roundabout-v110', roundabout, libver=BOUNDS['v110'])
write('attack-large-chunks', large_chunks, libver=BOUNDS['v110'])
write('attack-large-chunks-tree', large_chunks, libver='earliest')
write('attack-claims-lzf', claims(bytes(20), compression='lzf'), libver=BOUNDS['v110'])
write('attack-claims-gzip', claims(bytes(20), compression='gzip'), libver=BOUNDS['v110'])

try:
    import hdf5plugin
except ImportError:
    print('without hdf5plugin: no lz4, zstd, blosc, bitshuffle')
else:
    data = dict(shape=(32, 64), dtype='<i2')
    plugins = {
        'lz4': hdf5plugin.LZ4(),
        'zstd': hdf5plugin.Zstd(),
        'bitshuffle': hdf5plugin.Bitshuffle(cname='none'),
        'bitshuffle-lz4': hdf5plugin.Bitshuffle(cname='lz4'),
        'bitshuffle-zstd': hdf5plugin.Bitshuffle(cname='zstd'),
        'zfp': hdf5plugin.Zfp(),
        **{f'blosc-{name}': hdf5plugin.Blosc(cname=name) for name in ['blosclz', 'lz4', 'zlib', 'zstd', 'snappy']},
        'blosc-bits': hdf5plugin.Blosc(cname='lz4', shuffle=hdf5plugin.Blosc.BITSHUFFLE),
    }
    for name, compression in plugins.items():
        fill = full(**data, chunks=(16, 64), compression=compression)
        if name == 'zfp':
            fill = full((32, 64), '<f4', chunks=(16, 64), compression=compression)
        try:
            write(f'plugin-{name}', fill, libver=BOUNDS['v110'])
        except (OSError, ValueError, RuntimeError) as error:
            print(f'without {name}: {error}')
    for name, stored, compression in [
        ('lz4', BLOCKS, hdf5plugin.LZ4()),
        ('zstd', ZSTD, hdf5plugin.Zstd()),
        ('bitshuffle-lz4', BLOCKS, hdf5plugin.Bitshuffle(cname='lz4')),
        ('blosc-lz4', b'\x02\x01\x20\x01' + BLOSC, hdf5plugin.Blosc(cname='lz4')),
        ('blosc-blosclz', b'\x02\x01\x00\x01' + BLOSC, hdf5plugin.Blosc(cname='blosclz')),
        ('blosc-zlib', b'\x02\x01\x60\x01' + BLOSC, hdf5plugin.Blosc(cname='zlib')),
        ('blosc-zstd', b'\x02\x01\x80\x01' + BLOSC, hdf5plugin.Blosc(cname='zstd')),
        ('blosc-shuffled', b'\x02\x01\x21\x02' + BLOSC, hdf5plugin.Blosc(cname='lz4')),
    ]:
        write(f'attack-claims-{name}', claims(stored, compression=compression), libver=BOUNDS['v110'])
