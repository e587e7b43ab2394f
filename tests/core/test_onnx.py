"""Networks as ONNX files: ONNX Runtime computes what torch does."""

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from zoo.core.errors import UnavailableError
from zoo.core.onnx.networks import INPUT, OUTPUT, network_file
from zoo.nets.digits import Centring


def computed(model: bytes, inputs: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run([OUTPUT], {INPUT: inputs.numpy()})[0]


def assert_same(network: nn.Module, *shape: int) -> None:
    torch.manual_seed(0)
    inputs = torch.randn(*shape)
    network = network.eval().requires_grad_(False)
    expected = network(inputs).numpy()
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(computed(network_file(network, shape), inputs), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("batch", [1, 16])
def test_a_batch_of_vectors_has_the_same_outputs(batch: int) -> None:
    torch.manual_seed(1)
    assert_same(nn.Sequential(nn.Linear(8, 40), nn.Tanh(), nn.Linear(40, 3)), batch, 8)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("output_padding", [0, 1])
def test_transposed_convolutions_have_the_same_outputs(bias: bool, output_padding: int) -> None:
    torch.manual_seed(2)
    up = nn.ConvTranspose2d(8, 6, (4, 3), 2, 1, output_padding, groups=2, bias=bias)
    norm = nn.BatchNorm2d(6)
    norm(torch.randn(64, 6, 5, 5))  # statistics unlike 0 and 1
    assert_same(nn.Sequential(up, norm, nn.LeakyReLU(0.2), nn.Tanh()), 2, 8, 7, 5)


@pytest.mark.parametrize("factor", [2, (3, 2), 1.5])
def test_upsampling_to_the_nearest_has_the_same_outputs(factor: float | tuple[float, float]) -> None:
    torch.manual_seed(3)
    assert_same(nn.Sequential(nn.Upsample(scale_factor=factor), nn.Conv2d(4, 3, 3, padding=1)), 2, 4, 6, 8)


def test_weights_of_half_precision_make_half_the_file() -> None:
    network = nn.Linear(256, 256).requires_grad_(False)
    whole = network_file(network, (1, 256))
    network.weight.copy_(network.weight.half())
    assert len(network_file(network, (1, 256))) < 0.6 * len(whole)
    assert_same(network, 1, 256)


def test_an_operator_without_translation_is_told() -> None:
    class Sorting(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sort().values

    with pytest.raises(UnavailableError, match="no translation"):
        network_file(Sorting(), (1, 4))


def test_pictures_are_centred_in_the_file_as_in_torch() -> None:
    class Centred(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.centring = Centring()

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return self.centring(pictures)

    pictures = torch.zeros(1, 1, 60, 80)
    pictures[:, :, 10:35, 50:79] = 0.8
    file = network_file(Centred().eval(), pictures.shape)
    for each in (pictures, torch.zeros_like(pictures), torch.ones_like(pictures)):
        np.testing.assert_allclose(computed(file, each), Centring()(each).numpy(), atol=1e-5)
