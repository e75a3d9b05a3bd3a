"""numpy alone: images of a memory-mapped .npy, gathered and converted in one pass into one reused batch."""

import numpy as np
from loader_peer import SCALE, run


def open_loader(data, shape, batch, workers):
    images = np.load(f"{data}/images.npy", mmap_mode="r")
    labels = np.load(f"{data}/labels.npy")
    target = np.empty((batch, *shape[1:]), np.float32)

    def epoch(turn):
        order = np.random.default_rng(turn).permutation(len(images))
        for first in range(0, len(order), batch):
            numbers = order[first : first + batch]
            for i, image in enumerate(numbers):
                np.multiply(images[image], SCALE, out=target[i])
            yield target[: len(numbers)], labels[numbers]

    return epoch


if __name__ == "__main__":
    run(open_loader, [])
