"""What h5py reads: for each request, a line of JSON with a file's name, the digests of its datasets.

Requests and answers are lines, so that the process can be ended and replaced when the HDF5 library
hangs or crashes in a damaged file.
"""

import hashlib
import json
import math
import os
import sys

import h5py
import numpy as np

try:
    import hdf5plugin  # noqa: F401 - importing it makes HDF5 find the plugin filters
except ImportError:
    pass  # what needs them is counted as what h5py can't read

# Larger datasets are compared in their first and last rows of about this many bytes.
MAX_BYTES = 128 * 2**20
BLOCK_BYTES = 16 * 2**20


def main():
    for line in sys.stdin:
        answer = describe_file(json.loads(line)['file'])
        print(json.dumps(answer), flush=True)


def describe_file(name):
    try:
        file = h5py.File(name, 'r', locking=False)
    except Exception as error:
        return {'error': message_of(error), 'datasets': []}
    datasets = []
    try:
        walk(file['/'], '', datasets, {address_of(file['/'])})
    except Exception as error:
        return {'error': message_of(error), 'datasets': datasets}
    finally:
        try:
            file.close()
        except Exception:
            pass  # what was read counts
    return {'datasets': datasets}


def walk(group, path, datasets, seen):
    """Depth first, names in order; an object with several hard links counts once."""
    for name in sorted(group):
        here = f'{path}/{name}'
        try:
            kind = group.get(name, getlink=True)
        except Exception as error:
            # A kind of link that h5py has no class for.
            datasets.append({'path': here, 'link': 'user-defined', 'error': message_of(error)})
            continue
        link = {h5py.SoftLink: 'soft', h5py.ExternalLink: 'external'}.get(type(kind), 'hard')
        try:
            thing = group[name]
            # What a soft link leads to may be damaged too.
            address = address_of(thing)
        except Exception as error:
            # Where a hard link leads to something unreadable, it may be a dataset.
            datasets.append({'path': here, 'link': link, 'error': message_of(error)})
            continue
        if link == 'hard':
            if address in seen:
                continue
            seen.add(address)
            if isinstance(thing, h5py.Group):
                try:
                    walk(thing, here, datasets, seen)
                except Exception as error:
                    datasets.append({'path': here, 'link': 'hard', 'error': message_of(error)})
        if isinstance(thing, h5py.Dataset):
            datasets.append({'path': here, 'link': link, **describe_dataset(thing)})


def address_of(thing):
    info = h5py.h5o.get_info(thing.id)
    return info.fileno, info.addr


def describe_dataset(dataset):
    shape = None
    try:
        if dataset.shape is None:
            return {'shape': None, 'digest': None}
        shape = list(dataset.shape)
        dtype = dataset.dtype
        ranges = row_ranges(shape, dtype.itemsize)
        numeric = dtype.kind in 'iufb' and dtype.itemsize <= 8
        digest = hashlib.sha256()
        for start, stop, step in ranges:
            for at in range(start, stop, step):
                end = min(at + step, stop)
                values = read(dataset, dtype, () if len(shape) == 0 else np.s_[at:end])
                if numeric:
                    digest.update(canonical_bytes(np.asarray(values)))
        return {
            'shape': shape,
            'digest': digest.hexdigest() if numeric else None,
            'ranges': [[start, stop] for start, stop, _ in ranges],
        }
    except Exception as error:
        return {'shape': shape, 'error': message_of(error)}


def read(dataset, dtype, selection):
    if dtype.kind != 'b':
        return dataset[selection]
    # Bytes that were never written are rarely 0 or 1, and numpy makes 1 of the others.
    rows = dataset.shape if selection == () else (selection.stop - selection.start, *dataset.shape[1:])
    values = np.zeros(rows, dtype)
    if values.size > 0:
        dataset.read_direct(values, selection)
    return values.view('u1')


def row_ranges(shape, itemsize):
    """Start, stop and step of the rows to compare; a scalar has one row."""
    rows = shape[0] if shape else 1
    row_bytes = max(1, itemsize * math.prod(shape[1:]))
    step = max(1, BLOCK_BYTES // row_bytes)
    if rows * row_bytes <= MAX_BYTES or rows <= 2 * step:
        # All of it, and then some rows that start and end within chunks.
        part = (rows // 3, rows - rows // 4, step)
        return [(0, rows, step), part] if rows >= 3 else [(0, rows, step)]
    return [(0, step, step), (rows - step, rows, step)]


def canonical_bytes(values):
    """Little-endian; 16-bit floats as 32-bit ones; of those, one NaN."""
    values = values.astype(values.dtype.newbyteorder('<'))
    if values.dtype == np.dtype('<f2'):
        values = values.astype('<f4')
        values[np.isnan(values)] = np.float32('nan')
    return np.ascontiguousarray(values).tobytes()


def message_of(error):
    return f'{type(error).__name__}: {error}'[:300]


main()
