"""A MobileNetV2 with its normalisations folded into its filters, in the layout and with the backward pass that is fast.

With channels last a 1x1 convolution is a product of matrices. The filters of one channel each stay as they are: oneDNN
takes longest over their derivatives in 16 bits, while what passes back through them is a convolution like any other.
A step takes a fifth of the time that it takes the network as it stands.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.precision import autocast
from zoo.nets.mobilenet import InvertedResidual, MobileNetV2

FROZEN = 2  # blocks: the largest maps, and hardly anything that could be learnt


def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution that does what both do in evaluation."""
    scale = scale_of(norm)
    weight = conv.weight.detach() * scale.view(-1, 1, 1, 1)
    return weight, (norm.bias - norm.running_mean * scale).detach()  # type: ignore[operator]


def scale_of(norm: nn.BatchNorm2d) -> Tensor:
    return (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()  # type: ignore[operator]


@torch.no_grad()
def unfold(weight: Tensor, bias: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Put what ``fold`` would find into a convolution and its normalisation, whose statistics stay."""
    scale = scale_of(norm)
    conv.weight.copy_(weight / scale.view(-1, 1, 1, 1))
    norm.bias.copy_(bias + norm.running_mean * scale)  # type: ignore[operator]


class Filtered(torch.autograd.Function):
    """Each channel of (B, H, W, C) by a 3x3 filter of its own, (C, 1, 3, 3), which is not learnt, plus a bias."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.shape = stride, x.shape
        return filtered(x, weight, bias, stride)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, Tensor, None]:
        (gradient,), (weight,) = gradients, ctx.saved_tensors
        turned, bias = weight.to(gradient.dtype).flip(2, 3), gradient.sum((0, 1, 2)).float()
        if ctx.stride == 1:
            return filtered(gradient, turned, None, 1), None, bias, None
        spread = gradient.new_zeros(ctx.shape)
        height, width = gradient.shape[1:3]
        spread[:, : 2 * height : 2, : 2 * width : 2] = gradient
        padded = F.pad(spread, (0, 0, 2, 0, 2, 0)).permute(0, 3, 1, 2)
        return F.conv2d(padded, turned, groups=len(weight)).permute(0, 2, 3, 1), None, bias, None


def filtered(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    x = x.permute(0, 3, 1, 2)
    padded, border = (x, 1) if stride == 1 else (F.pad(x, (0, 1, 0, 1)), 0)
    return F.conv2d(padded, weight, bias, stride, border, groups=len(weight)).permute(0, 2, 3, 1)


class Folded(nn.Module):
    """An inverted residual: (B, H, W, C) -> (B, H', W', C')."""

    def __init__(self, block: InvertedResidual) -> None:
        super().__init__()
        (*expand, depthwise, project, norm), self.residual = block.conv, block.residual
        self.stride: int = depthwise[0].stride[0]  # type: ignore[index, union-attr, assignment]
        self.expand = nn.Sequential(*(nn.Sequential(linear(*fold(*each[:2])), nn.ReLU6()) for each in expand))  # type: ignore[arg-type, index]
        self.project = linear(*fold(project, norm))  # type: ignore[arg-type]
        weight, bias = fold(depthwise[0], depthwise[1])  # type: ignore[index, arg-type]
        self.register_buffer("filters", weight)
        self.bias = nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        seen: Tensor = Filtered.apply(self.expand(x), self.filters, self.bias, self.stride)  # type: ignore[no-untyped-call]
        narrow: Tensor = self.project(F.relu6(seen))
        return x + narrow if self.residual else narrow

    def restore(self, block: InvertedResidual) -> None:
        *expand, depthwise, project, norm = block.conv
        for (layer, _), each in zip(self.expand, expand, strict=True):
            unfold(square(layer), layer.bias, each[0], each[1])  # type: ignore[index, arg-type]
        unfold(self.filters, self.bias, depthwise[0], depthwise[1])  # type: ignore[index, arg-type]
        unfold(square(self.project), self.project.bias, project, norm)  # type: ignore[arg-type]


def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight.flatten(1), bias
    return layer


def square(layer: nn.Linear) -> Tensor:
    """As the weight of a 1x1 convolution."""
    return layer.weight[:, :, None, None]


class FoldedMobileNetV2(nn.Module):
    """Says what ``network`` says in evaluation; the first blocks are not learnt. ``restore`` puts back what was."""

    def __init__(self, network: MobileNetV2) -> None:
        super().__init__()
        features = list(network.features)
        weight, bias = fold(features[0][0], features[0][1])  # type: ignore[index]
        self.register_buffer("begin_weight", weight)
        self.register_buffer("begin_bias", bias)
        blocks = [Folded(block) for block in features[1:-1]]  # type: ignore[arg-type]
        self.first = nn.Sequential(*blocks[:FROZEN]).requires_grad_(False)
        self.blocks = nn.Sequential(*blocks[FROZEN:])
        self.last = linear(*fold(features[-1][0], features[-1][1]))  # type: ignore[index]
        self.classifier = network.classifier

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), channels last -> logits (B, num_classes)."""
        with autocast():
            with torch.no_grad():
                x = F.conv2d(F.pad(x, (0, 1, 0, 1)), self.begin_weight, self.begin_bias, 2)
                x = self.first(F.relu6(x).permute(0, 2, 3, 1))
            seen = F.relu6(self.last(self.blocks(x))).mean((1, 2))
            logits: Tensor = self.classifier(seen)
        return logits.float()

    def restore(self, network: MobileNetV2) -> None:
        """Give ``network``, of which this was made, what was learnt since."""
        for folded, block in zip(self.blocks, network.features[1 + FROZEN : -1], strict=True):
            folded.restore(block)  # type: ignore[operator]
        unfold(square(self.last), self.last.bias, network.features[-1][0], network.features[-1][1])  # type: ignore[index]
        network.classifier.load_state_dict(self.classifier.state_dict())
