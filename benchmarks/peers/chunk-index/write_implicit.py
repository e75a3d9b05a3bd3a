"""Writes a dataset with an implicit chunk index, which h5wasm can't; see `serve.py`.

    {"op": "open", "file": PATH, "dataset": NAME, "shape": [images, 4, 4, channels]}
"""

import h5py
import numpy as np
from serve import serve


def write(file, dataset, shape):
    i = np.arange(np.prod(shape), dtype=np.uint32)
    elements = ((i ^ (i >> 8) ^ (i >> 16)) & 0xFF).astype(np.uint8).reshape(shape)
    with h5py.File(file, "w", libver=("v110", "v110")) as f:
        created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        created.set_chunk((1, 4, 4, 1))
        # All chunks side by side, allocated at once: no index is needed.
        created.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple(tuple(shape))
        ds = h5py.h5d.create(f.id, dataset.encode(), h5py.h5t.NATIVE_UINT8, space, created)
        h5py.Dataset(ds)[...] = elements


serve(write, {})
