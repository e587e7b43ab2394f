"""Adversarial: what the exhibit makes of the attacks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.steps import walked
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.images import decode_image, encode_png
from zoo.core.jobs import run_to_completion
from zoo.examples import EXAMPLES, example
from zoo.exhibits.adversarial import (
    AttackKnobs,
    DefenceKnobs,
    SurrogateKnobs,
    attack,
    curve,
    defend,
    evaluate,
    explain_both,
    learn_surrogate,
    open_case,
    perturbation,
    transfer,
    verdict,
    victims,
)
from zoo.exhibits.adversarial.context import Case, to_picture, to_pixels
from zoo.exhibits.adversarial.defences import median, reduce_bits
from zoo.exhibits.adversarial.outcomes import attacked

MODELS = [card.name for card in victims()]
COFFEE = example("coffee")


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


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (64, 64), (192, 192), (224, 224)])
@pytest.mark.parametrize("model", MODELS)
def test_picture_of_any_size_is_attacked_at_the_size_the_model_sees(model: str, size: tuple[int, int]) -> None:
    result = attack(COFFEE.resize(size), AttackKnobs(model=model))
    assert result.original.size == result.adversarial.size
    assert result.original.size[0] in (32, 64, 192, 224)


def test_network_trained_under_attack_withstands_more_than_its_sister() -> None:
    def fooled(model: str) -> int:
        knobs = AttackKnobs(model=model, method="pgd", epsilon=3)
        return sum(attack(example(each.name), knobs).outcome.fooled for each in EXAMPLES)

    assert fooled("cifar10-resnet-robust") < fooled("cifar10-resnet")


@pytest.mark.parametrize("method", ["fgsm", "iterated"])
def test_curve_ends_at_the_least_epsilon_that_fools(method: str) -> None:
    knobs = AttackKnobs(model="resnet-18", method=method, steps=3)
    found = run_to_completion(curve(COFFEE, knobs))
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
    records, cells = walked(transfer(COFFEE, knobs, ("resnet-18",)))
    assert len(records) == 6 + len(cells) == 7


def test_matrix_holds_every_attacker_against_every_victim() -> None:
    knobs = AttackKnobs(epsilon=8)
    cells = run_to_completion(transfer(COFFEE, knobs))
    assert [(cell.attacker, cell.victim) for cell in cells] == [(a, v) for a in MODELS for v in MODELS]
    for cell in cells:
        own = attack(COFFEE, AttackKnobs(model=cell.attacker, epsilon=8)).outcome
        if cell.attacker == cell.victim:
            assert (cell.before, cell.after) == (own.before.predictions[0].label, own.after.predictions[0].label)
        assert cell.fooled == (cell.before != cell.after)


# A surrogate

SMALL = COFFEE.resize((64, 64))
BLIND = AttackKnobs(model="resnet-18", epsilon=16)


def test_surrogate_fools_by_answers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "look", None)  # no slope is looked at
    reports, found = walked(learn_surrogate(SMALL, BLIND))
    outcome = found.attack.outcome
    assert outcome.fooled
    assert found.lead[-1] < 0 <= min(found.lead[:-1])
    assert outcome.largest <= 16
    assert found.questions[-1] == len(reports) * 5 + len(found.questions)
    again = decode_image(encode_png(found.attack.adversarial))
    case = open_case(again, BLIND)
    assert case.card.classes[case.aim].label == outcome.after.predictions[0].label


def test_surrogate_learns_what_the_network_answers() -> None:
    knobs = AttackKnobs(epsilon=2)
    found = run_to_completion(learn_surrogate(SMALL, knobs, SurrogateKnobs(questions=200)))
    assert found.questions == (1, 52, 103, 154, 200)
    assert min(found.lead) < 0.8 * found.lead[0]
    assert not found.attack.outcome.fooled
    assert run_to_completion(learn_surrogate(SMALL, knobs, SurrogateKnobs(questions=200))).lead == found.lead


def test_surrogate_closes_in_on_a_target() -> None:
    target = attack(SMALL, AttackKnobs(model="resnet-18")).outcome.before.predictions[1].label
    found = run_to_completion(learn_surrogate(SMALL, BLIND.model_copy(update={"target": target})))
    assert found.lead[-1] < 0.6 * found.lead[0]
    assert found.attack.outcome.after.predictions[0].label != "espresso"


def test_shifts_that_8_bits_undo_are_refused() -> None:
    with pytest.raises(InputError, match="moves no pixel"):
        run_to_completion(learn_surrogate(SMALL, AttackKnobs(epsilon=0.4)))


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
    steps = walked(explain_both(result))
    assert [progress.step for progress in steps[0]] == list(range(1, steps[0][-1].total + 1))
    for each in steps[1]:
        assert [found.shape for found in each.maps] == [(64, 64)] * 2
        assert all(0 <= found.min() <= found.max() <= 1 for found in each.maps)


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
