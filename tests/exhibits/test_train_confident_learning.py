"""Confident learning finds what the library of its authors finds, and what was made wrong on purpose."""

import warnings

import numpy as np
import pytest
from cleanlab.count import compute_confident_joint
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo.exhibits.train.confident_learning import label_issues

Data = tuple[NDArray[np.int64], NDArray[np.float64]]


@st.composite
def predictions(draw: st.DrawFn) -> Data:
    """Labels and probabilities of a model that is right to some part, at some noise."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    classes = draw(st.integers(2, 6))
    count = draw(st.integers(classes, 150))
    true = np.concatenate([np.arange(classes), rng.integers(classes, size=count - classes)])
    logits = rng.normal(size=(count, classes)) * draw(st.floats(0.1, 3.0))
    logits[np.arange(count), true] += draw(st.floats(0.0, 6.0))
    wrong = rng.random(count) < draw(st.floats(0.0, 0.5))
    labels = np.where(wrong, rng.integers(classes, size=count), true)
    labels[:classes] = np.arange(classes)  # cleanlab refuses classes without any label
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return labels, exponentials / exponentials.sum(1, keepdims=True)


@settings(max_examples=150, deadline=None)
@given(predictions())
def test_it_agrees_with_cleanlab(data: Data) -> None:
    labels, probabilities = data
    ours = label_issues(labels, probabilities)
    assert (ours.joint == compute_confident_joint(labels, probabilities)).all()
    assert ours.quality == pytest.approx(get_label_quality_scores(labels, probabilities), abs=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cleanlab warns of classes with one picture
        theirs = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    assert ours.order[: ours.n_issues].tolist() == theirs.tolist()


@given(predictions())
def test_every_picture_has_a_place(data: Data) -> None:
    labels, probabilities = data
    issues = label_issues(labels, probabilities)
    assert sorted(issues.order) == list(range(len(labels)))
    assert issues.issues.sum() == issues.n_issues
    assert (probabilities.argmax(1)[issues.issues] != labels[issues.issues]).all()
    assert issues.joint.sum() == len(labels)
    assert set(labels[~issues.issues]) == set(labels)  # each class keeps a picture


def test_labels_that_were_made_wrong_come_first() -> None:
    rng = np.random.default_rng(0)
    true = np.repeat(np.arange(3), 40)
    probabilities = np.full((120, 3), 0.05)
    probabilities[np.arange(120), true] = 0.9
    labels = true.copy()
    wrong = rng.choice(120, 12, replace=False)
    labels[wrong] = (true[wrong] + 1) % 3
    issues = label_issues(labels, probabilities)
    assert issues.n_issues == 12
    assert set(issues.order[:12]) == set(wrong)


def test_few_pictures_and_classes_without_any() -> None:
    assert label_issues([], np.zeros((0, 3))).n_issues == 0
    assert label_issues([0], [[0.1, 0.9]]).n_issues == 0  # the only one of its class
    assert label_issues([0, 0, 2], [[0.9, 0.1, 0.0], [0.8, 0.1, 0.1], [0.0, 0.0, 1.0]]).order[-1] == 2
