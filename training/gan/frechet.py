"""Distances between sets of pictures by the features of the small classifier."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.run import CHECKPOINTS
from zoo.nets.dcgan import SmallConvNet

FEATURES = "fashion-features"
BATCH = 500


def feature_network(checkpoint: Path = CHECKPOINTS / f"{FEATURES}.pt") -> SmallConvNet:
    """The classifier from the checkpoint of its recipe."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["network"]
    channels = state["features.0.weight"].shape[0]
    network = SmallConvNet(num_classes=len(state["head.bias"]), channels=channels)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


@torch.inference_mode()
def features_of(network: SmallConvNet, pixels: Tensor) -> NDArray[np.float64]:
    """(N, F) for (N, 1, 28, 28) in [-1, 1]."""
    return torch.cat([network.features(batch) for batch in pixels.split(BATCH)]).double().numpy()
