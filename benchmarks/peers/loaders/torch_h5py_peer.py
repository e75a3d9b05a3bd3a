"""PyTorch's DataLoader over h5py: one image a time, with `ds[i]`."""

import h5py
import torch
from loader_peer import run
from torch_loading import epochs


class Images(torch.utils.data.Dataset):
    """Opens the file in the process that reads: handles don't survive a fork."""

    def __init__(self, path):
        self.path = path
        self.images = None
        with h5py.File(path, "r") as file:
            self.labels = torch.from_numpy(file["labels"][:]).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        if self.images is None:
            self.images = h5py.File(self.path, "r")["images"]
        return torch.from_numpy(self.images[index]).float().div_(255), self.labels[index]


def open_loader(data, shape, batch, workers):
    return epochs(Images(data), batch, workers, shuffle=True)


if __name__ == "__main__":
    run(open_loader, ["torch", "h5py"])
