"""Initial token embeddings: tokens with the same neighbours get similar vectors.

Positive pointwise mutual information of neighbouring tokens, reduced by a singular value decomposition (Levy et al.
2015, doi:10.1162/tacl_a_00134).
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.utils.extmath import randomized_svd
from torch import Tensor

WINDOW = 5  # tokens on each side
SMOOTHING = 0.75  # exponent of the neighbours' frequencies
STD = 0.3  # standard deviation of the result
FIRST_ID = 2  # the ids before it are padding and the unknown token


def neighbour_counts(rows: Sequence[Sequence[int]], vocab_size: int) -> csr_matrix:
    """(vocab_size, vocab_size): how often two tokens are near each other in a text, weighted by 1 / distance."""
    ids = np.array([id for row in rows for id in (*row, *[-1] * WINDOW)])
    counts = csr_matrix((vocab_size, vocab_size))
    for distance in range(1, WINDOW + 1):
        left, right = ids[:-distance], ids[distance:]
        valid = (left >= FIRST_ID) & (right >= FIRST_ID)
        weights = np.full(valid.sum(), 1 / distance)
        pairs = coo_matrix((weights, (left[valid], right[valid])), shape=counts.shape).tocsr()
        counts = counts + pairs + pairs.T
    return counts


def initial_embeddings(rows: Sequence[Sequence[int]], vocab_size: int, embedding_dim: int) -> Tensor:
    """(vocab_size, embedding_dim) from the token ids of the training texts."""
    counts = neighbour_counts(rows, vocab_size).tocoo()
    frequency = np.asarray(counts.sum(1)).ravel()
    probability = frequency**SMOOTHING / (frequency**SMOOTHING).sum()
    information = np.log(counts.data / frequency[counts.row] / probability[counts.col])
    positive = information > 0
    matrix = csr_matrix(
        (information[positive], (counts.row[positive], counts.col[positive])), shape=(vocab_size, vocab_size)
    )
    left, singular_values, _ = randomized_svd(matrix, embedding_dim, random_state=0)
    embeddings = torch.from_numpy(left * np.sqrt(singular_values)).float()
    return embeddings / embeddings.std() * STD
