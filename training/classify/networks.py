"""The given network, and trained networks as teachers."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from training.classify.batches import Teacher
from training.pictures import SIDE, imagenet_classes
from training.run import CHECKPOINTS, load_weights
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18

MEAN, STD = 0.45, 0.25  # of Tiny ImageNet's pixels in [0, 1], rounded: ResNet-18's normalization
UPSCALE = 2.5  # of small pictures before ResNet-18's first layer


def given_network(data: Path) -> MobileNetV2:
    """MobileNetV2 with the given ImageNet weights, in ``eval()`` mode."""
    state = torch.load(data / "weights" / "mobilenet_v2_imagenet_fp16.pth", weights_only=True)
    network = MobileNetV2(num_classes=1000, asymmetric_padding=True)
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return network.eval().to(memory_format=torch.channels_last)


def imagenet_indices(wnids: Sequence[str]) -> Tensor:
    """The class index of each WordNet id among ImageNet's 1,000. Raises KeyError for an id that is not among them."""
    indices = {entry["id"]: index for index, entry in enumerate(imagenet_classes())}
    return torch.tensor([indices[wnid] for wnid in wnids])


def resnet_input(pixels: Tensor, size: int = round(SIDE * UPSCALE)) -> Tensor:
    """Pixels in [0, 1], (B, 3, H, W) -> the normalized input of ResNet-18, (B, 3, size, size)."""
    resized = F.interpolate(pixels, size=(size, size), mode="bilinear", antialias=True)
    return ((resized - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def mobilenet_teacher(data: Path, checkpoint: Path, device: str) -> Teacher:
    """The network of an earlier MobileNetV2 run, as a teacher of ImageNet's 1,000 classes."""
    network = given_network(data)
    load_weights(network, checkpoint)
    network = network.eval().requires_grad_(False).to(device)
    return lambda inputs: network(inputs * 2 - 1).float().softmax(1)


def resnet_teacher(imagenet: Tensor, checkpoint: Path, device: str) -> Teacher:
    """The network of an earlier ResNet-18 run. ``imagenet``: the indices of its classes among ImageNet's 1,000."""
    network = ResNet18(num_classes=len(imagenet))
    load_weights(network, checkpoint)
    network = network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
    imagenet = imagenet.to(device)

    def probabilities(inputs: Tensor) -> Tensor:
        known: Tensor = network(resnet_input(inputs)).float().softmax(1)  # (B, 200)
        return known.new_zeros(len(known), 1000).index_copy(1, imagenet, known)

    return probabilities


def load_teachers(names: Sequence[str], data: Path, imagenet: Tensor, device: str) -> list[Teacher]:
    """The teachers from the checkpoints of runs: a ResNet's name begins with resnet.

    Raises FileNotFoundError for a run without a checkpoint.
    """
    paths = [CHECKPOINTS / f"{name}.pt" for name in names]
    return [
        resnet_teacher(imagenet, path, device)
        if path.name.startswith("resnet")
        else mobilenet_teacher(data, path, device)
        for path in paths
    ]


def initial_checkpoint(name: str) -> Path | None:
    """The checkpoint of the run ``init_from``; None where it is empty."""
    return CHECKPOINTS / f"{name}.pt" if name else None
