"""Receptive fields against brute force, and patches cut to them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.inputs import Document
from zoo.core.knobs import parse_knobs
from zoo.core.model_inputs import ModelInput
from zoo.examples import example_path
from zoo.exhibits import inside
from zoo.exhibits.inside.examples import examples_of
from zoo.exhibits.inside.fields import Field, receptive_fields, taps, trace_fields
from zoo.exhibits.inside.recording import recorded

SMALL = "cifar10-resnet-robust"
COFFEE = Path(example_path("coffee"))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x)


class Function(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "stride and dilation": lambda: nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.Conv2d(4, 4, (3, 5), 1, 2, (2, 1))),
    "residual": lambda: nn.Sequential(nn.Conv2d(1, 4, 5), Residual(), Residual(), nn.BatchNorm2d(4).eval()),
    "groups and means": lambda: nn.Sequential(nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 3, groups=4), nn.AvgPool2d(2)),
    "transposed": lambda: nn.Sequential(nn.Conv2d(1, 4, 4, 2, 1), nn.ConvTranspose2d(4, 2, 4, 2, 1)),
    "transposed, no overlap": lambda: nn.Sequential(nn.MaxPool2d(2), nn.ConvTranspose2d(1, 2, 2, 3, dilation=2)),
    "reflected": lambda: nn.Sequential(nn.ReflectionPad2d((2, 1, 3, 0)), nn.Conv2d(1, 2, 4, 3)),
    "enlarged": lambda: nn.Sequential(nn.Conv2d(1, 2, 3, 2), nn.Upsample(scale_factor=2), nn.Conv2d(2, 2, 3)),
    "interpolated": lambda: nn.Sequential(nn.AvgPool2d(3), nn.Upsample(scale_factor=2, mode="bilinear")),
    "padded and cut": lambda: Function(
        lambda x: F.conv2d(F.pad(x, (1, 2, 0, 3)), torch.ones(1, 1, 3, 3).to(x))[:, :, 1:-2]
    ),
    "joined": lambda: Function(lambda x: torch.cat([F.avg_pool2d(x, 3, 1, 1), x, x[:, :, :1].expand_as(x)], 1)),
    "permuted": lambda: Function(lambda x: F.avg_pool2d(x, 2).permute(0, 2, 3, 1) * 2 + 1),
    "mirrored": lambda: Function(lambda x: F.conv2d(torch.cat((x, x.flip(3))), torch.ones(1, 1, 2, 3).to(x))[:1]),
    "flipped": lambda: Function(lambda x: F.max_pool2d(x.flip(2), 3, 2)),
    "squeezed and excited": lambda: Function(lambda x: x * x.mean((2, 3), keepdim=True)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_field_is_where_a_changed_pixel_changes_the_output(name: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name]().double()
    x = torch.rand(1, 1, 17, 15, dtype=torch.float64)
    fields = trace_fields(ModelInput((x,), "image", ""), nn.Sequential(network)).layers[""]
    with torch.no_grad():
        changed = {axis: brute_force(network, x, axis) for axis in (2, 3)}
    for span, (starts, ends), size in zip(fields, changed.values(), x.shape[2:], strict=True):
        if span.dim:
            assert span.starts.clip(0, size).tolist() == starts.tolist()
            assert span.ends.clip(0, size).tolist() == ends.tolist()
        else:
            assert (span.starts[0], span.ends[0]) == (starts.min(), ends.max()) == (0, size)


def brute_force(network: nn.Module, x: Tensor, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """By row (2) or column (3) of the output, the first input row that changes it, and one after the last."""
    before = network(x)
    positions = axis - 1 if before.shape[-1] == 1 else axis  # the permuted one has its channel last
    rows = []
    for index in range(x.shape[axis]):
        other = x.clone()
        other.select(axis, index).add_(torch.rand_like(other.select(axis, index)) + 1)  # larger: a maximum changes
        difference = (network(other) != before).any(0)
        others = [each - 1 for each in range(1, before.ndim) if each != positions]
        rows.append(difference.amax(others).numpy())
    touched = np.stack(rows)  # (input, output)
    size = len(touched)
    starts = np.where(touched.any(0), touched.argmax(0), size)
    ends = np.where(touched.any(0), size - touched[::-1].argmax(0), 0)
    return starts, ends


def test_taps_of_a_transposed_convolution_are_those_of_its_definition() -> None:
    for kernel, stride, padding, dilation in ((4, 2, 1, 1), (3, 3, 0, 2), (5, 1, 2, 1)):
        size = 6
        length = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
        weight = torch.arange(1.0, kernel + 1).view(1, 1, kernel)
        for index in range(size):
            x = torch.zeros(1, 1, size)
            x[..., index] = 1
            real = F.conv_transpose1d(x, weight, None, stride, padding, dilation=dilation)[0, 0]
            for place in range(length):
                used = taps(place, kernel, stride, padding, dilation, transposed=True)
                assert real[place] == sum(float(weight[0, 0, tap]) for tap, each in enumerate(used) if each == index)


def test_a_patch_is_the_part_of_the_picture_that_the_unit_depends_on() -> None:
    card, prepared = inside.read(SMALL, COFFEE)
    layer = next(name for name, field in layers_of_maps() if 3 < (field[0].ends - field[0].starts).max() < 20)
    result = inside.patches(COFFEE, parse_knobs(inside.PatchesKnobs, model=SMALL, layer=layer, unit=2, count=24))
    assert result.searched == len(examples_of(card)) == len(result.patches)  # the input is one of the examples
    by_name = dict(examples_of(card)) | {"your input": prepared}
    strengths = [patch.activation for patch in result.patches]
    assert strengths == sorted(strengths, reverse=True)
    height, width = result.field_size
    cut = 0
    for patch in result.patches:
        pixels = by_name[patch.source].tensors[0][0]
        top, left, bottom, right = patch.field
        part = (pixels[:, top:bottom, left:right] * 255).round().byte().permute(1, 2, 0).numpy()
        drawn = np.asarray(patch.picture)
        assert drawn.shape == (height, width, 3)  # also at the edge of a picture
        above, before = height - (bottom - top) if top == 0 else 0, width - (right - left) if left == 0 else 0
        assert np.array_equal(drawn[above:, before:][: bottom - top, : right - left], part)
        beyond = np.ones((height, width), bool)
        beyond[above:, before:][: bottom - top, : right - left] = False
        assert (drawn[beyond] == 128).all()
        cut += bool(beyond.any())
        record = recorded(card, by_name[patch.source], keep=False).records[layer]
        assert patch.activation == pytest.approx(float(record.peaks[2]), rel=1e-4)
    assert cut


def layers_of_maps() -> list[tuple[str, Field]]:
    card, prepared = inside.read(SMALL, COFFEE)
    return [(name, field) for name, field in receptive_fields(card, prepared).layers.items() if field[0].dim]


def test_a_pixel_outside_of_a_patch_changes_nothing_and_one_inside_does() -> None:
    card, prepared = inside.read(SMALL, COFFEE)
    layer = next(name for name, field in layers_of_maps() if 3 < (field[0].ends - field[0].starts).max() < 20)
    result = inside.patches(COFFEE, parse_knobs(inside.PatchesKnobs, model=SMALL, layer=layer, unit=1, count=24))
    patch = next(each for each in result.patches if each.source == "your input")
    top, left, bottom, right = patch.field
    outside = torch.ones(prepared.tensors[0].shape[2:], dtype=torch.bool)
    outside[top:bottom, left:right] = False
    noise = torch.rand(prepared.tensors[0].shape, generator=torch.Generator().manual_seed(0))
    for mask, same in ((outside, True), (~outside, False)):
        pixels = torch.where(mask, noise, prepared.tensors[0])
        other = inside.activations_of(card, ModelInput((pixels,), "image", ""), layer, 128)
        value = next(row for unit, row in zip(other.units, other.values, strict=True) if unit.unit == 1)[patch.position]
        assert (float(value) == pytest.approx(patch.activation, abs=4e-3)) is same


def test_patches_of_a_sound_are_samples_and_of_a_text_tokens() -> None:
    rain = Path(example_path("rain"))
    for model, layer in (("sound-spectrogram", "network.features.3"), ("sound-audionet", "blocks.2.2")):
        result = inside.patches(rain, parse_knobs(inside.PatchesKnobs, model=model, layer=layer, unit=1))
        assert not result.whole
        for patch in result.patches:
            samples, rate = patch.sound
            assert rate == inside.RATE
            assert 0 < len(samples) < 5 * rate
            assert patch.picture.width > 0
    result = inside.patches("so good, so bad", parse_knobs(inside.PatchesKnobs, model="tweet-lstm", unit=4))
    assert result.field_size == ()
    assert all(patch.text[1] and patch.picture is None for patch in result.patches)


def test_own_inputs_are_searched_too() -> None:
    knobs = parse_knobs(inside.PatchesKnobs, model="tweet-lstm", unit=4, count=24)
    result = inside.patches("so good", knobs, more=[Document("unbelievably wonderful weather")])
    assert any("weather" in "".join(patch.text) for patch in result.patches)
    assert result.searched == len(examples_of(inside.read("tweet-lstm", "so good")[0])) + 2
