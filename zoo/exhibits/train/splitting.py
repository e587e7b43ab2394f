"""Splits of labelled pictures: stratified, with a seed, and near-duplicates always on one side."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.core.errors import InputError

Integers = NDArray[np.int64]
Split = tuple[Integers, Integers]


def split(labels: Sequence[str | int], groups: ArrayLike | None, fraction: float, seed: int) -> Split:
    """The indices for training and for validation, each sorted; of each class about ``fraction`` for validation.

    ``groups``: (N,) numbers; pictures of the same number are on one side. Of each class at least one group is trained
    on, and with a fraction above 0 one is for validation, unless that would leave a class without any in training.
    Raises InputError for a fraction outside [0, 1).
    """
    if not 0 <= fraction < 1:
        raise InputError(f"A validation fraction of {fraction} leaves nothing to train on: give one from 0 to 0.9.")
    numbers, sizes = _grouped(labels, groups)
    wanted = np.ceil(fraction * sizes.sum(0) - 0.5)
    chosen = np.zeros(len(sizes), bool)
    order = np.random.default_rng(seed).permutation(len(sizes))
    for group in order:
        missing = wanted - sizes[chosen].sum(0)
        if np.abs(missing - sizes[group]).sum() < np.abs(missing).sum() and _can_spare(sizes, chosen, group):
            chosen[group] = True
    for label in range(sizes.shape[1] if fraction else 0):
        if not sizes[chosen, label].any():
            members = [group for group in order if sizes[group, label]]
            spared = [group for group in members if _can_spare(sizes, chosen, group)]
            if spared:
                chosen[min(spared, key=lambda group: sizes[group].sum())] = True
    return np.flatnonzero(~chosen[numbers]), np.flatnonzero(chosen[numbers])


def folds(labels: Sequence[str | int], groups: ArrayLike | None, k: int, seed: int) -> list[Split]:
    """Training and validation indices of about ``k`` folds; each index is in one fold's validation.

    There are fewer folds where there are fewer groups, or where no class has ``k`` pictures. Raises InputError where
    there are less than two.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    numbers, sizes = _grouped(labels, groups)
    k = int(min(k, len(sizes), sizes.sum(0).max(initial=0)))
    if k < 2:
        raise InputError("A class needs at least two different examples to train on: add some.")
    splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class may have fewer pictures than there are folds
        pairs = list(splitter.split(np.zeros(len(numbers)), np.unique(labels, return_inverse=True)[1], numbers))
    return [(train, validation) for train, validation in pairs if len(train) and len(validation)]


def _grouped(labels: Sequence[str | int], groups: ArrayLike | None) -> tuple[Integers, Integers]:
    """(N,) the number of each picture's group, from 0 on, and (groups, classes) how many of each class a group has."""
    classes, codes = np.unique(np.asarray(labels), return_inverse=True)
    keys = np.arange(len(codes)) if groups is None else np.asarray(groups)
    unique, numbers = np.unique(keys, return_inverse=True)
    sizes = np.zeros((len(unique), len(classes)), np.int64)
    np.add.at(sizes, (numbers, codes), 1)
    return numbers, sizes


def _can_spare(sizes: Integers, chosen: NDArray[np.bool_], group: int) -> bool:
    """Whether training keeps a group of each class without this one."""
    left = ~chosen
    left[group] = False
    return bool((sizes[left].sum(0)[sizes[group] > 0] > 0).all())
