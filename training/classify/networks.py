"""The network that is given, and those that have learnt already, as teachers."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from training.classify.batches import Teacher
from training.pictures import SIDE, imagenet_classes
from training.run import CHECKPOINTS, load_weights
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18

MEAN, STD = 0.45, 0.25  # of Tiny ImageNet's pixels in [0, 1], rounded: what ResNet-18 sees
ENLARGED = 2.5  # times, before small pictures reach the filters


def given_network(data: Path) -> MobileNetV2:
    """MobileNetV2 with the given ImageNet weights, ready to predict."""
    state = torch.load(data / "weights" / "mobilenet_v2_imagenet_fp16.pth", weights_only=True)
    network = MobileNetV2(1000, asymmetric_padding=True)
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return network.eval().to(memory_format=torch.channels_last)


def imagenet_columns(wnids: list[str]) -> Tensor:
    """The place of each WordNet id among ImageNet's 1,000 classes; ``KeyError`` for one that is not among them."""
    order = {entry["id"]: index for index, entry in enumerate(imagenet_classes())}
    return torch.tensor([order[wnid] for wnid in wnids])


def read(pixels: Tensor, size: int = round(SIDE * ENLARGED)) -> Tensor:
    """Pixels in [0, 1], (B, 3, H, W), as ResNet-18's filters get them: (B, 3, size, size)."""
    seen = F.interpolate(pixels, size=(size, size), mode="bilinear", antialias=True)
    return ((seen - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def small_teacher(data: Path, checkpoint: Path, device: str) -> Teacher:
    """What an earlier run of ``mobilenet`` learnt."""
    network = given_network(data)
    load_weights(network, checkpoint)
    network = network.eval().requires_grad_(False).to(device)
    return lambda inputs: network(inputs * 2 - 1).float().softmax(1)


def resnet_teacher(columns: Tensor, checkpoint: Path, device: str) -> Teacher:
    """What a run of ``resnet`` learnt, among the columns of ImageNet."""
    network = ResNet18(len(columns))
    load_weights(network, checkpoint)
    network = network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
    places = columns.to(device)

    def said(inputs: Tensor) -> Tensor:
        odds: Tensor = network(read(inputs)).float().softmax(1)
        return odds.new_zeros(len(odds), 1000).index_copy(1, places, odds)

    return said


def teachers_called(names: str, data: Path, columns: Tensor, device: str) -> list[Teacher]:
    """The teachers whose checkpoints have these names, with commas between: a ResNet's begin with resnet.

    ``FileNotFoundError`` if there is none of that name.
    """
    paths = [CHECKPOINTS / f"{name}.pt" for name in names.split(",") if name]
    return [
        resnet_teacher(columns, path, device) if path.name.startswith("resnet") else small_teacher(data, path, device)
        for path in paths
    ]
