"""Classify: calibrated probabilities, their average, the unsure flag, accuracy and five explanations."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.classifiers import CARDS, CHELSEA, EVERY_CARD, NAMES, on_model, pictures, preprocessing_of
from zoo.core import cards
from zoo.core.cards import Card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.loading import architecture
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.examples import EXAMPLES, example
from zoo.exhibits.classify import (
    ClassifyKnobs,
    Evaluation,
    ExplainKnobs,
    classify,
    evaluate,
    explanations,
    predict,
    probabilities,
    visible,
)

# Probabilities


@EVERY_CARD
def test_probabilities_are_the_models_logits_at_the_views_temperature(card: Card) -> None:
    for image in pictures():
        view = preprocessing_of(card).view(image)
        pixels = torch.from_numpy(preprocessing_of(card).pixels(image))[None]
        logits = on_model(card, lambda network, pixels=pixels: network(pixels))[0].double().numpy()
        exponentials = np.exp((logits - logits.max()) / view.temperature)
        (row,) = probabilities(card.name, [image])
        assert row == pytest.approx(exponentials / exponentials.sum(), rel=1e-4, abs=1e-7)
        assert row.sum() == pytest.approx(1, abs=1e-5)


@EVERY_CARD
def test_a_batch_of_mixed_sizes_equals_single_pictures(card: Card) -> None:
    images = pictures()
    together = probabilities(card.name, images)
    assert together.shape == (len(images), len(card.classes))
    assert together.dtype == np.float32
    for row, image in zip(together, images, strict=True):
        assert row == pytest.approx(probabilities(card.name, [image])[0], rel=1e-3, abs=1e-6)


@EVERY_CARD
def test_no_pictures_give_no_rows(card: Card) -> None:
    assert probabilities(card.name, []).shape == (0, len(card.classes))


# Answers


@EVERY_CARD
@pytest.mark.parametrize("top_k", [1, 5, 20])
def test_answer_lists_the_most_probable_classes(card: Card, top_k: int) -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=[card.name], top_k=top_k))
    (answer,) = result.answers
    (row,) = probabilities(card.name, [CHELSEA])
    best = sorted(range(len(row)), key=lambda index: -row[index])[:top_k]
    assert [p.id for p in answer.predictions] == [card.classes[index].id for index in best]
    assert [p.label for p in answer.predictions] == [card.classes[index].label for index in best]
    assert [p.probability for p in answer.predictions] == pytest.approx([row[index] for index in best], rel=1e-3)
    assert (answer.model, answer.restriction, answer.num_classes) == (card.name, card.restriction, len(card.classes))
    assert answer.milliseconds > 0
    assert result.ensemble is None


def test_average_is_the_mean_over_all_classes_of_any_model() -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=NAMES, top_k=20))
    ensemble = result.ensemble
    assert [answer.model for answer in result.answers] == NAMES
    assert ensemble is not None
    union: dict[tuple[str, str], float] = {}
    for card in CARDS:
        for name, value in zip(card.classes, probabilities(card.name, [CHELSEA])[0], strict=True):
            union[name.id, name.label] = union.get((name.id, name.label), 0) + float(value) / len(CARDS)
    best = sorted(union.items(), key=lambda item: -item[1])[:20]
    assert ensemble.num_classes == len(union)
    assert [(p.id, p.label) for p in ensemble.predictions] == [key for key, _ in best]
    assert [p.probability for p in ensemble.predictions] == pytest.approx([value for _, value in best], rel=1e-3)
    assert all(card.restriction in ensemble.restriction for card in CARDS)


def test_a_model_given_twice_runs_once() -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=[NAMES[0], NAMES[0]]))
    assert len(result.answers) == 1
    assert result.ensemble is None


@EVERY_CARD
@pytest.mark.parametrize(("threshold", "unsure"), [(0.0, False), (1.0, True)])
def test_answer_is_unsure_below_the_threshold(
    card: Card, threshold: float, unsure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    preprocessing = preprocessing_of(card)
    views = tuple(dataclasses.replace(view, unsure_below=threshold) for view in preprocessing.views)
    changed = dataclasses.replace(preprocessing, views=views)
    monkeypatch.setattr(predict.Preprocessing, "from_config", lambda config: changed)
    (answer,) = classify(CHELSEA.resize((40, 40)), ClassifyKnobs(model=[card.name])).answers
    assert answer.predictions[0].probability < 1
    assert answer.unsure == unsure


def test_threshold_of_an_average_is_the_mean_of_the_thresholds() -> None:
    for image in pictures():
        result = classify(image, ClassifyKnobs(model=NAMES))
        threshold = np.mean([preprocessing_of(card).view(image).unsure_below for card in CARDS])
        assert result.ensemble is not None
        assert result.ensemble.unsure == (result.ensemble.predictions[0].probability < threshold)


def test_unknown_model_raises() -> None:
    with pytest.raises(NotFoundError, match="no-such-model"):
        classify(CHELSEA, ClassifyKnobs(model=["no-such-model"]))


def test_model_of_another_exhibit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(CARDS[0], name="mosaic", exhibit="style")
    monkeypatch.setattr(cards, "find_card", lambda name: other)
    with pytest.raises(InputError, match="mosaic is a model of style"):
        classify(CHELSEA, ClassifyKnobs(model=["mosaic"]))


@EVERY_CARD
def test_architecture_prints_the_whole_network(card: Card) -> None:
    printed = architecture(card.name)
    leaves = on_model(card, lambda net: [type(m).__name__ for m in net.modules() if not list(m.children())])
    assert all(printed.count(f"{kind}(") >= 1 for kind in set(leaves))


# Accuracy


def test_accuracy_is_among_all_classes_on_the_pictures_whose_class_the_model_has(tmp_path: Any) -> None:
    names = [sample.name for sample in EXAMPLES[:3]]
    best = [probabilities(NAMES[0], [example(name)])[0].argsort()[::-1] for name in names]
    ids = [name.id for name in CARDS[0].classes]
    # The true class of the first picture ranks first, of the second third, of the third 51st; the last has none.
    labels = [ids[best[0][0]], ids[best[1][2]], ids[best[2][50]], "n99999999"]
    for index, (label, name) in enumerate(zip(labels, [*names, names[0]], strict=True)):
        example(name).save(tmp_path / f"{label}_{index}.png")
    assert evaluate(tmp_path, NAMES[0]) == Evaluation(NAMES[0], top1=1 / 3, top5=2 / 3, n=3)


def test_data_without_a_class_of_the_model_raises(tmp_path: Any) -> None:
    CHELSEA.save(tmp_path / "n99999999_1.png")
    with pytest.raises(NoKnownClassError, match=NAMES[0]):
        evaluate(tmp_path, NAMES[0])


def test_the_runtime_is_the_shared_one() -> None:
    classify(CHELSEA)
    assert NAMES[0] in get_runtime().stats().models


# Explanations


def test_five_explanations_of_the_models_input() -> None:
    target = CARDS[NAMES.index("resnet-18")].classes[0]
    result = run_to_completion(explanations(CHELSEA, ExplainKnobs(model="resnet-18", target=target.id)))
    assert len({explanation.method for explanation in result.maps}) == 5
    for explanation in result.maps:
        assert explanation.importance.shape == (64, 64)
        assert 0 <= explanation.importance.min() < explanation.importance.max() <= 1
    assert (result.model, result.id, result.label) == ("resnet-18", target.id, target.label)
    assert result.restriction
    assert visible(CHELSEA, "resnet-18").size == (64, 64)
    assert result.picture.size == (6 * 64 + 5 * 4, 64)


def test_explanations_without_a_class_are_of_the_most_probable_one() -> None:
    (best,) = classify(CHELSEA, ClassifyKnobs(model=["resnet-18"], top_k=1)).answers[0].predictions
    result = run_to_completion(explanations(CHELSEA, ExplainKnobs(model="resnet-18")))
    assert (result.id, result.label) == (best.id, best.label)


def test_explanations_of_a_class_that_the_model_does_not_have_raise() -> None:
    with pytest.raises(InputError, match="unicorn"):
        run_to_completion(explanations(CHELSEA, ExplainKnobs(model="resnet-18", target="unicorn")))


# Inputs


@pytest.mark.parametrize("kind", ["path", "bytes", "array", "RGBA"])
def test_every_kind_of_input_is_decoded_like_an_upload(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "chelsea.png"
    CHELSEA.save(path)
    given = {"path": path, "bytes": path.read_bytes(), "array": np.asarray(CHELSEA), "RGBA": CHELSEA.convert("RGBA")}
    (answer,) = classify(given[kind]).answers
    (expected,) = classify(CHELSEA).answers
    assert answer.predictions == expected.predictions
