"""FFCV with raw pixels: RGBImageField(write_mode='raw'), read and converted in its compiled pipeline.

Opened with `convert`: `normalize` is its own NormalizeImage, `multiply` an operation written for it here.
"""

from dataclasses import replace

import numpy as np
from ffcv.fields import IntField, RGBImageField
from ffcv.fields.basics import IntDecoder
from ffcv.fields.rgb_image import SimpleRGBImageDecoder
from ffcv.loader import Loader, OrderOption
from ffcv.pipeline.allocation_query import AllocationQuery
from ffcv.pipeline.compiler import Compiler
from ffcv.pipeline.operation import Operation
from ffcv.transforms import NormalizeImage, ToTensor
from ffcv.writer import DatasetWriter
from loader_peer import SCALE, run


class Multiply(Operation):
    """uint8 to float32, a multiplication each: a loop that its compiler turns into SIMD."""

    def generate_code(self):
        images_of = Compiler.get_iterator()
        scale = SCALE

        def multiply(images, result):
            for i in images_of(images.shape[0]):
                pixels, floats = images[i].reshape(-1), result[i].reshape(-1)
                for at in range(pixels.shape[0]):
                    floats[at] = pixels[at] * scale
            return result[: images.shape[0]]

        multiply.is_parallel = True
        return multiply

    def declare_state_and_memory(self, previous):
        dtype = np.dtype(np.float32)
        return replace(previous, dtype=dtype), AllocationQuery(previous.shape, dtype)


CONVERT = {
    "normalize": lambda: NormalizeImage(np.zeros(3), np.full(3, 255.0), np.float32),
    "multiply": Multiply,
}


def open_loader(data, shape, batch, workers, convert):
    loader = Loader(
        data,
        batch_size=batch,
        num_workers=workers,
        order=OrderOption.RANDOM,
        os_cache=True,
        drop_last=False,
        pipelines={
            "image": [
                SimpleRGBImageDecoder(),
                CONVERT[convert](),
                ToTensor(),
            ],
            "label": [IntDecoder(), ToTensor()],
        },
    )

    def epoch(turn):
        batches = iter(loader)
        try:
            for images, labels in batches:
                yield images.numpy(), labels.numpy().reshape(-1)
        finally:
            batches.close()
            # Its thread finds out when it next waits for room in its queue.
            batches.join()

    return epoch


class Images:
    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return np.array(self.images[index]), int(self.labels[index])


def write(images, labels, target):
    fields = {"image": RGBImageField(write_mode="raw"), "label": IntField()}
    DatasetWriter(target, fields, num_workers=1).from_indexed_dataset(Images(images, labels))


if __name__ == "__main__":
    run(open_loader, ["ffcv", "numba", "torch"], write)
