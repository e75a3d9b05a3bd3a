"""hidefix as a reader of chunk indexes: the same requests as `h5py_peer.py`."""

import hashlib
import importlib.metadata
import time

import hidefix
import numpy as np
from serve import serve


class Peer:
    def __init__(self, file, dataset, method, chunks, middle):
        self.path = file
        self.dataset = dataset
        self.find = method == "find"
        self.middle = middle

    def open(self):
        ds = hidefix.Index(self.path).dataset(self.dataset)
        if self.find:
            image, channel = divmod(self.middle, ds.shape()[3])
            return ds[image : image + 1, :, :, channel : channel + 1]
        return ds

    def measure(self, times):
        start = time.perf_counter()
        for _ in range(times):
            self.open()
        return {"milliseconds": (time.perf_counter() - start) * 1000}

    def digest(self):
        found = self.open()
        if self.find:
            return {"digest": hashlib.sha256(np.ascontiguousarray(found)).hexdigest()}
        images, height, width, channels = found.shape()
        elements = found[0:images, 0:height, 0:width, 0:channels].reshape(found.shape())
        # Chunk after chunk, as they are numbered.
        by_chunk = np.ascontiguousarray(elements.transpose(0, 3, 1, 2))
        return {"digest": hashlib.sha256(by_chunk).hexdigest()}


serve(Peer, {"numpy": np.__version__, "hidefix": importlib.metadata.version("hidefix")})
