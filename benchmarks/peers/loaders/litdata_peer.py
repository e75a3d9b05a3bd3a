"""LitData: raw pixels in its chunks, StreamingDataset and StreamingDataLoader."""

import litdata
import numpy as np
import torch
from loader_peer import run
from torch_loading import as_arrays


class Images(litdata.StreamingDataset):
    def __getitem__(self, index):
        sample = super().__getitem__(index)
        return torch.from_numpy(sample["image"]).float().div_(255), sample["label"]


def open_loader(data, shape, batch, workers):
    loader = litdata.StreamingDataLoader(
        Images(data, shuffle=True),
        batch_size=batch,
        num_workers=workers,
        persistent_workers=workers > 0,
    )

    return lambda turn: as_arrays(loader)


class Sample:
    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __call__(self, index):
        return {"image": np.array(self.images[index]), "label": int(self.labels[index])}


def write(images, labels, target):
    litdata.optimize(
        fn=Sample(images, labels),
        inputs=list(range(len(labels))),
        output_dir=target,
        num_workers=1,
        chunk_bytes="64MB",
    )


if __name__ == "__main__":
    run(open_loader, ["litdata", "torch"], write)
