"""Pictures that are the same, or nearly: by the bytes of their pixels, and by the angle between their features."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

THRESHOLD = 0.97  # of the cosine
BLOCK = 512  # rows that are compared with all others at a time

Groups = tuple[tuple[str, ...], ...]


def near_duplicates(features: ArrayLike, ids: Sequence[str], threshold: float = THRESHOLD) -> Groups:
    """Groups of two or more ids of which each is nearly the same as another of its group, in the order of ``ids``.

    ``features``: (N, D); ``threshold``: of the cosine of the angle between two, in [-1, 1]. Rows of zeros are like no
    other.
    """
    rows = np.asarray(features, np.float32)
    if len(rows) < 2:
        return ()
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    pairs = [_near(rows, start, threshold) for start in range(0, len(rows), BLOCK)]
    return _groups(np.concatenate(pairs), ids)


def _near(rows: NDArray[np.float32], start: int, threshold: float) -> NDArray[np.int64]:
    """(P, 2) the pairs of one block, of which the second comes later."""
    first, second = np.nonzero(rows[start : start + BLOCK] @ rows[start:].T >= threshold)
    return np.stack([first, second], 1)[first < second] + start


def _groups(pairs: NDArray[np.int64], ids: Sequence[str]) -> Groups:
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(ids), len(ids)))
    numbers = connected_components(graph, directed=False)[1]
    members: dict[int, list[str]] = {}
    for number, id in zip(numbers.tolist(), ids, strict=True):
        members.setdefault(number, []).append(id)
    return tuple(tuple(group) for group in members.values() if len(group) > 1)


def group_numbers(groups: Groups, ids: Sequence[str]) -> NDArray[np.int64]:
    """(N,) the same number for ids of one group, and a number of its own for every other."""
    numbers = {id: number for number, group in enumerate(groups) for id in group}
    return np.array([numbers.get(id, len(groups) + place) for place, id in enumerate(ids)], np.int64)


def pixel_hash(picture: Image.Image) -> str:
    """The same for pictures of the same size and pixels, whatever file they came in."""
    return hashlib.sha256(f"{picture.mode} {picture.size}".encode() + picture.tobytes()).hexdigest()


def exact_duplicates(hashes: Iterable[str], ids: Sequence[str]) -> Groups:
    """Groups of two or more ids with the same ``pixel_hash``, in the order of ``ids``."""
    members: dict[str, list[str]] = {}
    for key, id in zip(hashes, ids, strict=True):
        members.setdefault(key, []).append(id)
    return tuple(tuple(group) for group in members.values() if len(group) > 1)


def merged(groups: Iterable[Sequence[str]], ids: Sequence[str]) -> Groups:
    """Groups of groups that have an id in common."""
    index = {id: number for number, id in enumerate(ids)}
    pairs = [(index[group[0]], index[id]) for group in groups for id in group[1:]]
    return _groups(np.array(pairs, np.int64).reshape(-1, 2), ids)
