"""The network that looks at pictures for Style: what it began from, and what it takes no notice of."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.style.perceptual import attacked, folded, pgd_error, relative, seen
from zoo.core.loading import NormalizedModel
from zoo.examples import example
from zoo.exhibits.style.pictures import to_pixels
from zoo.nets.perceptual import PerceptualResNet, blurred, halved
from zoo.nets.resnet import ResNet18


def random_resnet() -> ResNet18:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = ResNet18(num_classes=10).eval()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
                module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return network.requires_grad_(False)


def pixels(count: int = 1) -> Tensor:
    return torch.rand(count, 3, 64, 48, generator=torch.Generator().manual_seed(0))


def test_blurring_leaves_flat_ground_and_takes_away_what_halving_would_mistake() -> None:
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(10), indexing="ij")
    for finest in (rows % 2, columns % 2, (rows + columns) % 2):
        fine = blurred(finest.float()[None, None])
        torch.testing.assert_close(fine[..., 1:-1, 1:-1], torch.full((1, 1, 6, 8), 0.5))
    torch.testing.assert_close(blurred(torch.ones(1, 2, 3, 4)), torch.ones(1, 2, 3, 4))


def test_halving_is_every_second_place_of_the_blur() -> None:
    torch.testing.assert_close(halved(pixels()), blurred(pixels())[..., ::2, ::2])


def test_without_blurs_it_sees_what_resnet_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    network, module = random_resnet(), NormalizedModel(nn.Identity(), (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    with torch.inference_mode():
        x = F.max_pool2d(F.relu(network.bn1(network.conv1((pixels() - module.mean) / module.std))), 3, 2, 1)
        expected = network.layer3[0](network.layer2(network.layer1(x)))
    monkeypatch.setattr("zoo.nets.perceptual.blurred", lambda x: x)
    monkeypatch.setattr("zoo.nets.perceptual.halved", lambda x: x[..., ::2, ::2])
    with torch.inference_mode():
        found = seen(folded(network), module, pixels())[-1]
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_attack_is_as_long_as_it_may_be_and_does_more_than_noise() -> None:
    network = folded(random_resnet()).requires_grad_(False)
    module = NormalizedModel(nn.Identity(), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    grey = 0.5 + 0.2 * (pixels(2) - 0.5)  # far from black and white, where a change would be cut off
    noise = torch.randn(grey.shape, generator=torch.Generator().manual_seed(0))
    length = torch.tensor([0.5, 1.0]).view(2, 1, 1, 1)
    with torch.no_grad():
        wanted = seen(network, module, grey)
    moved = attacked(network, module, grey, wanted, length, noise)
    lengths = (moved - grey).flatten(1).norm(dim=1)
    assert (lengths <= length.flatten() + 1e-4).all()
    # Half of the way is noise; a step across it would leave a cosine of 0.447, one back downhill less.
    cosine = F.cosine_similarity((moved - grey).flatten(1), noise.flatten(1))
    assert (cosine > 0.5 / 1.25**0.5).all()
    by_noise = grey + noise * length / noise.flatten(1).norm(dim=1).view(2, 1, 1, 1)
    with torch.no_grad():
        by_attack, by_chance = (relative(seen(network, module, each)[-1], wanted[-1]) for each in (moved, by_noise))
    assert (by_attack > 2 * by_chance).all()


def test_bundled_network_is_steadier_than_what_it_began_from() -> None:
    from training.style.perceptual import NAME, teacher
    from zoo.core.loading import load

    before, module = teacher()
    bundled = load(NAME).network
    assert isinstance(bundled, PerceptualResNet)
    photograph = to_pixels(example("chelsea"), 96)
    after, former = (pgd_error(each.requires_grad_(False), module, photograph, 0.01) for each in (bundled, before))
    assert after < 0.7 * former
