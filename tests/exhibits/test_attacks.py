"""The attacks against two references, and their bounds."""

import threading
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from zoo.core.loading import load
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example
from zoo.exhibits.adversarial import Attack, AttackKnobs, attack, attack_context, image_classifiers
from zoo.exhibits.adversarial.attacks import fgsm, gradient_sign, pgd, quantize, random_start
from zoo.exhibits.adversarial.context import preprocess, to_pixels

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # both import scipy by deprecated names
    import foolbox
    import torchattacks

MODELS = [card.name for card in image_classifiers()]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)
EPSILONS = pytest.mark.parametrize("epsilon", [0.5 / 255, 2 / 255, 8 / 255])
PGD_EPSILONS = pytest.mark.parametrize(
    "epsilon", [2 / 255, *(pytest.param(each / 255, marks=pytest.mark.slow) for each in (0.5, 8))]
)
STEPS, COFFEE = 4, example("coffee")


@pytest.fixture(scope="module")
def networks() -> dict[str, nn.Module]:
    return {name: load(name).eval().requires_grad_(False) for name in MODELS}


@pytest.fixture(scope="module")
def pictures() -> dict[str, Tensor]:
    """Two pictures as each model takes them."""
    return {
        card.name: torch.cat([to_pixels(preprocess(example(name), card)) for name in ("coffee", "rocket")])
        for card in image_classifiers()
    }


# Against the references


@EVERY_MODEL
@EPSILONS
def test_fgsm_equals_both_references(
    model: str, epsilon: float, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    labels = network(clean).argmax(1)
    ours = fgsm(clean, gradient_sign(network, clean, labels), epsilon)
    by_foolbox = foolbox.attacks.LinfFastGradientAttack(random_start=False).run(
        foolbox.PyTorchModel(network, bounds=(0, 1)), clean, foolbox.criteria.Misclassification(labels), epsilon=epsilon
    )
    by_torchattacks = torchattacks.FGSM(network, eps=epsilon)(clean, labels)
    torch.testing.assert_close(ours, by_foolbox, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours, by_torchattacks, atol=1e-6, rtol=0)


@EVERY_MODEL
@PGD_EPSILONS
@pytest.mark.parametrize("start", ["picture", "random"])
def test_pgd_equals_both_references_from_the_same_start(
    model: str, epsilon: float, start: str, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    labels = network(clean).argmax(1)
    initial = clean if start == "picture" else random_start(clean, epsilon, torch.Generator().manual_seed(1))
    sign_of = partial(gradient_sign, network, labels=labels)
    (*_, ours) = pgd(sign_of, clean, epsilon, epsilon / 3, STEPS, initial)
    reference = foolbox.attacks.LinfPGD(abs_stepsize=epsilon / 3, steps=STEPS, random_start=True)
    reference.get_random_start = lambda *_: foolbox.attacks.base.ep.astensor(initial)
    by_foolbox = reference.run(
        foolbox.PyTorchModel(network, bounds=(0, 1)), clean, foolbox.criteria.Misclassification(labels), epsilon=epsilon
    )
    torch.testing.assert_close(ours, by_foolbox, atol=1e-6, rtol=0)
    if start == "picture":
        by_torchattacks = torchattacks.PGD(network, eps=epsilon, alpha=epsilon / 3, steps=STEPS, random_start=False)
        torch.testing.assert_close(ours, by_torchattacks(clean, labels), atol=1e-6, rtol=0)


@EVERY_MODEL
def test_targeted_pgd_equals_the_reference(
    model: str, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    targets = torch.tensor([3, 5])
    (*_, ours) = pgd(partial(gradient_sign, network, labels=targets, targeted=True), clean, 4 / 255, 1 / 255, STEPS)
    reference = foolbox.attacks.LinfPGD(abs_stepsize=1 / 255, steps=STEPS, random_start=False)
    by_foolbox = reference.run(
        foolbox.PyTorchModel(network, bounds=(0, 1)),
        clean,
        foolbox.criteria.TargetedMisclassification(targets),
        epsilon=4 / 255,
    )
    torch.testing.assert_close(ours, by_foolbox, atol=1e-6, rtol=0)


# Properties


@pytest.fixture(scope="module")
def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))


def eight_bit(generator: torch.Generator) -> Tensor:
    return (torch.rand(2, 3, 8, 8, generator=generator) * 255).round() / 255


@given(
    epsilon=st.floats(0, 51),
    step_size=st.floats(0, 26),
    steps=st.integers(1, 5),
    seed=st.integers(0, 99),
    targeted=st.booleans(),
)
def test_attacks_stay_within_epsilon_and_the_range_of_pixels(
    small: nn.Module, epsilon: float, step_size: float, steps: int, seed: int, targeted: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    clean = eight_bit(generator)
    sign_of = partial(gradient_sign, small, labels=torch.tensor([1, 2]), targeted=targeted)
    start = random_start(clean, epsilon / 255, generator)
    iterates = pgd(sign_of, clean, epsilon / 255, step_size / 255, steps, start)
    for adversarial in (fgsm(clean, sign_of(clean), epsilon / 255), start, *iterates):
        assert adversarial.min() >= 0
        assert adversarial.max() <= 1
        assert (adversarial - clean).abs().max() <= epsilon / 255 + 1e-6
        quantized = quantize(adversarial, clean, epsilon)
        levels = quantized * 255
        torch.testing.assert_close(levels, levels.round(), atol=1e-4, rtol=0)
        assert 0 <= levels.round().min() <= levels.round().max() <= 255
        assert (levels.round() - (clean * 255).round()).abs().max() <= epsilon
        # towards the original: no channel is further from it than before
        assert ((quantized - clean).abs() - (adversarial - clean).abs()).max() <= 1e-5


@pytest.mark.parametrize("epsilon", range(33))
def test_whole_epsilons_lose_nothing_to_rounding(epsilon: int) -> None:
    clean = torch.arange(256).float().view(1, 1, 16, 16).expand(1, 3, -1, -1) / 255
    for sign in (torch.ones_like(clean), -torch.ones_like(clean)):
        adversarial = fgsm(clean, sign, epsilon / 255)
        torch.testing.assert_close(quantize(adversarial, clean, epsilon), adversarial, atol=1e-6, rtol=0)


@settings(max_examples=30, deadline=None)
@given(
    epsilon=st.one_of(st.just(2.6), st.floats(0, 32)),
    method=st.sampled_from(["fgsm", "iterated", "pgd"]),
    seed=st.integers(0, 9999),
)
def test_no_channel_of_the_adversarial_picture_changes_by_more_than_epsilon(
    epsilon: float, method: str, seed: int
) -> None:
    knobs = AttackKnobs(model="cifar10-resnet", method=method, epsilon=epsilon, steps=3, step_size=1.7, seed=seed)  # type: ignore[arg-type]
    result = attack(COFFEE, knobs)
    original, adversarial = (np.asarray(picture, np.int16) for picture in (result.original, result.adversarial))
    distance = np.abs(adversarial - original).max()
    assert distance <= epsilon
    assert result.linf_distance == distance


def test_epsilon_between_two_steps_is_rounded_down() -> None:
    assert attack(COFFEE, AttackKnobs(epsilon=2.6)).linf_distance == 2


def test_attack_accumulates_no_gradients_in_the_network() -> None:
    attack(COFFEE, AttackKnobs(method="pgd", steps=2))
    get_runtime().run(partial(check_untouched), "mobilenet-v2")


def check_untouched(network: nn.Module) -> None:
    assert not network.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_two_visitors_at_once_get_their_own_results() -> None:
    knobs = AttackKnobs(model="resnet-18", method="pgd", steps=5, epsilon=4)
    names = [sample.name for sample in EXAMPLES][:4]
    alone = {name: attack(example(name), knobs) for name in names}
    together: dict[str, Attack] = {}

    def visit(name: str) -> None:
        together[name] = attack(example(name), knobs)

    threads = [threading.Thread(target=visit, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        assert together[name].adversarial.tobytes() == alone[name].adversarial.tobytes()


def test_gradient_sign_is_minus_one_zero_or_one_on_the_pixels() -> None:
    context = attack_context(COFFEE, AttackKnobs(model="cifar10-resnet"))
    assert context.gradient_sign.shape == context.pixels.shape
    assert set(context.gradient_sign.unique().tolist()) <= {-1.0, 0.0, 1.0}
