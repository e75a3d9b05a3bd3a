"""PyTorch's DataLoader, set up the same for all data that it reads."""

import numpy as np
import torch
from torch.utils.data import DataLoader

# What reads in the caller's thread reads in one thread. By default PyTorch splits the conversion of an
# image among all cores, whose threads spin for one another: fifty times as slow where a core is busy.
torch.set_num_threads(1)


def epochs(dataset, batch, workers, shuffle=None):
    """Shuffled epochs. Workers stay from epoch to epoch; samples are collated as they are by default.

    shuffle: `None` for data that shuffles itself
    """
    loader = DataLoader(
        dataset,
        batch_size=batch,
        shuffle=shuffle,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return lambda turn: as_arrays(loader)


def as_arrays(loader):
    for images, labels in loader:
        yield np.asarray(images), np.asarray(labels)
