"""The painter of several styles: sizes, mixtures, borders."""

import pytest
import torch

from zoo.nets.stylenet import StyleNet, is_style, joined, mixed


@pytest.fixture
def network() -> StyleNet:
    torch.manual_seed(0)
    made = StyleNet(3, width=4, depth=1).eval()
    for name, parameter in made.named_parameters():
        if is_style(name):
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
def test_styles_follow_each_other_from_left_to_right(network: StyleNet) -> None:
    numbers, mix = torch.tensor([[0.0], [8.0]]), torch.eye(2)[None, :, None, :]
    assert mixed(numbers, mix, 5).flatten().tolist() == [0, 2, 4, 6, 8]
    pixels = torch.rand(1, 3, 32, 64)
    same = torch.eye(3)[None, [2, 2, 2], :].transpose(1, 2)[:, :, None]
    torch.testing.assert_close(network(pixels, same), network(pixels, torch.eye(3)[[2]]))


@torch.inference_mode()
def test_joined_networks_have_the_styles_of_all(network: StyleNet) -> None:
    state = network.state_dict()
    alone = []
    for style in range(3):
        part = {name: each[[style]] if is_style(name) else each for name, each in state.items()}
        alone.append(StyleNet(1, width=4, depth=1))
        alone[-1].load_state_dict(part)
    pixels, together = torch.rand(1, 3, 20, 24), joined(alone)
    for style in range(3):
        torch.testing.assert_close(together(pixels, torch.eye(3)[[style]]), alone[style](pixels, torch.ones(1, 1)))
    assert together.begin.conv.weight.data_ptr() == alone[0].begin.conv.weight.data_ptr()


def test_a_new_style_begins_near_the_photograph() -> None:
    torch.manual_seed(0)
    network = StyleNet(1)
    with torch.inference_mode():
        torch.nn.init.zeros_(network.end.norm.scales)
        pixels = torch.rand(1, 3, 24, 24) * 0.9 + 0.05
        torch.testing.assert_close(network(pixels, torch.ones(1, 1)), pixels)


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
