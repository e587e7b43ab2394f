"""The feed-forward network of several styles: sizes, interpolation, borders."""

import pytest
import torch

from zoo.nets.stylenet import StyleNet, concatenate_styles, is_style_parameter, mix_styles


@pytest.fixture
def network() -> StyleNet:
    torch.manual_seed(0)
    made = StyleNet(n_styles=3, channels=4, n_blocks=1).eval()
    for name, parameter in made.named_parameters():
        if is_style_parameter(name):
            torch.nn.init.normal_(parameter, std=0.5)
    return made


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (64, 33)])
@torch.inference_mode()
def test_output_has_the_input_size(network: StyleNet, size: tuple[int, int]) -> None:
    output = network(torch.rand(2, 3, *size), torch.eye(3)[:2])
    assert output.shape == (2, 3, *size)
    assert 0 <= float(output.min()) < float(output.max()) <= 1


@torch.inference_mode()
def test_each_picture_of_a_batch_has_its_own_style(network: StyleNet) -> None:
    pixels = torch.rand(1, 3, 32, 32).expand(3, -1, -1, -1)
    batch = network(pixels, torch.eye(3))
    for style in range(3):
        torch.testing.assert_close(batch[style : style + 1], network(pixels[:1], torch.eye(3)[style : style + 1]))
    assert float((batch[0] - batch[1]).abs().mean()) > 0.01


@torch.inference_mode()
def test_interpolation_lies_between_its_styles(network: StyleNet) -> None:
    pixels = torch.rand(1, 3, 32, 32)
    one, near, far = (network(pixels, torch.tensor([[1 - second, second, 0.0]])) for second in (0.0, 0.1, 0.9))
    assert float((near - one).abs().mean()) < float((far - one).abs().mean())


@torch.inference_mode()
def test_style_weights_may_change_from_left_to_right(network: StyleNet) -> None:
    parameters, weights = torch.tensor([[0.0], [8.0]]), torch.eye(2)[None, :, None, :]
    assert mix_styles(parameters, weights, 5).flatten().tolist() == [0, 2, 4, 6, 8]
    pixels = torch.rand(1, 3, 32, 64)
    constant = torch.eye(3)[None, [2, 2, 2], :].transpose(1, 2)[:, :, None]
    torch.testing.assert_close(network(pixels, constant), network(pixels, torch.eye(3)[[2]]))


@torch.inference_mode()
def test_concatenated_networks_have_the_styles_of_all(network: StyleNet) -> None:
    state = network.state_dict()
    single = []
    for style in range(3):
        part = {name: tensor[[style]] if is_style_parameter(name) else tensor for name, tensor in state.items()}
        single.append(StyleNet(n_styles=1, channels=4, n_blocks=1))
        single[-1].load_state_dict(part)
    pixels, combined = torch.rand(1, 3, 20, 24), concatenate_styles(single)
    for style in range(3):
        torch.testing.assert_close(combined(pixels, torch.eye(3)[[style]]), single[style](pixels, torch.ones(1, 1)))
    assert combined.stem.conv.weight.data_ptr() == single[0].stem.conv.weight.data_ptr()


def test_an_untrained_style_starts_at_the_photograph() -> None:
    torch.manual_seed(0)
    network = StyleNet(n_styles=1)
    with torch.inference_mode():
        torch.nn.init.zeros_(network.head.norm.weight)
        pixels = torch.rand(1, 3, 24, 24) * 0.9 + 0.05
        torch.testing.assert_close(network(pixels, torch.ones(1, 1)), pixels)


@torch.inference_mode()
def test_a_constant_picture_stays_constant_up_to_its_borders(network: StyleNet) -> None:
    output = network(torch.full((1, 3, 40, 40), 0.3), torch.eye(3)[:1])
    assert float(output.flatten(2).std(2).max()) < 1e-3


def test_all_parameters_get_a_gradient(network: StyleNet) -> None:
    network(torch.rand(3, 3, 16, 16), torch.eye(3)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name
