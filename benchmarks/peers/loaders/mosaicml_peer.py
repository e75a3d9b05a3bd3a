"""MosaicML streaming: raw pixels as ndarrays in MDS shards, StreamingDataset in PyTorch's DataLoader."""

import numpy as np
import streaming
import torch
from loader_peer import run
from torch_loading import epochs


class Images(streaming.StreamingDataset):
    def __getitem__(self, index):
        sample = super().__getitem__(index)
        return torch.from_numpy(sample["image"].astype(np.float32)).div_(255), sample["label"]


def open_loader(data, shape, batch, workers):
    # What other runs left in shared memory keeps new ones from starting.
    streaming.base.util.clean_stale_shared_memory()
    return epochs(Images(local=data, shuffle=True, batch_size=batch), batch, workers)


def write(images, labels, target):
    shape = ",".join(map(str, images.shape[1:]))
    columns = {"image": f"ndarray:uint8:{shape}", "label": "int"}
    with streaming.MDSWriter(out=target, columns=columns) as out:
        for image, label in zip(images, labels):
            out.write({"image": np.array(image), "label": int(label)})


if __name__ == "__main__":
    run(open_loader, ["mosaicml-streaming", "torch"], write)
