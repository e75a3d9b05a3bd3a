"""SPDL: batches gathered from a memory-mapped .npy and converted in the threads of its pipeline."""

import atexit
import itertools

import numpy as np
from loader_peer import SCALE, epochs_of, run
from spdl.pipeline import PipelineBuilder


def open_loader(data, shape, batch, workers):
    images = np.load(f"{data}/images.npy", mmap_mode="r")
    labels = np.load(f"{data}/labels.npy")

    def load(numbers):
        target = np.empty((len(numbers), *shape[1:]), np.float32)
        for i, image in enumerate(numbers):
            np.multiply(images[image], SCALE, out=target[i])
        return target, labels[numbers]

    def numbers():
        for seed in itertools.count():
            order = np.random.default_rng(seed).permutation(len(labels))
            for first in range(0, len(order), batch):
                yield order[first : first + batch]

    pipeline = (
        PipelineBuilder()
        .add_source(numbers())
        .pipe(load, concurrency=workers)
        .add_sink(buffer_size=3)
        .build(num_threads=workers)
    )
    pipeline.start()
    atexit.register(pipeline.stop)
    return epochs_of(iter(pipeline), len(labels))


if __name__ == "__main__":
    run(open_loader, ["spdl"])
