"""Adversarial: the attacks against two references, their bounds, and what the exhibit makes of them."""

import threading
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

from zoo.adversarial import (
    Attack,
    AttackKnobs,
    DefenceKnobs,
    attack,
    curve,
    defend,
    evaluate,
    explain_both,
    open_case,
    perturbation,
    transfer,
    verdict,
    victims,
)
from zoo.adversarial.attack import attacked
from zoo.adversarial.attacks import direction, fgsm, iterate, random_start, rounded
from zoo.adversarial.case import seen, to_picture, to_pixels
from zoo.adversarial.defences import median, reduce_bits
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.inputs import decode_image, encode_png
from zoo.core.models import load
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # both import scipy by names that it has given up
    import foolbox
    import torchattacks

T = TypeVar("T")
MODELS = [card.name for card in victims()]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS)
EPSILONS = pytest.mark.parametrize("epsilon", [0.5 / 255, 2 / 255, 8 / 255])
STEPS, COFFEE = 4, example("coffee")


def drained(steps: Iterator[Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


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


# The exhibit


@pytest.mark.parametrize("method", ["fgsm", "iterated", "pgd"])
def test_attack_changes_the_answer_and_survives_its_file(method: str) -> None:
    result = attack(COFFEE, AttackKnobs(method=method))
    outcome = result.outcome
    assert outcome.before.predictions[0].label == outcome.aim == "espresso"
    assert outcome.fooled
    assert not outcome.undone
    assert 0 < outcome.largest <= 2
    again = attack(decode_image(encode_png(result.adversarial)), AttackKnobs(epsilon=0)).outcome
    assert again.before.predictions == outcome.after.predictions
    assert "Fooled" in verdict(outcome)


def test_target_is_reached() -> None:
    outcome = attack(COFFEE, AttackKnobs(method="iterated", target="Tabby ")).outcome
    assert outcome.aim == outcome.after.predictions[0].label == "tabby"
    assert outcome.fooled


def test_attack_that_misses_its_target_says_what_is_seen_instead() -> None:
    outcome = attack(COFFEE, AttackKnobs(target="toucan")).outcome
    assert not outcome.fooled
    assert verdict(outcome) == f"Not there yet: it sees {outcome.after.predictions[0].label}, not toucan."
    assert "still sees espresso" in verdict(attack(COFFEE, AttackKnobs(target="toucan", epsilon=0)).outcome)


def test_rounding_can_undo_an_attack_and_that_is_said() -> None:
    result = attack(COFFEE, AttackKnobs(epsilon=0.4))
    assert result.outcome.undone
    assert not result.outcome.fooled
    assert result.outcome.largest == 0
    assert "rounded" in verdict(result.outcome)


def test_kept_case_gives_the_same_attack_for_any_epsilon_and_method() -> None:
    case = open_case(COFFEE, AttackKnobs())
    for knobs in (AttackKnobs(epsilon=3.5), AttackKnobs(method="pgd", steps=2, seed=5)):
        kept, fresh = attack(COFFEE, knobs, case), attack(COFFEE, knobs)
        assert kept.adversarial.tobytes() == fresh.adversarial.tobytes()
        assert kept.outcome.after.predictions == fresh.outcome.after.predictions


def test_seed_chooses_where_pgd_starts() -> None:
    one, same, other = (
        attack(COFFEE, AttackKnobs(method="pgd", steps=1, seed=seed)).adversarial.tobytes() for seed in (1, 1, 2)
    )
    assert one == same != other


def test_what_was_added_is_grey_where_nothing_was() -> None:
    assert set(np.unique(perturbation(attack(COFFEE, AttackKnobs(epsilon=0))))) == {128}
    drawn = np.asarray(perturbation(attack(COFFEE, AttackKnobs(epsilon=3))))
    assert (drawn.min(), drawn.max()) == (1, 255)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": "tweet-lstm"}, InputError),
        ({"model": "no-such"}, NotFoundError),
        ({"target": "unicorn"}, InputError),
        ({"target": "espresso"}, InputError),
    ],
)
def test_what_cannot_be_attacked_is_a_sentence(change: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"\.$"):
        attack(COFFEE, AttackKnobs(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (64, 64), (176, 176), (224, 224)])
@EVERY_MODEL
def test_picture_of_any_size_is_attacked_at_the_size_the_model_sees(model: str, size: tuple[int, int]) -> None:
    result = attack(COFFEE.resize(size), AttackKnobs(model=model))
    assert result.original.size == result.adversarial.size
    assert result.original.size[0] in (64, 176, 224)


@pytest.mark.parametrize("method", ["fgsm", "iterated"])
def test_curve_ends_at_the_least_epsilon_that_fools(method: str) -> None:
    knobs = AttackKnobs(model="resnet-18", method=method, steps=3)
    found = drained(curve(COFFEE, knobs))
    assert [point.epsilon for point in found.points][:2] == [0, 0.25]
    assert not found.points[0].fooled
    first = next(point.epsilon for point in found.points if point.fooled)
    assert 0 < found.smallest <= first
    case = open_case(COFFEE, knobs)
    size = max(0.05, 2.5 * found.smallest / 3)
    (*_, moved) = attacked(case, knobs.model_copy(update={"epsilon": found.smallest, "step_size": size}))
    assert case.fooled(case.odds(moved)[0])


def test_every_step_of_an_attack_is_a_step_of_the_matrix() -> None:
    knobs = AttackKnobs(method="iterated", steps=6)
    records, cells = list_of(transfer(COFFEE, knobs, ("resnet-18",)))
    assert len(records) == 6 + len(cells) == 7


def test_matrix_holds_every_attacker_against_every_victim() -> None:
    knobs = AttackKnobs(epsilon=8)
    cells = drained(transfer(COFFEE, knobs))
    assert [(cell.attacker, cell.victim) for cell in cells] == [(a, v) for a in MODELS for v in MODELS]
    for cell in cells:
        own = attack(COFFEE, AttackKnobs(model=cell.attacker, epsilon=8)).outcome
        if cell.attacker == cell.victim:
            assert (cell.before, cell.after) == (own.before.predictions[0].label, own.after.predictions[0].label)
        assert cell.fooled == (cell.before != cell.after)


# Defences


def test_no_check_changes_nothing_and_every_check_says_what_it_makes_of_both() -> None:
    result = attack(COFFEE, AttackKnobs(method="pgd"))
    none, *checks = defend(result, DefenceKnobs(bits=3, median=5, quality=60))
    assert (none.clean, none.attacked) == ("espresso", result.outcome.after.predictions[0].label)
    assert not none.held
    assert none.shift == 0
    assert [check.name for check in checks] == ["3 bits", "median 5 × 5", "JPEG 60"]
    assert all(0 < check.shift <= 2 for check in checks)
    assert any(check.held for check in checks)  # PGD at 2/255 does not know of them


@given(st.integers(1, 8))
def test_bits_leave_as_many_levels(bits: int) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, 2))
    values = np.unique(reduce_bits(ramp, bits))
    assert len(values) == 2**bits
    assert (values[0], values[-1]) == (0, 255)


def test_median_takes_a_lone_pixel_away() -> None:
    picture = Image.new("RGB", (9, 9))
    picture.putpixel((4, 4), (255, 255, 255))
    assert median(picture, 3).getextrema() == ((0, 0),) * 3
    assert median(picture, 1) is picture


# Explanations and evaluation


def test_both_pictures_are_explained_by_five_methods() -> None:
    result = attack(COFFEE.resize((64, 64)), AttackKnobs(model="resnet-18"))
    steps = list_of(explain_both(result))
    assert [progress.step for progress in steps[0]] == list(range(1, steps[0][-1].total + 1))
    for each in steps[1]:
        assert [found.shape for found in each.maps] == [(64, 64)] * 2
        assert all(0 <= found.min() <= found.max() <= 1 for found in each.maps)


def list_of(steps: Iterator[T]) -> tuple[list[T], Any]:
    records = []
    while True:
        try:
            records.append(next(steps))
        except StopIteration as stop:
            return records, stop.value


def test_evaluation_attacks_the_true_class(tmp_path: Path) -> None:
    COFFEE.save(tmp_path / "n07920052_espresso.png")
    mild = evaluate(tmp_path, "mobilenet-v2", epsilon=0.0)
    assert (mild.clean, mild.fgsm, mild.pgd10, mild.n) == (1, 1, 1, 1)
    hard = evaluate(tmp_path, "mobilenet-v2", epsilon=4 / 255)
    assert (hard.clean, hard.pgd10) == (1, 0)
    (tmp_path / "n07920052_espresso.png").rename(tmp_path / "n99999999_unicorn.png")
    with pytest.raises(NoKnownClassError):
        evaluate(tmp_path, "mobilenet-v2")


def test_pixels_and_pictures_are_inverse() -> None:
    assert to_picture(to_pixels(COFFEE)[0]).tobytes() == COFFEE.tobytes()
