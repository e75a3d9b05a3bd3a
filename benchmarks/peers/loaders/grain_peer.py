"""Grain: raw pixels in an ArrayRecord file, shuffled exactly, read by Grain's threads or by worker processes."""

import grain
import numpy as np
from array_record.python.array_record_module import ArrayRecordWriter
from loader_peer import SCALE, epochs_of, run

LABEL_BYTES = 8


class Parse(grain.transforms.Map):
    def __init__(self, shape):
        self.shape = shape

    def map(self, record):
        label = np.frombuffer(record, np.int64, 1)[0]
        pixels = np.frombuffer(record, np.uint8, offset=LABEL_BYTES).reshape(self.shape)
        return pixels * SCALE, label


def open_loader(data, shape, batch, workers):
    source = grain.sources.ArrayRecordDataSource(data)

    dataset = grain.MapDataset.source(source).shuffle(seed=1).map(Parse(shape[1:]))
    # Epoch after epoch without an end: worker processes stay.
    batches = dataset.repeat().to_iter_dataset().batch(batch)
    if workers > 0:
        options = grain.multiprocessing.MultiprocessingOptions(num_workers=workers)
        batches = batches.mp_prefetch(options)
    return epochs_of(iter(batches), shape[0])


def write(images, labels, target):
    # One record a group: documented for random access.
    writer = ArrayRecordWriter(target, "group_size:1,uncompressed")
    for image, label in zip(images, labels):
        writer.write(np.int64(label).tobytes() + image.tobytes())
    writer.close()


if __name__ == "__main__":
    run(open_loader, ["grain", "array_record"], write)
