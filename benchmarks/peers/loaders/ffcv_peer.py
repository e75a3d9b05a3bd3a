"""FFCV with raw pixels: RGBImageField(write_mode='raw'), read and normalised in its compiled pipeline."""

import numpy as np
import torch
from ffcv.fields import IntField, RGBImageField
from ffcv.fields.basics import IntDecoder
from ffcv.fields.rgb_image import SimpleRGBImageDecoder
from ffcv.loader import Loader, OrderOption
from ffcv.transforms import NormalizeImage, ToTensor
from ffcv.writer import DatasetWriter
from loader_peer import run


def open_loader(data, shape, batch, workers):
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
                NormalizeImage(np.zeros(3), np.full(3, 255.0), np.float32),
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
    torch.set_num_threads(1)
    run(open_loader, ["ffcv", "numba", "torch"], write)
