"""h5py as a reader of chunk indexes; see `serve.py`.

    {"op": "open", "file": PATH, "dataset": NAME, "method": "scan" | "find", "chunks": 100000, "middle": 50000}
    {"op": "measure", "times": 3}  ->  {"milliseconds": ...}
    {"op": "digest"}               ->  {"digest": ...}

The file is opened and closed each time. `scan` lists all chunks, `find` finds the one numbered
`middle`, in row-major order.
"""

import hashlib
import time
import zlib

import h5py
from serve import serve

CHUNK_BYTES = 16


class Peer:
    def __init__(self, file, dataset, method, chunks, middle):
        self.path = file
        self.dataset = dataset
        self.act = getattr(self, method)
        self.chunks = chunks
        self.middle = middle

    def scan(self, ds):
        infos = []
        ds.id.chunk_iter(infos.append)
        assert len(infos) == self.chunks
        return infos

    def find(self, ds):
        image, channel = divmod(self.middle, ds.shape[3])
        return [ds.id.get_chunk_info_by_coord((image, 0, 0, channel))]

    def measure(self, times):
        start = time.perf_counter()
        for _ in range(times):
            with h5py.File(self.path, "r") as f:
                self.act(f[self.dataset])
        return {"milliseconds": (time.perf_counter() - start) * 1000}

    def digest(self):
        with h5py.File(self.path, "r") as f:
            infos = sorted(self.act(f[self.dataset]), key=lambda info: info.chunk_offset)
        with open(self.path, "rb") as f:
            stored = f.read()
        sha = hashlib.sha256()
        for info in infos:
            chunk = stored[info.byte_offset : info.byte_offset + info.size]
            sha.update(chunk if len(chunk) == CHUNK_BYTES else zlib.decompress(chunk))
        return {"digest": sha.hexdigest()}


serve(Peer, {"h5py": h5py.__version__, "HDF5 of h5py": h5py.version.hdf5_version})
