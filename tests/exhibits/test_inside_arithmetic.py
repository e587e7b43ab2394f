"""Every number that is written out is the network's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from zoo.core.errors import InputError
from zoo.core.knobs import parse_knobs
from zoo.core.model_inputs import ModelInput
from zoo.examples import example_path
from zoo.exhibits import inside
from zoo.exhibits.inside.recording import LayerCall, units_first
from zoo.exhibits.inside.weights import unit_weights
from zoo.exhibits.inside.writing_out import met_inputs, parts_of
from zoo.nets.gpt2 import Conv1D
from zoo.nets.packed import Int8Linear, available

INPUTS: dict[str, Any] = {
    "cifar10-resnet-robust": Path(example_path("coffee")),
    "mobilenet-v2": Path(example_path("coffee")),
    "sound-audionet": Path(example_path("rain")),
    "jeeves": "It was one of those mornings.",
    "translator-en-fr": "Where is the station?",
}


def conv1d() -> Conv1D:
    layer = Conv1D(inputs=6, outputs=9)
    nn.init.normal_(layer.weight)
    return layer


LAYERS: dict[str, tuple[nn.Module, Tensor]] = {
    "padding": (nn.Conv2d(4, 6, 3, padding=(2, 1)), torch.rand(1, 4, 7, 8)),
    "stride and dilation": (nn.Conv2d(4, 6, (3, 2), (2, 3), 1, (2, 1)), torch.rand(1, 4, 9, 8)),
    "groups": (nn.Conv2d(4, 6, 3, groups=2, bias=False), torch.rand(1, 4, 7, 8)),
    "depthwise": (nn.Conv2d(4, 8, 3, groups=4, padding="same"), torch.rand(1, 4, 7, 8)),
    "one axis": (nn.Conv1d(3, 5, 4, 2, 3), torch.rand(1, 3, 20)),
    "transposed": (nn.ConvTranspose2d(4, 6, 4, 2, 1), torch.rand(1, 4, 5, 6)),
    "transposed, groups": (nn.ConvTranspose2d(4, 6, 3, 3, 1, groups=2, dilation=2), torch.rand(1, 4, 5, 6)),
    "linear": (nn.Linear(7, 9), torch.rand(1, 7)),
    "linear over tokens": (nn.Linear(7, 9), torch.rand(1, 5, 7)),
    "linear of GPT-2": (conv1d(), torch.rand(1, 5, 6)),
    "batch norm": (nn.BatchNorm2d(4).eval(), torch.rand(1, 4, 5, 6)),
    "layer norm": (nn.LayerNorm(7), torch.rand(1, 5, 7)),
    "embedding": (nn.Embedding(11, 6), torch.tensor([[3, 9, 3, 0, 10]])),
    "maximum": (nn.MaxPool2d(3, 2, 1), torch.rand(1, 4, 7, 8) - 2),
    "mean": (nn.AvgPool2d(3, 2, 1), torch.rand(1, 4, 7, 8)),
    "relu": (nn.ReLU(), torch.randn(1, 4, 5, 6)),
    "gelu": (nn.GELU(), torch.randn(1, 5, 7)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_bias_and_parts_add_up_to_the_output_everywhere(name: str) -> None:
    layer, x = LAYERS[name]
    with torch.no_grad():
        for each in (layer.running_mean, layer.running_var) if name == "batch norm" else ():
            each.uniform_(0.5, 2)  # type: ignore[union-attr]
        output = layer(x)
    prepared = ModelInput((torch.zeros(1),), "image", "", positions=2 if name == "one axis" else 1)
    units = units_first(output, layer, prepared.positions)
    call = LayerCall((x,), output, units)
    network = nn.Sequential(layer)
    for unit in range(len(units)):
        weights = unit_weights("0", unit, network)
        for position in np.ndindex(*units.shape[1:]):
            met, _ = met_inputs(call, weights, position, prepared)
            parts, computed = parts_of(met, weights)
            real = float(units[(unit, *position)])
            assert computed == pytest.approx(real, abs=2e-6, rel=1e-5)
            assert weights.bias + sum(part.total for _, part in parts) == pytest.approx(computed, abs=1e-9)


@pytest.mark.skipif(not available(), reason="torch has no 8-bit operators for this processor")
def test_packed_layers_are_written_out_with_their_8_bit_weights() -> None:
    torch.manual_seed(0)
    network, x = nn.Sequential(Int8Linear(torch.randn(6, 32), torch.randn(6))), torch.rand(1, 4, 32)
    with torch.no_grad():
        output = network(x)
    prepared = ModelInput((torch.zeros(1),), "text", "")
    call = LayerCall((x,), output, units_first(output, network[0], 1))
    weights = unit_weights("0", 2, network)
    met, _ = met_inputs(call, weights, (3,), prepared)
    assert parts_of(met, weights)[1] == pytest.approx(float(output[0, 3, 2]), abs=0.15)
    assert weights.settings == {"weights": "8-bit integers"}


@pytest.mark.parametrize("model", INPUTS)
def test_the_numbers_of_bundled_networks_are_written_out(model: str) -> None:
    value = INPUTS[model]
    rows = inside.layers(value, parse_knobs(inside.LayersKnobs, model=model, repetitions=1)).rows
    leaves = [row for row in rows if row.is_leaf and row.calls and row.output]
    written = 0
    for row in leaves[:: max(1, len(leaves) // 12)]:
        knobs = parse_knobs(inside.ArithmeticKnobs, model=model, layer=row.name, unit=1)
        result = inside.arithmetic(value, knobs)
        assert result.computed == pytest.approx(result.output, rel=1e-4, abs=1e-4), row.name
        assert result.bias + sum(part.total for part in result.parts) + result.rest == pytest.approx(result.computed)
        written += 1
    assert written >= 5


def test_a_window_and_its_maps_are_told() -> None:
    model = "mobilenet-v2"
    knobs = parse_knobs(inside.ArithmeticKnobs, model=model, layer="network.large.features.0.0", row=111, column=5)
    result = inside.arithmetic(INPUTS[model], knobs)
    assert result.window == ((222, 224), (10, 12))  # the last row is padding
    assert result.settings["stride"] == "2 × 2"
    assert result.output_map.shape == (112, 112)
    assert result.input_map.shape == (224, 224)
    assert float(result.output_map[111, 5]) == result.output
    assert np.asarray(result.parts[0].inputs)[2].tolist() == [0, 0, 0]


def test_what_cannot_be_written_out_is_refused_with_advice() -> None:
    model, value = "cifar10-resnet-robust", INPUTS["cifar10-resnet-robust"]
    with pytest.raises(InputError, match="combines several layers: choose one of those in it, such as network"):
        inside.arithmetic(value, parse_knobs(inside.ArithmeticKnobs, model=model, layer="network"))
    with pytest.raises(InputError, match="outside of it"):
        inside.arithmetic(value, parse_knobs(inside.ArithmeticKnobs, model=model, row=4000))
    with pytest.raises(InputError, match="numbered from 0"):
        inside.arithmetic(value, parse_knobs(inside.ArithmeticKnobs, model=model, unit=5000))
    with pytest.raises(InputError, match="LSTM is not written out"):
        inside.arithmetic("so good", parse_knobs(inside.ArithmeticKnobs, model="tweet-lstm", layer="network.lstm"))
