"""h5py as a reader of rows; see `serve.py`.

    {"op": "open", "file": PATH, "dataset": PATH, "method": "slice" | "read_direct", "rows": 16}
    {"op": "measure", "firsts": [row numbers]}  ->  {"milliseconds": ...}
    {"op": "digest", "firsts": [row numbers]}   ->  {"digest": ...}

Each read is of so many rows, from a given one on.
"""

import hashlib
import time

import h5py
import numpy as np
from serve import serve


class Peer:
    def __init__(self, file, dataset, method, rows):
        self.file = h5py.File(file, "r")
        ds = self.file[dataset]
        self.rows = rows
        if method == "slice":
            self.read = lambda first, end: ds[first:end]
            return
        out = np.empty((rows, ds.shape[1]), ds.dtype)

        def read_direct(first, end):
            ds.read_direct(out, np.s_[first:end])
            return out

        self.read = read_direct

    def measure(self, firsts):
        touched = 0.0
        start = time.perf_counter()
        for first in firsts:
            rows = self.read(first, first + self.rows)
            touched += float(rows[0, 0]) + float(rows[-1, -1])
        milliseconds = (time.perf_counter() - start) * 1000
        assert np.isfinite(touched)
        return {"milliseconds": milliseconds}

    def digest(self, firsts):
        sha = hashlib.sha256()
        for first in firsts:
            sha.update(self.read(first, first + self.rows))
        return {"digest": sha.hexdigest()}


serve(
    Peer,
    {
        "numpy": np.__version__,
        "h5py": h5py.__version__,
        "HDF5 of h5py": h5py.version.hdf5_version,
    },
)
