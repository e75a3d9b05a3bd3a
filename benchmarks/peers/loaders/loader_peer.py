"""What the loaders in Python have in common; see `serve.py`.

    python X_peer.py write ARRAYS TARGET
        writes what X reads to TARGET, a file or folder, from the folder ARRAYS with images.npy (uint8
        NHWC) and labels.npy (int64)

    python X_peer.py
    {"op": "open", "data": PATH, "shape": [n, h, w, c], "batch": 32, "workers": 0}
    {"op": "measure", "turn": 1, "images": 4096}  ->  {"milliseconds": ...}
    {"op": "sample", "turn": 0, "batches": 2}     ->  {"images": [{"digest": SHA-256, "label": 3}, ...]}

A loader is a function `open_loader(data, shape, batch, workers)` (and what else `open` was given); it returns a function that, called with
the number of a turn, begins a shuffled epoch: an iterator of float32 NHWC images in 0..1 with labels.
"""

import hashlib
import importlib.metadata
import sys
import time

import numpy as np
from serve import serve

SCALE = np.float32(1 / 255)
PAGE_FLOATS = 1024
# Batches that are taken before any time is: wakes threads, brings code that lay idle back to memory.
UNTIMED_BATCHES = 2


def run(open_loader, packages, write=None):
    """Writes data or serves, as the command line says.

    packages: distributions whose versions are told
    write: `write(images, labels, target)`, for a format of its own
    """
    if sys.argv[1:2] == ["write"]:
        arrays, target = sys.argv[2:]
        images = np.load(f"{arrays}/images.npy", mmap_mode="r")
        write(images, np.load(f"{arrays}/labels.npy"), target)
    else:
        versions = {name: importlib.metadata.version(name) for name in ["numpy", *packages]}
        serve(lambda **request: Peer(open_loader, **request), versions)


def epochs_of(stream, images):
    """Epochs of an endless stream of batches: for loaders that would start threads or processes for each."""

    def epoch(turn):
        taken = 0
        while taken < images:
            pixels, labels = next(stream)
            # Batches may go across the ends of epochs.
            pixels, labels = pixels[: images - taken], labels[: images - taken]
            taken += len(labels)
            yield pixels, labels

    return epoch


class Peer:
    def __init__(self, open_loader, shape, **request):
        self.shape = shape
        self.epoch = open_loader(shape=shape, **request)

    def measure(self, turn, images):
        self.take_some(turn)
        touched = 0.0
        start = time.perf_counter()
        for _ in range(images // self.shape[0]):
            taken = 0
            for pixels, labels in self.epoch(turn):
                touched += pixels.reshape(-1)[::PAGE_FLOATS].sum() + labels.sum()
                taken += len(labels)
            assert taken == self.shape[0], f"expected {self.shape[0]} images an epoch, got {taken}"
        milliseconds = (time.perf_counter() - start) * 1000
        assert np.isfinite(touched)
        return {"milliseconds": milliseconds}

    def sample(self, turn, batches):
        images = []
        for pixels, labels in self.take(turn, batches):
            assert pixels.dtype == np.float32, f"expected float32, got {pixels.dtype}"
            assert pixels.shape == (len(labels), *self.shape[1:]), f"got the shape {pixels.shape}"
            scaled = pixels * np.float32(255)
            stored = np.rint(scaled).astype(np.uint8)
            assert np.abs(scaled - stored).max() < 1e-3, "expected stored pixels / 255"
            for image, label in zip(stored, labels):
                digest = hashlib.sha256(image.tobytes()).hexdigest()
                images.append({"digest": digest, "label": int(label)})
        return {"images": images}

    def take_some(self, turn):
        for _ in self.take(turn, UNTIMED_BATCHES):
            pass

    def take(self, turn, batches):
        """The first batches of an epoch that is ended then."""
        epoch = iter(self.epoch(turn))
        for _, batch in zip(range(batches), epoch):
            yield batch
        if hasattr(epoch, "close"):
            epoch.close()
