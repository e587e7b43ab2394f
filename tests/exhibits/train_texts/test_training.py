"""The three methods, and models of the hub, whose trainings become user models of Sentiment."""

from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from tests.exhibits.train_texts.labelled_tables import WORDS, texts, trained, written
from tests.hub import ROBERTA, write_roberta
from tests.steps import walked
from zoo.core import user_models
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.steps import PAUSE, close_steps, run_to_completion
from zoo.exhibits import sentiment as sentiment_exhibit
from zoo.exhibits import train
from zoo.exhibits.sentiment import SentimentKnobs, SingleModelKnobs
from zoo.exhibits.train.results import Curves
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs


@pytest.mark.trained_weights
@pytest.mark.parametrize(
    ("method", "stages"),
    [
        ("tf-idf", []),
        ("tweet-lstm", ["head"] * 20),
        ("jeeves", [*["language model"] * 3, *["head"] * 20, "all layers", "all layers"]),
    ],
)
def test_each_method_makes_a_model_of_sentiment(data: Path, method: str, stages: list[str]) -> None:
    knobs = {"model": method, "epochs": 20, "fine_tune_epochs": 2, "title": "Things"}
    path = written(data, texts(90))
    reports, result = walked(train.train_texts(path, TrainTextsKnobs.model_validate(knobs)))
    assert result.classes == ("fruit", "tools", "weather")
    assert result.counts == (30, 30, 30)
    assert result.accuracy > 0.8
    assert [epoch.stage for epoch in result.curves.epochs] == stages
    assert all(isinstance(report.preview, Curves) for report in reports if report.preview is not None)
    assert result.baseline is not None
    assert result.baseline.accuracy > 0.8
    assert np.sum(result.confusion) == sum(one.split == "validation" for one in result.scored) == 18
    card = find_card(result.model)
    assert (card.exhibit, card.title) == ("sentiment", "Things")
    held_out = next(one for one in result.scored if one.split == "validation")
    text = dict(zip(map(str, range(1, 91)), (text for text, _ in texts(90)), strict=True))[held_out.id]
    answer = sentiment_exhibit.sentiment(text, SentimentKnobs(model=[result.model])).answers[0]
    given = {prediction.label: prediction.probability for prediction in answer.predictions}
    # What is saved, float16 but for TF-IDF, computes what was measured.
    expected = dict(zip(result.classes, held_out.probabilities, strict=True))
    assert given == pytest.approx(expected, abs=2e-4)


def test_the_same_seed_gives_the_same_model(data: Path) -> None:
    path = written(data, texts(60))
    first, second = (trained(path, seed=3) for _ in range(2))
    assert first.scored == second.scored
    assert first.confusion == second.confusion
    assert {one.id for one in trained(path, seed=4).scored if one.split == "validation"} != {
        one.id for one in first.scored if one.split == "validation"
    }


def test_wrong_labels_are_suspected(data: Path) -> None:
    rows = texts(120)
    wrong = {3, 15, 33, 47, 62, 95}
    path = written(
        data, [(text, "tools" if n in wrong and label != "tools" else label) for n, (text, label) in enumerate(rows)]
    )
    really = {str(n + 1) for n in wrong if rows[n][1] != "tools"}
    result = trained(path)
    assert len(really & {one.id for one in result.scored if one.issue}) > len(really) / 2
    worst = sorted(result.scored, key=lambda one: one.quality)[: len(really)]
    assert {one.id for one in worst} == really


def test_the_same_text_is_never_on_both_sides(data: Path) -> None:
    rows = [(text, label) for text, label in texts(30) for _ in range(3)]
    rows[1] = (f"  {rows[0][0].upper()}\n", rows[0][1])
    result = trained(written(data, rows))
    side = {one.id: one.split for one in result.scored}
    assert len(result.duplicates) == 30
    assert result.duplicates[0] == ("1", "2", "3")
    assert all(len({side[id] for id in group}) == 1 for group in result.duplicates)


@pytest.mark.trained_weights
def test_fine_tuning_that_is_stopped_keeps_the_best_so_far(data: Path) -> None:
    knobs = TrainTextsKnobs(model="jeeves", epochs=5, fine_tune_epochs=20)
    steps = train.train_texts(written(data, texts(60)), knobs)
    for record in steps:
        if (
            record is not PAUSE
            and isinstance(record.preview, Curves)
            and record.preview.epochs[-1].stage == "all layers"
        ):
            break
    result = close_steps(steps)
    assert result is not None
    assert "Stopped early" in result.notes[-1]
    assert sentiment_exhibit.probabilities(result.model, ["a saw"]).shape == (1, 3)


def test_stopped_before_there_is_a_model_nothing_is_kept(data: Path) -> None:
    steps = train.train_texts(written(data, texts(60)))
    next(steps)
    assert close_steps(steps) is None
    assert user_models.owned() == ()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def test_a_hub_model_that_was_downloaded_gives_features(data: Path, cache: Path) -> None:
    path = written(data, texts(60))
    with pytest.raises(InputError, match="is not on this machine: download it"):
        trained(path, model=ROBERTA)
    write_roberta(cache)
    result = trained(path, model=ROBERTA, epochs=10)
    assert [epoch.stage for epoch in result.curves.epochs] == ["head"] * 10
    card = find_card(result.model)
    assert card.size_bytes < 1_000  # the head alone
    assert "research use" in card.restriction
    held_out = next(one for one in result.scored if one.split == "validation")
    text = texts(60)[int(held_out.id) - 1][0]
    (row,) = sentiment_exhibit.probabilities(result.model, [text])
    assert row.tolist() == pytest.approx(held_out.probabilities, abs=1e-4)
    words = sentiment_exhibit.word_contributions(text, SingleModelKnobs(model=result.model))
    assert words.label in WORDS


def test_a_method_that_is_none_is_refused(data: Path) -> None:
    with pytest.raises(InputError, match="no method 'word2vec'"):
        trained(written(data, texts(30)), model="word2vec")
    with pytest.raises(InputError, match="of generate, not of sentiment"):
        trained(written(data, texts(30)), model="hub/gpt2")


def test_a_file_that_is_a_table_is_trained_on_as_texts(data: Path) -> None:
    path = written(data, texts(60))
    result = run_to_completion(train.train(path, train.TrainKnobs(title="Things", seed=3)))
    assert (result.title, result.backbone) == ("Things", "tf-idf")
    assert result.scored == trained(path, seed=3).scored
