"""Measures of a classifier agree with scikit-learn where it has them, and with the definition where not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, log_loss, precision_score, recall_score

from zoo.exhibits.train.measures import (
    class_measures,
    confusion,
    expected_calibration_error,
    losses,
    reliability,
    top_losses,
)

Data = tuple[NDArray[np.int64], NDArray[np.float64]]


@st.composite
def predictions(draw: st.DrawFn) -> Data:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    classes, count = draw(st.integers(2, 5)), draw(st.integers(1, 60))
    return rng.integers(classes, size=count), rng.dirichlet(np.full(classes, draw(st.floats(0.1, 3))), count)


@given(predictions())
def test_counts_and_rates_agree_with_scikit_learn(data: Data) -> None:
    labels, probabilities = data
    classes, predicted = probabilities.shape[1], probabilities.argmax(1)
    counts = confusion(labels, predicted, classes)
    assert (counts == confusion_matrix(labels, predicted, labels=range(classes))).all()
    rates = class_measures(counts)
    options = {"labels": range(classes), "average": None, "zero_division": np.nan}
    assert rates.precision == pytest.approx(precision_score(labels, predicted, **options), nan_ok=True)
    assert rates.recall == pytest.approx(recall_score(labels, predicted, **options), nan_ok=True)
    assert losses(labels, probabilities).mean() == pytest.approx(
        log_loss(labels, np.maximum(probabilities, 1e-12), labels=range(classes)), abs=1e-6
    )


@given(predictions(), st.integers(1, 20))
def test_calibration_is_that_of_the_definition(data: Data, bins: int) -> None:
    labels, probabilities = data
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    error = 0.0
    for low, high in zip(np.linspace(0, 1, bins + 1)[:-1], np.linspace(0, 1, bins + 1)[1:], strict=True):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert expected_calibration_error(labels, probabilities, bins) == pytest.approx(error)
    curve = reliability(labels, probabilities, bins)
    assert curve.count.sum() == len(labels)
    assert (curve.count == 0).tolist() == np.isnan(curve.accuracy).tolist()


def test_a_perfect_and_an_overconfident_classifier() -> None:
    assert expected_calibration_error([0, 1], [[1, 0], [0, 1]]) == 0
    assert expected_calibration_error([0, 0, 1, 1], [[1, 0]] * 4) == 0.5
    assert expected_calibration_error([], np.zeros((0, 2))) == 0
    assert reliability([0], [[0.5, 0.5]], 2).count.tolist() == [1, 0]  # the upper edge belongs to a bin


@given(predictions(), st.integers(0, 9))
def test_top_losses_are_the_largest(data: Data, count: int) -> None:
    labels, probabilities = data
    top = top_losses(labels, probabilities, count)
    values = losses(labels, probabilities)
    assert len(top) == min(count, len(labels))
    assert values[top].tolist() == sorted(values, reverse=True)[: len(top)]
