"""h5py as a writer of planes; see `serve.py`.

    {"op": "open", "file": PATH, "pixels": PATH, "shape": [256, 224, 224, 3],
     "placement": "image" | "channel", "method": "slices" | "chunks"}
    {"op": "measure", "batches": 4}  ->  {"milliseconds": ...}

Each measurement makes the file anew, and appends the same images again and again.
"""

import time

import h5py
import numpy as np
from serve import serve


class Peer:
    def __init__(self, file, pixels, shape, placement, method):
        self.file = file
        self.images = np.fromfile(pixels, np.uint8).reshape(shape)
        self.placement = placement
        self.write = self.slices if method == "slices" else self.chunks

    def slices(self, ds, first):
        images = self.images
        n, _, _, channels = images.shape
        if self.placement == "channel":
            for c in range(channels):
                ds[first : first + n, :, :, c] = images[:, :, :, c]
            return
        for i in range(n):
            for c in range(channels):
                ds[first + i, :, :, c] = images[i, :, :, c]

    def chunks(self, ds, first):
        images = self.images
        n, _, _, channels = images.shape
        order = (
            ((i, c) for i in range(n) for c in range(channels))
            if self.placement == "image"
            else ((i, c) for c in range(channels) for i in range(n))
        )
        for i, c in order:
            plane = np.ascontiguousarray(images[i, :, :, c])
            ds.id.write_direct_chunk((first + i, 0, 0, c), plane)

    def measure(self, batches):
        n, h, w, c = self.images.shape
        start = time.perf_counter()
        with h5py.File(self.file, "w", libver=("v110", "v110")) as file:
            ds = file.create_dataset(
                "images", (0, h, w, c), "u1", maxshape=(None, h, w, c), chunks=(1, h, w, 1)
            )
            for batch in range(batches):
                ds.resize((batch + 1) * n, 0)
                self.write(ds, batch * n)
                file.flush()
        return {"milliseconds": (time.perf_counter() - start) * 1000}


serve(
    Peer,
    {
        "numpy": np.__version__,
        "h5py": h5py.__version__,
        "HDF5 of h5py": h5py.version.hdf5_version,
    },
)
