"""What depends on the trained weights of ``jeeves``: the only tests of Generate that do."""

from pathlib import Path

import pytest

from tests.steps import walked
from zoo.core.inputs import Document
from zoo.exhibits.generate import FineTuneKnobs, FineTuning, PerplexityKnobs, fine_tune, perplexity

pytestmark = pytest.mark.trained_weights
LETTERS = "The cat Chelsea sleeps on the warm roof of the zoo, and nobody wakes her. " * 80


def test_a_sentence_has_a_lower_perplexity_than_its_words_in_reverse() -> None:
    probable = perplexity("It was one of those mornings when").perplexity
    improbable = perplexity("when mornings those of one was It").perplexity
    assert probable < improbable


@pytest.mark.slow
def test_fine_tuning_lowers_loss_and_perplexity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    before = perplexity(LETTERS[:400]).perplexity
    records, card = walked(fine_tune(Document(LETTERS), FineTuneKnobs(title="Letters", steps=30)))
    state = records[-1].preview
    assert isinstance(state, FineTuning)
    assert state.validation_loss[-1][1] < 0.7 * state.validation_loss[0][1]
    assert perplexity(LETTERS[:400], PerplexityKnobs(model=card.name)).perplexity < 0.7 * before
    assert perplexity(LETTERS[:400]).perplexity == before, "the bundled model stays as it was"
