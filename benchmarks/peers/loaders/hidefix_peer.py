"""hidefix, one image a time, from whole-image chunks: planar ones are 40 times as slow in it."""

import h5py
import hidefix
import numpy as np
from loader_peer import SCALE, run


def open_loader(data, shape, batch, workers):
    _, height, width, channels = shape
    images = hidefix.Index(data).dataset("images")
    with h5py.File(data, "r") as file:
        labels = file["labels"][:]
    target = np.empty((batch, *shape[1:]), np.float32)

    def epoch(turn):
        order = np.random.default_rng(turn).permutation(len(labels))
        for first in range(0, len(order), batch):
            numbers = order[first : first + batch]
            for i, image in enumerate(numbers.tolist()):
                pixels = images[image : image + 1, 0:height, 0:width, 0:channels]
                np.multiply(pixels.reshape(shape[1:]), SCALE, out=target[i])
            yield target[: len(numbers)], labels[numbers]

    return epoch


def write(images, labels, target):
    with h5py.File(target, "w") as file:
        stored = file.create_dataset(
            "images", images.shape, np.uint8, chunks=(1, *images.shape[1:])
        )
        for i, image in enumerate(images):
            stored[i] = image
        file["labels"] = labels


if __name__ == "__main__":
    run(open_loader, ["h5py", "hidefix"], write)
