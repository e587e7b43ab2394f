"""Splits and near-duplicates: stratified, seeded, and what is nearly the same stays on one side."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from zoo.core.errors import InputError
from zoo.exhibits.train.duplicates import exact_duplicates, group_numbers, merged, near_duplicates, pixel_hash
from zoo.exhibits.train.splitting import folds, split

LABELLED = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), max_size=60)


@settings(max_examples=200, deadline=None)
@given(LABELLED, st.floats(0.05, 0.6), st.integers(0, 99))
def test_a_split_keeps_groups_together_and_every_class_in_training(
    items: list[tuple[str, int]], fraction: float, seed: int
) -> None:
    labels, groups = [label for label, _ in items], [group for _, group in items]
    train, validation = split(labels, groups, fraction, seed)
    assert sorted([*train, *validation]) == list(range(len(items)))
    assert not {groups[index] for index in train} & {groups[index] for index in validation}
    assert {labels[index] for index in train} == set(labels)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(2, 40), min_size=1, max_size=5), st.floats(0.05, 0.6), st.integers(0, 99))
def test_without_duplicates_a_split_is_stratified(counts: list[int], fraction: float, seed: int) -> None:
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    _, validation = split(labels, None, fraction, seed)
    held = Counter(labels[index] for index in validation)
    for label, count in enumerate(counts):
        assert 1 <= held[label] < count
        assert abs(held[label] - fraction * count) <= 1


def test_the_seed_decides_the_split() -> None:
    labels = ["a", "b"] * 50
    first, again, other = (split(labels, None, 0.2, seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert split(labels, None, 0.0, 1)[1].tolist() == []
    assert [part.tolist() for part in split([], None, 0.2, 1)] == [[], []]
    with pytest.raises(InputError, match="leaves nothing"):
        split(labels, None, 1.0, 1)


@settings(max_examples=100, deadline=None)
@given(LABELLED, st.integers(2, 6), st.integers(0, 99))
def test_folds_validate_each_picture_once(items: list[tuple[str, int]], k: int, seed: int) -> None:
    labels, groups = [label for label, _ in items], [group for _, group in items]
    if len(set(groups)) < 2 or max(Counter(labels).values()) < 2:
        with pytest.raises(InputError, match="at least two"):
            folds(labels, groups, k, seed)
        return
    pairs = folds(labels, groups, k, seed)
    assert sorted(index for _, validation in pairs for index in validation) == list(range(len(items)))
    for train, validation in pairs:
        assert not {groups[index] for index in train} & {groups[index] for index in validation}
        assert sorted([*train, *validation]) == list(range(len(items)))


def test_nearly_the_same_features_are_one_group() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(600, 32))
    features[599] = features[1] * 3 + 0.01
    features[550] = features[599] + 0.01
    features[7] = features[6]
    ids = [f"id {n}" for n in range(600)]
    assert near_duplicates(features, ids, 0.98) == (("id 1", "id 550", "id 599"), ("id 6", "id 7"))
    numbers = group_numbers(near_duplicates(features, ids, 0.98), ids)
    assert numbers[1] == numbers[550] == numbers[599] != numbers[6] == numbers[7]
    assert len(set(numbers)) == 600 - 3
    assert near_duplicates(features[:1], ids[:1]) == near_duplicates([], []) == ()
    assert near_duplicates(np.zeros((3, 4)), ids[:3]) == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.floats(-0.5, 0.9), st.integers(0, 99))
def test_groups_are_chains_of_neighbours(count: int, threshold: float, seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = unit @ unit.T
    ids = [str(n) for n in range(count)]
    groups = near_duplicates(features, ids, threshold)
    numbers = group_numbers(groups, ids)
    differ = numbers[:, None] != numbers[None]
    assert not (differ & (near > threshold + 1e-5)).any()
    for group in groups:
        members = [int(id) for id in group]
        assert all(max(near[one, other] for other in members if other != one) > threshold - 1e-5 for one in members)


def test_the_same_pixels_in_other_files_are_exact_duplicates() -> None:
    picture, other = Image.new("RGB", (4, 3), "red"), Image.new("RGB", (3, 4), "red")
    hashes = [pixel_hash(picture), pixel_hash(other), pixel_hash(picture.copy())]
    assert exact_duplicates(hashes, ["a", "b", "c"]) == (("a", "c"),)
    assert merged([("a", "c"), ("c", "d"), ("e", "f")], list("abcdef")) == (("a", "c", "d"), ("e", "f"))
