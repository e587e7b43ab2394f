"""What the bundled classifiers predict: the tests of Classify that other weights may fail."""

import pytest

from tests.classifiers import CARDS, CATS, CHELSEA
from zoo.core.answers import Prediction
from zoo.core.cards import Card
from zoo.examples import example
from zoo.exhibits.classify import ClassifyKnobs, classify

pytestmark = pytest.mark.trained_weights


def test_large_photographs_are_recognised() -> None:
    cat, coffee = (classify(example(name)).answers[0].predictions[0] for name in ("chelsea", "coffee"))
    assert cat.id in CATS
    assert coffee == Prediction("n07920052", "espresso", coffee.probability)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_small_picture_of_a_cat_is_recognised(card: Card) -> None:
    small = CHELSEA.resize((96, 64))
    predictions = classify(small, ClassifyKnobs(model=[card.name])).answers[0].predictions
    assert CATS & {prediction.id for prediction in predictions}
