"""h5py as a peer of shuffled batches; see `serve.py`.

    {"op": "open", "file": PATH, "method": "images" | "planes" | "chunks", "batch": 32}
    {"op": "measure", "order": [image numbers]}  ->  {"milliseconds": ...}
    {"op": "digest", "order": [image numbers]}   ->  {"digest": ...}

Batches are float32 NHWC in 0..1 with int32 labels, made in one reused array. Only the delivery
of batches to a consumer that touches them is timed.
"""

import hashlib
import time

import h5py
import numpy as np
from serve import serve

SCALE = np.float32(1 / 255)
PAGE_FLOATS = 1024


def read_images(ds):
    """The usual way: ds[i]."""

    def read(image, target):
        np.multiply(ds[image], SCALE, out=target)

    return read


def read_planes(ds):
    """A slice per plane: each is one whole chunk."""

    def read(image, target):
        for channel in range(ds.shape[3]):
            np.multiply(ds[image, :, :, channel], SCALE, out=target[:, :, channel])

    return read


def read_chunks(ds):
    """The stored bytes of each chunk, past HDF5's selections and conversions."""
    height, width, channels = ds.shape[1:]
    stored = np.empty((channels, height * width), np.uint8)
    planes = stored.reshape(channels, height, width)
    pixels = np.empty((height, width, channels), np.uint8)

    def read(image, target):
        for channel in range(channels):
            ds.id.read_direct_chunk((image, 0, 0, channel), out=stored[channel])
            pixels[:, :, channel] = planes[channel]
        np.multiply(pixels, SCALE, out=target)

    return read


METHODS = {"images": read_images, "planes": read_planes, "chunks": read_chunks}


class Peer:
    def __init__(self, file, method, batch):
        self.file = h5py.File(file, "r")
        ds = self.file["images"]
        self.labels = self.file["labels"][:].astype(np.int32)
        self.read = METHODS[method](ds)
        self.batch = np.empty((batch, *ds.shape[1:]), np.float32)

    def deliver(self, order):
        for first in range(0, len(order), len(self.batch)):
            numbers = order[first : first + len(self.batch)]
            for i, image in enumerate(numbers):
                self.read(image, self.batch[i])
            yield self.batch[: len(numbers)], self.labels[numbers]

    def measure(self, order):
        touched = 0.0
        start = time.perf_counter()
        for images, labels in self.deliver(order):
            touched += images.reshape(-1)[::PAGE_FLOATS].sum() + labels.sum()
        milliseconds = (time.perf_counter() - start) * 1000
        assert np.isfinite(touched)
        return {"milliseconds": milliseconds}

    def digest(self, order):
        sha = hashlib.sha256()
        for images, labels in self.deliver(order):
            sha.update(images.tobytes())
            sha.update(labels.tobytes())
        return {"digest": sha.hexdigest()}


serve(
    Peer,
    {
        "numpy": np.__version__,
        "h5py": h5py.__version__,
        "HDF5 of h5py": h5py.version.hdf5_version,
    },
)
