"""The feature extractor of style transfer: parity with ResNet-18, the blurs, the attack of its training."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.style.perceptual import adversarial_examples, feature_maps, fold_batch_norm, relative_error
from training.style.perceptual_bundle import pgd_error
from zoo.core.loading import NormalizedModel
from zoo.examples import example
from zoo.exhibits.style.pictures import image_to_tensor
from zoo.nets.perceptual import PerceptualResNet, blur, blur_pool
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


def test_blur_keeps_constants_and_removes_the_highest_frequency() -> None:
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(10), indexing="ij")
    for highest in (rows % 2, columns % 2, (rows + columns) % 2):
        blurred = blur(highest.float()[None, None])
        torch.testing.assert_close(blurred[..., 1:-1, 1:-1], torch.full((1, 1, 6, 8), 0.5))
    torch.testing.assert_close(blur(torch.ones(1, 2, 3, 4)), torch.ones(1, 2, 3, 4))


def test_blur_pool_is_the_blur_with_a_stride_of_two() -> None:
    torch.testing.assert_close(blur_pool(pixels()), blur(pixels())[..., ::2, ::2])


def test_without_blurs_its_maps_are_those_of_resnet(monkeypatch: pytest.MonkeyPatch) -> None:
    network, module = random_resnet(), NormalizedModel(nn.Identity(), (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    with torch.inference_mode():
        x = F.max_pool2d(F.relu(network.bn1(network.conv1((pixels() - module.mean) / module.std))), 3, 2, 1)
        expected = network.layer3[0](network.layer2(network.layer1(x)))
    monkeypatch.setattr("zoo.nets.perceptual.blur", lambda x: x)
    monkeypatch.setattr("zoo.nets.perceptual.blur_pool", lambda x: x[..., ::2, ::2])
    with torch.inference_mode():
        maps = feature_maps(fold_batch_norm(network), module, pixels())
    torch.testing.assert_close(maps[-1], expected, rtol=1e-3, atol=1e-4)


def test_attack_uses_its_radius_and_does_more_than_noise() -> None:
    network = fold_batch_norm(random_resnet()).requires_grad_(False)
    module = NormalizedModel(nn.Identity(), (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    grey = 0.5 + 0.2 * (pixels(2) - 0.5)  # far from black and white, where a change would be clipped
    noise = torch.randn(grey.shape, generator=torch.Generator().manual_seed(0))
    radius = torch.tensor([0.5, 1.0]).view(2, 1, 1, 1)
    with torch.no_grad():
        targets = feature_maps(network, module, grey)
    adversarial = adversarial_examples(network, module, grey, targets, radius, noise)
    norms = (adversarial - grey).flatten(1).norm(dim=1)
    assert (norms <= radius.flatten() + 1e-4).all()
    # Half of the radius is noise. An orthogonal step would leave a cosine of 0.447, a step down the gradient less.
    cosine = F.cosine_similarity((adversarial - grey).flatten(1), noise.flatten(1))
    assert (cosine > 0.5 / 1.25**0.5).all()
    noisy = grey + noise * radius / noise.flatten(1).norm(dim=1).view(2, 1, 1, 1)
    with torch.no_grad():
        by_attack, by_noise = (
            relative_error(feature_maps(network, module, changed)[-1], targets[-1]) for changed in (adversarial, noisy)
        )
    assert (by_attack > 2 * by_noise).all()


def test_bundled_network_is_more_robust_than_before_fine_tuning() -> None:
    from training.style.perceptual import original_network
    from training.style.perceptual_bundle import NAME
    from zoo.core.loading import load

    original, module = original_network()
    bundled = load(NAME).network
    assert isinstance(bundled, PerceptualResNet)
    photograph = image_to_tensor(example("chelsea"), 96)
    after, before = (pgd_error(each.requires_grad_(False), module, photograph, 0.01) for each in (bundled, original))
    assert after < 0.7 * before
