"""Writes datasets of every kind that the fast lane reads, drawn at random from a seed.

write_matrix.py DIRECTORY SEED COUNT

Prints a line of JSON for each file: its name, and how each of its datasets was made.
"""

import ctypes
import json
import math
import os
import random
import re
import sys
import zlib

import h5py
import numpy as np

# h5py has no call for "don't filter partial edge chunks" or the B-trees' ranks; the library under it has.
with open('/proc/self/maps') as maps:
    libhdf5 = ctypes.CDLL(re.search(r'\S*/libhdf5-\S*', maps.read())[0])

DATASETS_PER_FILE = 50
UNLIMITED = h5py.h5s.UNLIMITED
DONT_FILTER_PARTIAL_CHUNKS = 2
LIBVERS = ['earliest', 'v108', 'v110', 'v112', 'v114', 'v200']
TYPES = ['u1', 'i1', '<u2', '>i2', '<i4', '>u4', '<u8', '>i8', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8', '?', 'enum']
# lzf leaves out what it can't shorten, which a chunk's mask tells. The library under h5py keeps the old
# mask of a chunk that is written again in the same length, so that nothing but lzf may make it short.
FILTERS = [
    [], [], [],
    ['deflate'], ['deflate'], ['shuffle'], ['fletcher32'], ['lzf'],
    ['shuffle', 'deflate'], ['shuffle', 'lzf'], ['shuffle', 'deflate', 'fletcher32'],
    ['fletcher32', 'shuffle', 'deflate'], ['deflate', 'fletcher32'], ['deflate', 'shuffle'],
]


def main():
    directory, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for first in range(0, count, DATASETS_PER_FILE):
        rng = random.Random(f'{seed}/{first}')
        name = os.path.join(directory, f'matrix-{seed}-{first:06}.h5')
        made = write_file(rng, name, min(DATASETS_PER_FILE, count - first))
        print(json.dumps({'file': name, 'made': made}), flush=True)


def write_file(rng, name, count):
    libver = rng.choice(LIBVERS)
    made = {}
    with create_file(rng, name, libver) as file:
        for i in range(count):
            path = f'/{rng.choice("abcde")}/{i}'
            made[path] = f'{libver} {write_dataset(rng, file, path, libver)}'
            if rng.random() < 0.05:
                file[f'/soft/{i}'] = h5py.SoftLink(path)
    return made


def create_file(rng, name, libver):
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    user_block = rng.choice([0, 0, 0, 512, 4096])
    creation.set_userblock(user_block)
    if rng.random() < 0.2:
        # Of an "unlimited" of 4 bytes the library under h5py makes a number, and then misses it.
        creation.set_sizes(*rng.choice([(4, 4), (4, 8), (8, 4)] if libver < 'v110' else [(4, 8)]))
    if rng.random() < 0.3:
        call('H5Pset_istore_k', creation, ctypes.c_uint(rng.choice([2, 3, 100])))
        call('H5Pset_sym_k', creation, ctypes.c_uint(rng.choice([1, 8])), ctypes.c_uint(rng.choice([1, 9])))
    if user_block == 0 and libver >= 'v110' and rng.random() < 0.2:
        creation.set_file_space_strategy(h5py.h5f.FSPACE_STRATEGY_PAGE, False, 1)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    bound = libver_bound(libver)
    access.set_libver_bounds(bound, h5py.h5f.LIBVER_LATEST if libver < 'v110' else bound)
    return h5py.File(h5py.h5f.create(name.encode(), h5py.h5f.ACC_TRUNC, creation, access))


def libver_bound(libver):
    return getattr(h5py.h5f, 'LIBVER_V18' if libver == 'v108' else f'LIBVER_{libver.upper()}')


def call(function, plist, *args):
    if getattr(libhdf5, function)(ctypes.c_int64(plist.id), *args) < 0:
        raise OSError(function)


def write_dataset(rng, file, path, libver):
    """Makes one dataset and returns how."""
    dtype = file_type(rng.choice(TYPES))
    rank = rng.choice([0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 8, 32])
    shape = [rng.choice([0, 1, 2, 3, 5, 7, 10, 13]) if rng.random() < 0.3 else rng.randint(1, 12) for _ in range(rank)]
    shape = small(rng, shape)
    is_sparse_and_long = rank > 0 and rng.random() < 0.02
    if is_sparse_and_long:
        shape = [1] * rank
        shape[rng.randrange(rank)] = 2
        # More than 131,060 chunks are what it takes until an extensible array has pages.
        shape[rng.randrange(rank)] = rng.randint(2000, 60000) if rng.random() < 0.8 else 200000
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    storage = 'chunked' if rank > 0 and rng.random() < 0.85 else rng.choice(['contiguous', 'compact'])
    filters, max_shape, chunk, opts = [], shape, None, []
    if storage == 'chunked':
        max_shape = draw_max_shape(rng, shape)
        if math.prod(m for m in max_shape if m != UNLIMITED) >= 2**31:
            max_shape = [max(1, n) for n in shape]  # HDF5 numbers chunks with 32 bits
        chunk = [draw_chunk_side(rng, n, m) for n, m in zip(shape, max_shape)]
        while math.prod(chunk) > (300_000 if rank < 4 else 1000):
            chunk[rng.randrange(rank)] = 1
        plist.set_chunk(tuple(chunk))
        filters = rng.choice(FILTERS)
        for name in filters:
            set_filter(rng, plist, name)
        if filters and libver >= 'v110' and rng.random() < 0.3:
            call('H5Pset_chunk_opts', plist, ctypes.c_uint(DONT_FILTER_PARTIAL_CHUNKS))
            opts.append('unfiltered edges')
    elif storage == 'compact':
        plist.set_layout(h5py.h5d.COMPACT)
        if math.prod(shape) * np.dtype(numpy_type(dtype)).itemsize > 60000:
            plist.set_layout(h5py.h5d.CONTIGUOUS)
    early = storage != 'compact' and not is_sparse_and_long and rng.random() < 0.25
    if early:
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        opts.append('early')
    elif storage == 'contiguous' and rng.random() < 0.3:
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    # Where neither is told, what isn't written reads as whatever was in memory.
    is_written_whole = rng.random() < 0.1 and not is_sparse_and_long
    if is_written_whole:
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        opts.append('never filled')
    elif rng.random() < 0.5:
        plist.set_fill_value(np.array(1).astype(numpy_type(dtype)))
        plist.set_fill_time(rng.choice([h5py.h5d.FILL_TIME_ALLOC, h5py.h5d.FILL_TIME_IFSET]))
        opts.append('fill value')
    space = h5py.h5s.create_simple(tuple(shape), tuple(max_shape)) if rank > 0 else h5py.h5s.create(h5py.h5s.SCALAR)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    h5py.h5d.create(file.id, path.encode(), dtype, space, plist, lcpl=links)
    dataset = file[path]

    made = (f'{numpy_type(dtype)} {tuple(shape)} max {tuple(max_shape)} {storage} {chunk or ""} '
            f'{"+".join(filters)} {", ".join(opts)}')
    done = []
    if rng.random() < 0.15:
        count = rng.choice([1, 5, 12, 40])
        for i in range(count):  # until the object header is continued elsewhere
            dataset.attrs[f'note {i}'] = 'x' * rng.randint(1, 300)
        done.append(f'{count} attributes')
    try:
        if is_written_whole:
            dataset[...] = values_of(rng, dataset.shape, dtype)
            done.append('whole')
        else:
            for _ in range(rng.choice([0, 1, 1, 2, 3])):
                done.append(write_some(rng, dataset, dtype, is_sparse_and_long))
        can_resize = storage == 'chunked' and not is_written_whole and not is_sparse_and_long
        can_resize &= libver < 'v110' or tuple(max_shape) != tuple(shape)
        # Resizing one without an index fails in the library under h5py.
        if 'unfiltered edges' in opts and (early or not any(d.startswith(('all', '[')) for d in done)):
            can_resize = False
        if can_resize and rng.random() < 0.4:
            for _ in range(rng.randint(1, 3)):
                new = small(rng, [rng.randint(0, min(14, 14 if m == UNLIMITED else m)) for m in max_shape])
                dataset.resize(new)
                done.append(f'resized to {new}')
                if rng.random() < 0.5:
                    done.append(write_some(rng, dataset, dtype, False))
        if set(filters) <= {'shuffle', 'deflate'} and filters and 'unfiltered edges' not in opts and rng.random() < 0.3:
            done.append(write_direct(rng, dataset, filters, chunk, numpy_type(dtype)))
    except (OSError, RuntimeError) as error:
        done.append(f'then h5py failed: {error}')
    return f'{made}: {"; ".join(done)}'


def small(rng, shape):
    """Fewer elements, where there are too many; empty dimensions don't make the others smaller."""
    shape = list(shape)
    while math.prod(max(1, n) for n in shape) > 6000:
        at = rng.randrange(len(shape))
        shape[at] = max(min(1, shape[at]), shape[at] // 2)
    return shape


def file_type(name):
    if name == '?':
        return h5py.h5t.py_create(np.dtype(bool), logical=True)
    if name == 'enum':
        return h5py.h5t.py_create(h5py.enum_dtype({'RED': 0, 'GREEN': 1, 'BLUE': 40}, basetype='>i2'), logical=True)
    return h5py.h5t.py_create(np.dtype(name))


def numpy_type(file_type):
    return file_type.dtype


def draw_max_shape(rng, shape):
    kind = rng.choice(['same', 'larger', 'one', 'one', 'one', 'some', 'all'])
    max_shape = [n + (rng.choice([0, 0, 1, 5]) if kind != 'same' else 0) for n in shape]
    if kind == 'one':
        max_shape[rng.randrange(len(shape))] = UNLIMITED
    elif kind in ('some', 'all'):
        max_shape = [UNLIMITED if kind == 'all' or rng.random() < 0.5 else m for m in max_shape]
    # HDF5 has no dimension that can never hold anything.
    return [max(1, m) if m != UNLIMITED else m for m in max_shape]


def draw_chunk_side(rng, n, maximum):
    if maximum == UNLIMITED:
        return rng.choice([1, 2, 3, 4, max(1, n), n + 2])
    return min(maximum, rng.choice([1, 2, 3, 4, maximum, max(1, n)]))


def set_filter(rng, plist, name):
    if name == 'deflate':
        plist.set_deflate(rng.choice([0, 1, 6, 9]))
    elif name == 'shuffle':
        plist.set_shuffle()
    elif name == 'fletcher32':
        plist.set_fletcher32()
    else:
        plist.set_filter(h5py.h5z.FILTER_LZF, h5py.h5z.FLAG_OPTIONAL)


def values_of(rng, shape, dtype):
    numbers = np.random.default_rng(rng.getrandbits(32))
    kind = numpy_type(dtype)
    if kind.kind == 'b':
        return numbers.integers(0, 2, shape).astype(kind)
    if h5py.check_enum_dtype(kind):
        return numbers.choice(np.array([0, 1, 40]), shape).astype(kind)
    if rng.random() < 0.3:  # any bits: NaN, infinity, the smallest and the largest
        size = math.prod(shape) * kind.itemsize
        return np.frombuffer(numbers.bytes(size), kind).reshape(shape)
    return numbers.integers(0, rng.choice([2, 120]), shape).astype(kind)


def write_some(rng, dataset, dtype, is_long):
    shape = dataset.shape
    if 0 in shape:
        return 'nothing'
    if len(shape) == 0 or (rng.random() < 0.4 and not is_long):
        dataset[...] = values_of(rng, shape, dtype)
        return 'all'
    box = []
    for n in shape:
        start = rng.randrange(n)
        box.append(slice(start, min(n, start + rng.randint(1, 10))))
    box = tuple(box)
    dataset[box] = values_of(rng, tuple(s.stop - s.start for s in box), dtype)
    return str([[s.start, s.stop] for s in box])


def write_direct(rng, dataset, filters, chunk, kind):
    """Whole chunks, some of whose filters are skipped, as their masks say."""
    if 0 in dataset.shape:
        return 'nothing direct'
    masks = []
    for _ in range(3):
        at = tuple(rng.randrange((n + c - 1) // c) * c for n, c in zip(dataset.shape, chunk))
        mask = rng.randrange(1 << len(filters))
        stored = (np.arange(math.prod(chunk)) % 100).astype(kind).tobytes()
        for i, name in enumerate(filters):
            if mask >> i & 1:
                continue
            if name == 'deflate':
                stored = zlib.compress(stored)
            else:
                width = kind.itemsize
                whole = len(stored) // width * width
                stored = np.frombuffer(stored[:whole], 'u1').reshape(-1, width).T.tobytes() + stored[whole:]
        dataset.id.write_direct_chunk(at, stored, filter_mask=mask)
        masks.append(f'{at} mask {mask}')
    return f'direct {masks}'


main()
