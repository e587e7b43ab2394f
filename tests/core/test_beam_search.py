"""Beam search over tables of log-probabilities, compared with all sequences; transformers' own is in test_generate."""

from itertools import product

import pytest
import torch
from torch import Tensor

from zoo.core.beam_search import BeamSearch

EOS, LENGTH = 0, 3


def log_probs_after(prefix: tuple[int, ...]) -> Tensor:
    """(4,) that depend on the prefix alone."""
    seed = sum((token + 1) * 7**position for position, token in enumerate(prefix))
    return torch.randn(4, generator=torch.Generator().manual_seed(seed)).log_softmax(0)


def score(sequence: tuple[int, ...], penalty: float) -> float:
    total = sum(float(log_probs_after(sequence[:end])[token]) for end, token in enumerate(sequence))
    return total / len(sequence) ** penalty


def search(num_beams: int, penalty: float, finish_from_all: bool) -> BeamSearch[tuple[int, ...]]:
    beam_search: BeamSearch[tuple[int, ...]] = BeamSearch(
        num_beams, EOS, lambda length: length**penalty, finish_from_all=finish_from_all
    )
    prefixes: list[tuple[int, ...]] = [()]
    for _ in range(LENGTH):
        rows, tokens = beam_search.step(torch.stack([log_probs_after(prefix) for prefix in prefixes]), prefixes)
        prefixes = [(*prefixes[row], token) for row, token in zip(rows.tolist(), tokens.tolist(), strict=True)]
    return beam_search


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("finish_from_all", [False, True])
def test_enough_beams_find_the_best_of_all_sequences(penalty: float, finish_from_all: bool) -> None:
    best = search(64, penalty, finish_from_all).ranked()[0]
    bodies = [body for length in range(LENGTH) for body in product(range(1, 4), repeat=length)]
    assert best == max(bodies, key=lambda body: score((*body, EOS), penalty))


def test_only_the_best_continuations_finish_a_sequence_unless_all_may() -> None:
    log_probs = torch.tensor([[-3.0, -1.0, -0.5]])
    strict: BeamSearch[str] = BeamSearch(2, EOS, float)
    strict.step(log_probs, ["a"])
    assert strict.finished == []
    lenient: BeamSearch[str] = BeamSearch(2, EOS, float, finish_from_all=True)
    rows, tokens = lenient.step(log_probs, ["a"])
    assert lenient.finished == [(-3.0, "a")]
    assert (rows.tolist(), tokens.tolist()) == ([0, 0], [2, 1])


def test_the_search_can_stop_when_no_beam_can_overtake() -> None:
    beam_search: BeamSearch[str] = BeamSearch(1, EOS, lambda length: 1.0, finish_from_all=True)
    assert beam_search.can_improve(9)
    beam_search.step(torch.tensor([[-1.0, -0.5]]), ["a"])
    assert beam_search.can_improve(9)
    beam_search.step(torch.tensor([[-9.0, -2.0]]), ["ab"])
    assert not beam_search.can_improve(9)
    assert beam_search.ranked(["abc"]) == ["a", "abc", "ab"]
