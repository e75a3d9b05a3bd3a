"""h5py as a reader of chunk indexes; see `serve.py`.

    {"op": "open", "file": PATH, "dataset": NAME, "method": "scan" | "find", "chunks": 100000, "middle": 50000}
    {"op": "measure", "times": 3}  ->  {"milliseconds": ...}
    {"op": "digest"}               ->  {"digest": ...}

The file is opened and closed each time. `scan` lists all chunks, `find` reads what is stored
of the one numbered `middle`, in row-major order.
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
        # get_chunk_info_by_coord would go through all chunks before this one.
        return ds.id.read_direct_chunk((image, 0, 0, channel))[1]

    def measure(self, times):
        start = time.perf_counter()
        for _ in range(times):
            with h5py.File(self.path, "r") as f:
                self.act(f[self.dataset])
        return {"milliseconds": (time.perf_counter() - start) * 1000}

    def digest(self):
        with h5py.File(self.path, "r") as f:
            found = self.act(f[self.dataset])
        if self.act == self.find:
            return {"digest": digest_of([found])}
        with open(self.path, "rb") as f:
            stored = f.read()
        infos = sorted(found, key=lambda info: info.chunk_offset)
        chunks = (stored[info.byte_offset : info.byte_offset + info.size] for info in infos)
        return {"digest": digest_of(chunks)}


def digest_of(chunks):
    """Of what the chunks hold, one after the other, given what is stored of them."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(chunk if len(chunk) == CHUNK_BYTES else zlib.decompress(chunk))
    return sha.hexdigest()


serve(Peer, {"h5py": h5py.__version__, "HDF5 of h5py": h5py.version.hdf5_version})
