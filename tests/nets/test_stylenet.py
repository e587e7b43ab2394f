"""The painter of several styles: sizes, mixtures, borders."""

import pytest
import torch

from zoo.nets.stylenet import StyleNet


@pytest.fixture
def network() -> StyleNet:
    torch.manual_seed(0)
    made = StyleNet(3, width=4, depth=1).eval()
    for name, parameter in made.named_parameters():
        if "shifts" in name or "scales" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    return made


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (64, 33)])
@torch.inference_mode()
def test_every_size_stays_as_it_is(network: StyleNet, size: tuple[int, int]) -> None:
    painted = network(torch.rand(2, 3, *size), torch.eye(3)[:2])
    assert painted.shape == (2, 3, *size)
    assert 0 <= float(painted.min()) < float(painted.max()) <= 1


@torch.inference_mode()
def test_each_picture_of_a_batch_has_its_own_style(network: StyleNet) -> None:
    pixels = torch.rand(1, 3, 32, 32).expand(3, -1, -1, -1)
    together = network(pixels, torch.eye(3))
    for style in range(3):
        torch.testing.assert_close(together[style : style + 1], network(pixels[:1], torch.eye(3)[style : style + 1]))
    assert float((together[0] - together[1]).abs().mean()) > 0.01


@torch.inference_mode()
def test_a_mixture_lies_between_its_styles(network: StyleNet) -> None:
    pixels = torch.rand(1, 3, 32, 32)
    one, near, far = (network(pixels, torch.tensor([[1 - share, share, 0.0]])) for share in (0.0, 0.1, 0.9))
    assert float((near - one).abs().mean()) < float((far - one).abs().mean())


@torch.inference_mode()
def test_a_plain_picture_stays_plain_up_to_its_borders(network: StyleNet) -> None:
    painted = network(torch.full((1, 3, 40, 40), 0.3), torch.eye(3)[:1])
    assert float(painted.flatten(2).std(2).max()) < 1e-3


def test_all_parameters_learn(network: StyleNet) -> None:
    network(torch.rand(3, 3, 16, 16), torch.eye(3)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name
