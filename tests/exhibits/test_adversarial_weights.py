"""What attacks do to the bundled weights. It may change when the weights change."""

from pathlib import Path

import pytest

from tests.steps import walked
from zoo.core.images import decode_image, encode_png
from zoo.core.steps import run_to_completion
from zoo.examples import EXAMPLES, example
from zoo.exhibits.adversarial import (
    AttackContext,
    AttackKnobs,
    EpsilonCurveKnobs,
    SqueezingKnobs,
    SurrogateKnobs,
    attack,
    attack_context,
    epsilon_curve,
    evaluate,
    squeeze,
    surrogate,
)
from zoo.exhibits.adversarial.epsilon_curves import at_epsilon
from zoo.exhibits.adversarial.single_attack import perturb

pytestmark = pytest.mark.trained_weights

COFFEE = example("coffee")
SMALL = COFFEE.resize((64, 64))
BLACK_BOX = SurrogateKnobs(model="resnet-18", epsilon=16)


@pytest.mark.parametrize("method", ["fgsm", "iterated", "pgd"])
def test_attack_changes_the_prediction(method: str) -> None:
    result = attack(COFFEE, AttackKnobs(method=method))  # type: ignore[arg-type]
    assert result.before.predictions[0].label == "espresso"
    assert result.fooled
    assert not result.lost_to_rounding
    assert "Fooled" in result.summary


def test_target_is_reached() -> None:
    result = attack(COFFEE, AttackKnobs(method="iterated", target="Tabby "))
    assert result.target == result.after.predictions[0].label == "tabby"
    assert result.fooled


def test_summary_of_a_missed_target_names_the_prediction() -> None:
    result = attack(COFFEE, AttackKnobs(target="toucan"))
    assert not result.fooled
    assert result.summary == f"Not the target: the prediction is {result.after.predictions[0].label}, not toucan."
    assert "still espresso" in attack(COFFEE, AttackKnobs(target="toucan", epsilon=0)).summary


def test_rounding_can_undo_an_attack_and_the_summary_tells() -> None:
    result = attack(COFFEE, AttackKnobs(epsilon=0.4))
    assert result.lost_to_rounding
    assert not result.fooled
    assert result.linf_distance == 0
    assert "rounded" in result.summary


@pytest.mark.slow
def test_adversarial_training_makes_a_network_more_robust() -> None:
    def count_fooled(model: str) -> int:
        knobs = AttackKnobs(model=model, method="pgd", epsilon=3)
        return sum(attack(example(sample.name), knobs).fooled for sample in EXAMPLES)

    assert count_fooled("cifar10-resnet-robust") < count_fooled("cifar10-resnet")


@pytest.mark.parametrize("method", ["fgsm", pytest.param("iterated", marks=pytest.mark.slow)])
def test_curve_ends_at_the_smallest_epsilon_that_fools(method: str) -> None:
    knobs = EpsilonCurveKnobs(model="resnet-18", method=method, steps=3)  # type: ignore[arg-type]
    curve = run_to_completion(epsilon_curve(COFFEE, knobs))
    smallest = curve.smallest_epsilon
    assert smallest is not None
    assert 0 < smallest <= next(point.epsilon for point in curve.points if point.fooled)
    context = attack_context(COFFEE, knobs)
    (*_, adversarial) = perturb(context, at_epsilon(knobs, smallest))
    assert context.fooled(context.predict(adversarial)[0])


@pytest.mark.slow
def test_surrogate_fools_without_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AttackContext, "gradient_sign_at", None)
    records, result = walked(surrogate(SMALL, BLACK_BOX))
    assert result.attack.fooled
    assert result.margins[-1] < 0 <= min(result.margins[:-1])
    assert result.attack.linf_distance <= 16
    assert result.queries[-1] == len(records) * 5 + len(result.queries)
    again = decode_image(encode_png(result.attack.adversarial))
    context = attack_context(again, BLACK_BOX)
    assert context.label(context.class_index) == result.attack.after.predictions[0].label


@pytest.mark.slow
def test_surrogate_lowers_the_margin() -> None:
    result = run_to_completion(surrogate(SMALL, SurrogateKnobs(epsilon=2, queries=200)))
    assert result.queries == (1, 52, 103, 154, 200)
    assert min(result.margins) < 0.8 * result.margins[0]
    assert not result.attack.fooled


@pytest.mark.slow
def test_surrogate_comes_closer_to_a_target() -> None:
    target = attack(SMALL, AttackKnobs(model="resnet-18")).before.predictions[1].label
    result = run_to_completion(surrogate(SMALL, BLACK_BOX.model_copy(update={"target": target})))
    assert result.margins[-1] < 0.6 * result.margins[0]
    assert result.attack.after.predictions[0].label != "espresso"


def test_a_transformation_recovers_the_class_under_an_attack_that_ignores_it() -> None:
    result = attack(COFFEE, AttackKnobs(method="pgd"))
    first, *others = squeeze(result, SqueezingKnobs(bits=3, median=5, quality=60)).results
    assert first.original == "espresso"
    assert not first.recovered
    assert any(row.recovered for row in others)


def test_evaluation_attacks_the_true_class(tmp_path: Path) -> None:
    COFFEE.save(tmp_path / "n07920052_espresso.png")
    mild = evaluate(tmp_path, "mobilenet-v2", epsilon=0.0)
    assert (mild.clean, mild.fgsm, mild.pgd10, mild.n) == (1, 1, 1, 1)
    strong = evaluate(tmp_path, "mobilenet-v2", epsilon=4 / 255)
    assert (strong.clean, strong.pgd10) == (1, 0)
