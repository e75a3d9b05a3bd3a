"""zarr-python, one image a time, from chunks of one plane each, as in planefeed's file."""

import numpy as np
import zarr
from loader_peer import SCALE, run


def open_loader(data, shape, batch, workers):
    group = zarr.open_group(data, mode="r")
    images, labels = group["images"], group["labels"][:]
    target = np.empty((batch, *shape[1:]), np.float32)

    def epoch(turn):
        order = np.random.default_rng(turn).permutation(len(labels))
        for first in range(0, len(order), batch):
            numbers = order[first : first + batch]
            for i, image in enumerate(numbers.tolist()):
                np.multiply(images[image], SCALE, out=target[i])
            yield target[: len(numbers)], labels[numbers]

    return epoch


def write(images, labels, target):
    _, height, width, _ = images.shape
    group = zarr.create_group(target)
    stored = group.create_array(
        "images",
        shape=images.shape,
        dtype=np.uint8,
        chunks=(1, height, width, 1),
        compressors=None,
        fill_value=0,
    )
    for first in range(0, len(images), 64):
        stored[first : first + 64] = images[first : first + 64]
    group.create_array("labels", data=labels)


if __name__ == "__main__":
    run(open_loader, ["zarr"], write)
