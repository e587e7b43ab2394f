"""The attacks against two references, and their bounds."""

import threading
import warnings
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from zoo.core.loading import load
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example
from zoo.exhibits.adversarial import Attack, AttackKnobs, attack, victims
from zoo.exhibits.adversarial.attacks import direction, fgsm, iterate, random_start, rounded
from zoo.exhibits.adversarial.context import seen, to_pixels

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # both import scipy by names that it has given up
    import foolbox
    import torchattacks

MODELS = [card.name for card in victims()]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)
EPSILONS = pytest.mark.parametrize("epsilon", [0.5 / 255, 2 / 255, 8 / 255])
STEPS, COFFEE = 4, example("coffee")


@pytest.fixture(scope="module")
def networks() -> dict[str, nn.Module]:
    return {name: load(name).eval().requires_grad_(False) for name in MODELS}


@pytest.fixture(scope="module")
def pictures() -> dict[str, Tensor]:
    """Two pictures as each model sees them."""
    found = {}
    for card in victims():
        found[card.name] = torch.cat([to_pixels(seen(example(name), card)) for name in ("coffee", "rocket")])
    return found


# The attacks, against the references


@EVERY_MODEL
@EPSILONS
def test_fgsm_equals_both_references(
    model: str, epsilon: float, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    labels = network(clean).argmax(1)
    ours = fgsm(clean, direction(network, clean, labels), epsilon)
    theirs = foolbox.attacks.LinfFastGradientAttack(random_start=False).run(
        foolbox.PyTorchModel(network, bounds=(0, 1)), clean, foolbox.criteria.Misclassification(labels), epsilon=epsilon
    )
    others = torchattacks.FGSM(network, eps=epsilon)(clean, labels)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours, others, atol=1e-6, rtol=0)


@EVERY_MODEL
@EPSILONS
@pytest.mark.parametrize("start", ["picture", "random"])
def test_pgd_equals_both_references_from_the_same_start(
    model: str, epsilon: float, start: str, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    labels = network(clean).argmax(1)
    begin = clean if start == "picture" else random_start(clean, epsilon, torch.Generator().manual_seed(1))
    look = partial(direction, network, labels=labels)
    (*_, ours) = iterate(look, clean, epsilon, epsilon / 3, STEPS, begin)
    reference = foolbox.attacks.LinfPGD(abs_stepsize=epsilon / 3, steps=STEPS, random_start=True)
    reference.get_random_start = lambda *_: foolbox.attacks.base.ep.astensor(begin)
    theirs = reference.run(
        foolbox.PyTorchModel(network, bounds=(0, 1)), clean, foolbox.criteria.Misclassification(labels), epsilon=epsilon
    )
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    if start == "picture":
        others = torchattacks.PGD(network, eps=epsilon, alpha=epsilon / 3, steps=STEPS, random_start=False)
        torch.testing.assert_close(ours, others(clean, labels), atol=1e-6, rtol=0)


@EVERY_MODEL
def test_targeted_pgd_equals_the_reference(
    model: str, networks: dict[str, nn.Module], pictures: dict[str, Tensor]
) -> None:
    network, clean = networks[model], pictures[model]
    targets = torch.tensor([3, 5])
    (*_, ours) = iterate(partial(direction, network, labels=targets, targeted=True), clean, 4 / 255, 1 / 255, STEPS)
    reference = foolbox.attacks.LinfPGD(abs_stepsize=1 / 255, steps=STEPS, random_start=False)
    theirs = reference.run(
        foolbox.PyTorchModel(network, bounds=(0, 1)),
        clean,
        foolbox.criteria.TargetedMisclassification(targets),
        epsilon=4 / 255,
    )
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


# Properties


@pytest.fixture(scope="module")
def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))


@given(
    epsilon=st.floats(0, 0.2),
    step_size=st.floats(0, 0.1),
    steps=st.integers(1, 5),
    seed=st.integers(0, 99),
    targeted=st.booleans(),
)
def test_attacks_stay_within_epsilon_and_the_range_of_pixels(
    small: nn.Module, epsilon: float, step_size: float, steps: int, seed: int, targeted: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    clean = (torch.rand(2, 3, 8, 8, generator=generator) * 255).round() / 255
    labels = torch.tensor([1, 2])
    look = partial(direction, small, labels=labels, targeted=targeted)
    begin = random_start(clean, epsilon, generator)
    for moved in (fgsm(clean, look(clean), epsilon), begin, *iterate(look, clean, epsilon, step_size, steps, begin)):
        assert moved.min() >= 0
        assert moved.max() <= 1
        assert (moved - clean).abs().max() <= epsilon + 1e-6
        assert (rounded(moved) - clean).abs().max() <= epsilon + 1 / 510 + 1e-6


def test_attack_leaves_nothing_behind_in_the_network() -> None:
    attack(COFFEE, AttackKnobs(method="pgd", steps=2))
    get_runtime().run(partial(check_untouched), "mobilenet-v2")


def check_untouched(network: nn.Module) -> None:
    assert not network.training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_two_visitors_at_once_get_their_own_results() -> None:
    knobs = AttackKnobs(model="resnet-18", method="pgd", steps=5, epsilon=4)
    names = [sample.name for sample in EXAMPLES]
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
