"""PyTorch's DataLoader, set up the same for all data that it reads."""

from torch.utils.data import DataLoader


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
        yield images.numpy(), labels.numpy()
