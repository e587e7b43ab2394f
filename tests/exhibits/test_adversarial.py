"""Adversarial's operations, whatever the bundled weights predict."""

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
from zoo.core.steps import run_to_completion
from zoo.examples import example, example_path
from zoo.exhibits.adversarial import (
    AttackKnobs,
    DefenceKnobs,
    EpsilonCurveKnobs,
    PerturbationKnobs,
    SqueezingKnobs,
    SurrogateKnobs,
    TransferKnobs,
    attack,
    attack_context,
    defences,
    epsilon_curve,
    evaluate,
    explanations,
    image_classifiers,
    perturbation,
    squeeze,
    surrogate,
    transfer,
)
from zoo.exhibits.adversarial.context import to_picture, to_pixels
from zoo.exhibits.adversarial.feature_squeezing import median_filter, reduce_bits

MODELS = [card.name for card in image_classifiers()]
COFFEE = example("coffee")
SMALL = COFFEE.resize((64, 64))


@pytest.mark.parametrize("method", ["fgsm", "iterated", "pgd"])
def test_adversarial_picture_survives_its_file(method: str) -> None:
    result = attack(COFFEE, AttackKnobs(method=method))  # type: ignore[arg-type]
    assert 0 < result.linf_distance <= 2
    assert result.target == ""
    assert result.fooled is (result.after.predictions[0] != result.before.predictions[0])
    again = attack(decode_image(encode_png(result.adversarial)), AttackKnobs(epsilon=0))
    assert again.before.predictions == result.after.predictions
    assert again.after.predictions == again.before.predictions


def test_input_may_be_a_path_bytes_or_an_array() -> None:
    path, knobs = Path(example_path("coffee")), AttackKnobs(model="cifar10-resnet")
    expected = attack(COFFEE, knobs).adversarial.tobytes()
    for image in (path, str(path), path.read_bytes(), np.asarray(COFFEE)):
        assert attack(image, knobs).adversarial.tobytes() == expected


def test_epsilon_below_one_step_changes_no_pixel_of_8_bits() -> None:
    result = attack(COFFEE, AttackKnobs(epsilon=0.9))
    assert result.linf_distance == 0
    assert not result.fooled
    assert result.adversarial.tobytes() == result.original.tobytes()


def test_stored_context_gives_the_same_attack_for_any_epsilon_and_method() -> None:
    context = attack_context(COFFEE, AttackKnobs())
    for knobs in (AttackKnobs(epsilon=3.5), AttackKnobs(method="pgd", steps=2, seed=5)):
        stored, fresh = attack(COFFEE, knobs, context), attack(COFFEE, knobs)
        assert stored.adversarial.tobytes() == fresh.adversarial.tobytes()
        assert stored.after.predictions == fresh.after.predictions


def test_seed_chooses_where_pgd_starts() -> None:
    first, same, other = (
        attack(COFFEE, AttackKnobs(method="pgd", steps=1, seed=seed)).adversarial.tobytes() for seed in (1, 1, 2)
    )
    assert first == same != other


def test_perturbation_is_grey_where_nothing_changed() -> None:
    assert set(np.unique(perturbation(attack(COFFEE, AttackKnobs(epsilon=0))))) == {128}
    drawn = np.asarray(perturbation(attack(COFFEE, AttackKnobs(epsilon=3))))
    assert (drawn.min(), drawn.max()) == (1, 255)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": "tweet-lstm"}, InputError),
        ({"model": "no-such"}, NotFoundError),
        ({"target": "unicorn"}, InputError),
        ({"target": "predicted"}, InputError),
    ],
)
def test_what_cannot_be_attacked_is_a_sentence(change: dict[str, str], error: type[Exception]) -> None:
    if change.get("target") == "predicted":
        change = {"target": attack(COFFEE, AttackKnobs()).before.predictions[0].label}
    with pytest.raises(error, match=r"\.$"):
        attack(COFFEE, AttackKnobs(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (64, 64), (192, 192), (224, 224)])
@pytest.mark.parametrize("model", MODELS)
def test_picture_of_any_size_is_attacked_at_the_size_the_model_takes(model: str, size: tuple[int, int]) -> None:
    result = attack(COFFEE.resize(size), AttackKnobs(model=model))
    assert result.original.size == result.adversarial.size
    assert result.original.size[0] in (32, 64, 192, 224)


# Epsilon curve


def test_curve_starts_at_the_original_and_has_a_step_for_each_step_of_the_attack() -> None:
    records, curve = walked(epsilon_curve(COFFEE, EpsilonCurveKnobs(model="cifar10-resnet", method="pgd", steps=3)))
    before = attack(COFFEE, AttackKnobs(model="cifar10-resnet")).before.predictions
    assert [point.epsilon for point in curve.points][:2] == [0, 0.25]
    assert curve.original == before[0].label
    assert curve.points[0].original_probability == pytest.approx(before[0].probability, abs=1e-4)
    assert curve.points[0].other_probability == pytest.approx(before[1].probability, abs=1e-4)
    assert not curve.points[0].fooled
    bisections = 5 if curve.smallest_epsilon is not None else 0
    assert len(records) == 3 * (len(curve.points) + bisections)
    assert (curve.smallest_epsilon is None) is not any(point.fooled for point in curve.points)


# Transfer


def test_every_step_of_an_attack_is_a_step_of_the_matrix() -> None:
    knobs = TransferKnobs(method="iterated", steps=6, model=["resnet-18"])
    records, matrix = walked(transfer(COFFEE, knobs))
    assert len(records) == 6 + len(matrix.cells) == 7


def test_matrix_holds_every_attacked_model_against_every_tested_model() -> None:
    matrix = run_to_completion(transfer(COFFEE, TransferKnobs(epsilon=8)))
    assert list(matrix.models) == MODELS
    pairs = [(source, victim) for source in MODELS for victim in MODELS]
    assert [(cell.source, cell.victim) for cell in matrix.cells] == pairs
    for cell in matrix.cells:
        if cell.source == cell.victim:
            white_box = attack(COFFEE, AttackKnobs(model=cell.source, epsilon=8))
            labels = white_box.before.predictions[0].label, white_box.after.predictions[0].label
            assert (cell.before, cell.after) == labels
            assert cell.fooled == white_box.fooled
        assert cell.fooled == (cell.before != cell.after)


def test_matrix_of_chosen_models_names_each_once() -> None:
    knobs = TransferKnobs(model=["cifar10-resnet", "resnet-18", "cifar10-resnet"])
    matrix = run_to_completion(transfer(COFFEE, knobs))
    assert matrix.models == ("cifar10-resnet", "resnet-18")
    assert len(matrix.cells) == 4
    with pytest.raises(InputError):
        run_to_completion(transfer(COFFEE, TransferKnobs(model=["tweet-lstm"])))


# Surrogate


def test_surrogate_is_deterministic_and_counts_its_queries() -> None:
    knobs = SurrogateKnobs(model="cifar10-resnet-robust", epsilon=1, queries=60, seed=3)
    records, result = walked(surrogate(SMALL, knobs))
    again = run_to_completion(surrogate(SMALL, knobs))
    assert again.margins == result.margins
    assert again.attack.adversarial.tobytes() == result.attack.adversarial.tobytes()
    assert len(result.queries) == len(result.margins)
    assert result.queries[-1] <= 60
    assert result.queries[0] == 1
    assert all(np.diff(result.queries) > 0)
    assert records[-1].metrics.keys() == {"margin"}
    assert result.attack.linf_distance <= 1
    assert 0 <= result.random_success_rate <= 1


def test_shifts_that_8_bits_cannot_hold_are_refused() -> None:
    with pytest.raises(InputError, match="changes no pixel"):
        run_to_completion(surrogate(SMALL, SurrogateKnobs(epsilon=0.9)))


# Defences


def test_first_transformation_changes_nothing_and_the_knobs_name_the_others() -> None:
    result = attack(COFFEE, AttackKnobs(method="pgd"))
    rows = squeeze(result, SqueezingKnobs(bits=3, median=5, quality=60)).results
    assert (rows[0].original, rows[0].adversarial) == (
        result.before.predictions[0].label,
        result.after.predictions[0].label,
    )
    assert rows[0].recovered is not result.fooled
    assert rows[0].l1_distance == 0
    assert [row.name for row in rows] == ["none", "3 bits", "median 5 × 5", "JPEG 60"]
    assert all(0 < row.l1_distance <= 2 for row in rows[1:])


def test_defences_make_the_attack_that_they_are_tried_against() -> None:
    knobs = DefenceKnobs(model="cifar10-resnet", method="pgd", epsilon=5, steps=2, seed=4, bits=2)
    result = attack(COFFEE, AttackKnobs(model="cifar10-resnet", method="pgd", epsilon=5, steps=2, seed=4))
    assert defences(COFFEE, knobs) == squeeze(result, SqueezingKnobs(bits=2))


@given(st.integers(1, 8))
def test_bits_leave_as_many_levels(bits: int) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, 2))
    values = np.unique(reduce_bits(ramp, bits))
    assert len(values) == 2**bits
    assert (values[0], values[-1]) == (0, 255)


def test_median_filter_removes_a_single_pixel() -> None:
    picture = Image.new("RGB", (9, 9))
    picture.putpixel((4, 4), (255, 255, 255))
    assert median_filter(picture, 3).getextrema() == ((0, 0),) * 3
    assert median_filter(picture, 1) is picture


# Explanations and evaluation


@pytest.mark.parametrize("method", ["fgsm", "iterated"])
def test_both_predictions_are_explained_by_five_methods(method: str) -> None:
    knobs = PerturbationKnobs(model="cifar10-resnet", method=method, steps=3)  # type: ignore[arg-type]
    records, result = walked(explanations(SMALL, knobs))
    assert [progress.step for progress in records] == list(range(1, (records[-1].total or 0) + 1))
    expected = attack(SMALL, AttackKnobs(model="cifar10-resnet", method=method, steps=3))  # type: ignore[arg-type]
    for explained, answer in ((result.before, expected.before), (result.after, expected.after)):
        assert explained.label == answer.predictions[0].label
        assert len(explained.maps) == 5
        for each in explained.maps:
            assert each.importance.shape == (32, 32)
            assert 0 <= each.importance.min() <= each.importance.max() <= 1
    assert result.picture.size == (6 * 32 + 5 * 4, 2 * 32 + 4)


def test_evaluation_without_an_attack_changes_nothing(tmp_path: Path) -> None:
    card = next(card for card in image_classifiers() if card.name == "resnet-18")
    predicted = attack(COFFEE, AttackKnobs(model=card.name)).before.predictions[0]
    COFFEE.save(tmp_path / f"{predicted.id}_picture.png")
    measured = evaluate(tmp_path, card.name, epsilon=0.0)
    assert (measured.clean, measured.fgsm, measured.pgd10, measured.n) == (1, 1, 1, 1)
    (tmp_path / f"{predicted.id}_picture.png").rename(tmp_path / "n99999999_unicorn.png")
    with pytest.raises(NoKnownClassError):
        evaluate(tmp_path, card.name)


def test_pixels_and_pictures_are_inverse() -> None:
    assert to_picture(to_pixels(COFFEE)[0]).tobytes() == COFFEE.tobytes()
