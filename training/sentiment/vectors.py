"""Vectors of sub-words to begin from: those that keep the same company lie close (Levy et al. 2015, TACL 3)."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.utils.extmath import randomized_svd
from torch import Tensor

WINDOW = 5  # sub-words to each side
SMOOTHING = 0.75  # the power of how often a neighbour occurs
DEVIATION = 0.3
FIRST = 2  # what comes before is padding and the unknown


def neighbours(rows: Sequence[Sequence[int]], size: int) -> csr_matrix:
    """(size, size): how often each stands near each other within a text, nearer ones counting for more."""
    line = np.array([number for row in rows for number in (*row, *[-1] * WINDOW)])
    counts = csr_matrix((size, size))
    for distance in range(1, WINDOW + 1):
        left, right = line[:-distance], line[distance:]
        both = (left >= FIRST) & (right >= FIRST)
        near = coo_matrix((np.full(both.sum(), 1 / distance), (left[both], right[both])), shape=(size, size)).tocsr()
        counts = counts + near + near.T
    return counts


def vectors(rows: Sequence[Sequence[int]], size: int, width: int) -> Tensor:
    """(size, width): the positive mutual information of neighbours, brought to its strongest dimensions."""
    counts = neighbours(rows, size).tocoo()
    often = np.asarray(counts.sum(1)).ravel()
    odds = often**SMOOTHING / (often**SMOOTHING).sum()
    information = np.log(counts.data / often[counts.row] / odds[counts.col])
    told = information > 0
    places = counts.row[told], counts.col[told]
    left, strength, _ = randomized_svd(
        csr_matrix((information[told], places), shape=(size, size)), width, random_state=0
    )
    found = torch.from_numpy(left * np.sqrt(strength)).float()
    return found / found.std() * DEVIATION
