"""The student and what it learns from: MobileNetV2's probabilities, and its feature maps at three depths."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.classify.networks import MEAN, STD
from training.precision import autocast
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18

# The student's stage, its channels; the last block of the teacher's ``features`` at the same stride, its channels.
HINTS = (("layer2", 128, 6, 32), ("layer3", 256, 13, 96), ("layer4", 512, 17, 320))
RIDGE = 1e-2  # of the mean square of a feature


def student_input(pixels: Tensor, size: int) -> Tensor:
    """Pixels in [0, 1], (B, 3, H, W) -> the normalized input, (B, 3, size, size).

    Without antialiasing, which takes longer on a processor than the network does: crops are shrunk to half at most.
    """
    resized = F.interpolate(pixels, size=(size, size), mode="bilinear") if pixels.shape[-1] != size else pixels
    return ((resized - MEAN) / STD).contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True)
class Outputs:
    logits: Tensor  # (B, num_classes)
    maps: list[Tensor]  # one for each of HINTS


class Student(nn.Module):
    """A ResNet-18, with 1 x 1 convolutions that predict the teacher's maps from its own (Romero et al. 2014).

    FitNets, arXiv:1412.6550. Their batch normalization lets the optimizer treat them as all other filters.
    """

    def __init__(self, *, num_classes: int = 1000) -> None:
        super().__init__()
        self.network = ResNet18(num_classes=num_classes)
        self.hints = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels, target, 1, bias=False), nn.BatchNorm2d(target))
            for _, channels, _, target in HINTS
        )

    def freeze_first_stages(self) -> None:
        """Keep the filters of the stem and of ``layer1`` as they are: a third less to compute."""
        for part in (self.network.conv1, self.network.bn1, self.network.layer1):
            part.requires_grad_(False)

    def pooled(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """``x``: (B, 3, H, W) normalized -> the features (B, 512) before the last layer, and the stages' maps."""
        network = self.network
        x = F.max_pool2d(F.relu(network.bn1(network.conv1(x))), 3, 2, 1)
        x = network.layer1(x)
        maps = []
        for name, *_ in HINTS:
            x = getattr(network, name)(x)
            maps.append(x)
        return x.mean((2, 3)), maps

    def forward(self, x: Tensor) -> Outputs:
        features, maps = self.pooled(x)
        predicted = [hint(stage) for hint, stage in zip(self.hints, maps, strict=True)]
        return Outputs(self.network.fc(features), predicted)


def fold_batch_norm(network: MobileNetV2) -> MobileNetV2:
    """The network with each batch normalization folded, in place, into the convolution before it."""
    for sequence in [module for module in network.modules() if isinstance(module, nn.Sequential)]:
        for index, (conv, norm) in enumerate(pairwise(list(sequence))):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                sequence[index], sequence[index + 1] = fuse_conv_bn_eval(conv, norm), nn.Identity()
    return network


@torch.no_grad()
def teacher_outputs(teacher: MobileNetV2, pixels: Tensor) -> Outputs:
    """The teacher's logits and maps for (B, 3, H, W) in [0, 1]."""
    x = pixels * 2 - 1
    maps = {}
    with autocast(pixels.device):
        for index, block in enumerate(teacher.features):
            x = block(x)
            maps[index] = x
        logits = teacher.classifier(x.mean((2, 3)))
    return Outputs(logits.float(), [maps[index].float() for _, _, index, _ in HINTS])


def distillation_loss(student: Outputs, teacher: Outputs, temperature: float, map_weight: float) -> Tensor:
    """Cross-entropy to the teacher's probabilities at a temperature, and squared errors of its standardized maps."""
    soft = (teacher.logits / temperature).softmax(1)
    loss = F.cross_entropy(student.logits.float() / temperature, soft) * temperature**2
    errors = [map_error(ours, theirs) for ours, theirs in zip(student.maps, teacher.maps, strict=True)]
    return loss + map_weight * torch.stack(errors).sum()


def map_error(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of maps whose sizes may differ; the target's channels get zero mean and unit variance."""
    target = F.adaptive_avg_pool2d(target, predicted.shape[2:])
    standard = F.batch_norm(target, None, None, training=True)
    return F.mse_loss(predicted.float(), standard)


@torch.no_grad()
def regress_head(student: Student, teacher: MobileNetV2, batches: Iterable[Tensor], size: int) -> None:
    """Set the last layer to the ridge regression of the teacher's logits on the student's features.

    ``batches``: (B, 3, H, W) in [0, 1]. Running statistics of the batch normalization are estimated on them too.
    """
    features, logits = [], []
    student.train()
    for pixels in batches:
        with autocast(pixels.device):
            pooled, _ = student.pooled(student_input(pixels, size))
        features.append(pooled.float())
        logits.append(teacher_outputs(teacher, pixels).logits)
    x, y = torch.cat(features), torch.cat(logits)
    centred, mean = x - x.mean(0), y.mean(0)
    gram = centred.T @ centred / len(x)
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
    weight = torch.linalg.solve(gram, centred.T @ (y - mean) / len(x)).T
    student.network.fc.weight.copy_(weight)
    student.network.fc.bias.copy_(mean - weight @ x.mean(0))
