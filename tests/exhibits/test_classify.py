"""Classify: calibrated odds, their average, the warning when unsure, and the heat map that says where it looked."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from tests.classifiers import CARDS, CATS, CHELSEA, EVERY_CARD, NAMES, on_model, pictures, preprocessing_of
from zoo.core import runtime
from zoo.core.answers import Prediction
from zoo.core.cards import Card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.jobs import run_to_completion
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example
from zoo.exhibits.classify import (
    ClassifyKnobs,
    Evaluation,
    architecture,
    classify,
    evaluate,
    explanations,
    predict,
    probabilities,
    seen,
)

# Probabilities


@EVERY_CARD
def test_probabilities_are_the_models_logits_at_the_views_temperature(card: Card) -> None:
    for image in pictures():
        view = preprocessing_of(card).view(image)
        pixels = torch.from_numpy(preprocessing_of(card).pixels(image))[None]
        logits = on_model(card, lambda network, pixels=pixels: network(pixels))[0].double().numpy()
        odds = np.exp((logits - logits.max()) / view.temperature)
        (row,) = probabilities(card.name, [image])
        assert row == pytest.approx(odds / odds.sum(), rel=1e-4, abs=1e-7)
        assert row.sum() == pytest.approx(1, abs=1e-5)


@EVERY_CARD
def test_pictures_of_mixed_sizes_together_get_what_each_gets_alone(card: Card) -> None:
    images = pictures()
    together = probabilities(card.name, images)
    assert together.shape == (len(images), len(card.classes))
    assert together.dtype == np.float32
    for row, image in zip(together, images, strict=True):
        assert row == pytest.approx(probabilities(card.name, [image])[0], rel=1e-3, abs=1e-6)


@EVERY_CARD
def test_no_pictures_no_rows(card: Card) -> None:
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


def test_average_is_the_mean_over_all_classes_that_any_model_knows() -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=NAMES, top_k=20))
    ensemble = result.ensemble
    assert [answer.model for answer in result.answers] == NAMES
    assert ensemble is not None
    union: dict[tuple[str, str], float] = {}
    for card in CARDS:
        for known, value in zip(card.classes, probabilities(card.name, [CHELSEA])[0], strict=True):
            union[known.id, known.label] = union.get((known.id, known.label), 0) + float(value) / len(CARDS)
    best = sorted(union.items(), key=lambda item: -item[1])[:20]
    assert ensemble.num_classes == len(union)
    assert [(p.id, p.label) for p in ensemble.predictions] == [key for key, _ in best]
    assert [p.probability for p in ensemble.predictions] == pytest.approx([value for _, value in best], rel=1e-3)
    assert all(card.restriction in ensemble.restriction for card in CARDS)


def test_a_model_named_twice_is_asked_once() -> None:
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


def test_large_photographs_are_recognised() -> None:
    cat, coffee = (classify(example(name)).answers[0].predictions[0] for name in ("chelsea", "coffee"))
    assert cat.id in CATS
    assert coffee == Prediction("n07920052", "espresso", coffee.probability)


def test_unknown_model_is_told() -> None:
    with pytest.raises(NotFoundError, match="no-such-model"):
        classify(CHELSEA, ClassifyKnobs(model=["no-such-model"]))


def test_model_of_another_exhibit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(CARDS[0], name="painter", exhibit="style")
    monkeypatch.setattr(predict, "find_card", lambda name: other)
    with pytest.raises(InputError, match="painter is a model of style"):
        classify(CHELSEA, ClassifyKnobs(model=["painter"]))


@EVERY_CARD
def test_architecture_prints_the_whole_network(card: Card) -> None:
    printed = architecture(card.name)
    leaves = on_model(card, lambda net: [type(m).__name__ for m in net.modules() if not list(m.children())])
    assert all(printed.count(f"{kind}(") >= 1 for kind in set(leaves))


# Accuracy


def test_accuracy_is_over_all_classes_on_the_pictures_whose_class_is_known(tmp_path: Any) -> None:
    names = [sample.name for sample in EXAMPLES[:3]]
    best = [probabilities(NAMES[0], [example(name)])[0].argsort()[::-1] for name in names]
    classes = [known.id for known in CARDS[0].classes]
    # The first is right at once, the second in the third place, the third far behind; the last is unknown.
    truths = [classes[best[0][0]], classes[best[1][2]], classes[best[2][50]], "n99999999"]
    for index, (truth, name) in enumerate(zip(truths, [*names, names[0]], strict=True)):
        example(name).save(tmp_path / f"{truth}_{index}.png")
    assert evaluate(tmp_path, NAMES[0]) == Evaluation(NAMES[0], top1=1 / 3, top5=2 / 3, n=3)


def test_data_of_which_a_model_knows_nothing_is_told(tmp_path: Any) -> None:
    CHELSEA.save(tmp_path / "n99999999_1.png")
    with pytest.raises(NoKnownClassError, match=NAMES[0]):
        evaluate(tmp_path, NAMES[0])


def test_the_runtime_is_the_one_that_all_doors_share() -> None:
    classify(CHELSEA)
    assert get_runtime() is runtime.get_runtime()
    assert NAMES[0] in get_runtime().stats().models


def test_five_explanations_of_what_the_model_sees() -> None:
    found = run_to_completion(explanations(CHELSEA, "resnet-18", "n02123045"))
    assert len({each.method for each in found}) == 5
    for each in found:
        (importance,) = each.maps
        assert importance.shape == (64, 64)
        assert importance.max() > 0
    assert seen(CHELSEA, "resnet-18").size == (64, 64)
    with pytest.raises(InputError, match="knows no class"):
        explanations(CHELSEA, "resnet-18", "unicorn")
