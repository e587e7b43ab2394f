"""The map of features: similar pictures are close, whatever their number, and the work comes in short steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

from tests.steps import walked
from zoo.exhibits.train import projection
from zoo.exhibits.train.projection import project, projecting


def clusters(count: int, classes: int = 4, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    features = rng.normal(size=(count, 64)) + 2 * rng.normal(size=(classes, 64))[labels]
    return features.astype(np.float32), labels


def agreement(positions: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """How many points have the label of the point nearest to them."""
    distances = ((positions[:, None] - positions[None]) ** 2).sum(2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(1)] == labels).mean())


@pytest.mark.parametrize("count", [40, 300])
def test_it_keeps_neighbours_as_well_as_scikit_learn(count: int) -> None:
    features, labels = clusters(count)
    ours = project(features)
    theirs = TSNE(init="pca", random_state=0, perplexity=min(30, (count - 1) / 3)).fit_transform(features)
    assert trustworthiness(features, ours) > trustworthiness(features, theirs) - 0.02
    assert agreement(ours, labels) > 0.97


def test_components_are_those_of_scikit_learn() -> None:
    features, _ = clusters(100)
    points = features - features.mean(0)
    *_, ours = collect(projection._principal_components(features, np.random.default_rng(0)))
    theirs = PCA(50).fit_transform(points)
    scale = np.abs(points).max()
    assert np.abs(ours[:, :3] * scale) == pytest.approx(np.abs(theirs[:, :3]), abs=0.05)


def collect(steps: projection.Steps[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    return [walked(steps)[1]]


def test_many_points_are_placed_between_those_that_are_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "MAX_POINTS", 60)
    features, labels = clusters(700)
    assert agreement(project(features), labels) > 0.97


def test_steps_are_many_and_the_seed_decides() -> None:
    features, _ = clusters(50)
    assert sum(1 for _ in projecting(features)) > 50
    assert (project(features, 1) == project(features, 1)).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 12), st.integers(1, 5), st.integers(0, 3), st.integers(0, 2**31))
def test_any_features_have_finite_positions(count: int, width: int, different: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(max(1, different), width))[rng.integers(0, max(1, different), count)] * 10.0**different
    positions = project(features.astype(np.float32).reshape(count, width))
    assert positions.shape == (count, 2)
    assert np.isfinite(positions).all()
    assert np.abs(positions).max(initial=0) <= 1
