"""PyTorch's DataLoader over a memory-mapped .npy."""

import numpy as np
import torch
from loader_peer import run
from torch_loading import epochs


class Images(torch.utils.data.Dataset):
    def __init__(self, path):
        self.images = np.load(f"{path}/images.npy", mmap_mode="r")
        self.labels = torch.from_numpy(np.load(f"{path}/labels.npy"))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        # PyTorch warns of arrays that can't be written; a copy of an image costs less than the conversion.
        return torch.from_numpy(self.images[index].astype(np.float32)).div_(255), self.labels[index]


def open_loader(data, shape, batch, workers):
    return epochs(Images(data), batch, workers, shuffle=True)


if __name__ == "__main__":
    run(open_loader, ["torch"])
