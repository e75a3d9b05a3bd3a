"""WebDataset: .npy and label files in tar shards, shuffled by shards and in a buffer of 1,000."""

import glob
import os

import numpy as np
import torch
import webdataset as wds
from loader_peer import run
from torch_loading import as_arrays

SHARDS = 8
SHUFFLE_BUFFER = 1000


def to_tensor(pixels):
    return torch.from_numpy(pixels.astype(np.float32)).div_(255)


def open_loader(data, shape, batch, workers):
    shards = sorted(glob.glob(f"{data}/*.tar"))
    dataset = (
        wds.WebDataset(shards, shardshuffle=SHARDS)
        .shuffle(SHUFFLE_BUFFER)
        .decode()
        .to_tuple("npy", "cls")
        .map_tuple(to_tensor, int)
        .batched(batch)
    )
    loader = wds.WebLoader(
        dataset, batch_size=None, num_workers=workers, persistent_workers=workers > 0
    )

    return lambda turn: as_arrays(loader)


def write(images, labels, target):
    os.makedirs(target)
    per_shard = -(-len(labels) // SHARDS)
    for shard in range(SHARDS):
        with wds.TarWriter(f"{target}/{shard:03}.tar") as out:
            for i in range(shard * per_shard, min(len(labels), (shard + 1) * per_shard)):
                out.write(
                    {"__key__": f"{i:07}", "npy": np.array(images[i]), "cls": int(labels[i])}
                )


if __name__ == "__main__":
    run(open_loader, ["webdataset", "torch"], write)
