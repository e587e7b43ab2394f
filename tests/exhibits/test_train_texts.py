"""Train on texts: rows of a table, TF-IDF as scikit-learn computes it, three methods, cleaning, and hostile tables."""

import csv
import io
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hub import ROBERTA, write_roberta
from tests.steps import walked
from zoo.core import user_models
from zoo.core.cards import find_card
from zoo.core.errors import DamagedModelError, InputError, NotFoundError
from zoo.core.ngrams import NgramTokenizer, ngrams
from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, close_steps, run_to_completion
from zoo.exhibits import sentiment as sentiment_exhibit
from zoo.exhibits import train
from zoo.exhibits.sentiment import SentimentKnobs, SingleModelKnobs, TableKnobs
from zoo.exhibits.train import history
from zoo.exhibits.train.results import Curves, Training
from zoo.exhibits.train.splitting import folds
from zoo.exhibits.train.texts import tfidf
from zoo.exhibits.train.texts.dataset import TextDataset
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

EVIL = "<b>![x](http://127.0.0.1:9/x.png)</b>"
WORDS = {"fruit": ("apple", "pear", "plum"), "tools": ("hammer", "saw", "drill"), "weather": ("rain", "snow", "wind")}


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    return tmp_path


def texts(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Texts and labels: a word tells the class."""
    draw, classes = random.Random(seed), list(WORDS)
    rows = []
    for number in range(count):
        label = classes[number % 3]
        rows.append((f"I saw a {draw.choice(WORDS[label])} on day {draw.randint(1, 999)}, {number}.", label))
    return rows


def written(folder: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = ("text", "label")) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def trained(path: Path, **knobs: object) -> Training:
    return run_to_completion(train.train_texts(path, TrainTextsKnobs.model_validate(knobs)))


# TF-IDF


TEXTS = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), min_size=3, max_size=12)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_ngrams_are_those_of_scikit_learn(rows: list[str]) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    analyzers = (CountVectorizer(ngram_range=(1, 2)), CountVectorizer(analyzer="char_wb", ngram_range=(2, 5)))
    for text in rows:
        for block, vectorizer in zip(ngrams(text), analyzers, strict=True):
            assert [ngram for ngram, _ in block] == list(vectorizer.build_analyzer()(text))
            assert all(0 <= word < len(text.split()) for _, word in block)


def test_the_network_computes_what_scikit_learn_does() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    rows, labels = zip(*texts(90), strict=True)
    others = [*(text for text, _ in texts(30, seed=1)), "", "unknown 😀", "saw " * 300, "İstanbul SAW the saw"]
    targets = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    model = run_to_completion(tfidf.fit(rows, targets, folds(list(labels), None, 5, 0), 3))
    vectorizers = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    pipeline = make_pipeline(vectorizers, LogisticRegression(C=model.strength, max_iter=2000))
    pipeline.fit(rows, targets)
    difference = abs(model.vectors.matrix - vectorizers.transform(rows))
    assert difference.shape[1] == len(model.network.idf)
    assert difference.max() < 1e-12
    _, logits = run_to_completion(tfidf.predicted(model, others))
    expected = pipeline.predict_proba(others)
    np.testing.assert_allclose(torch.from_numpy(logits).softmax(1).numpy(), expected, atol=2e-6)


def test_a_saved_vocabulary_is_text_that_is_checked() -> None:
    tokenizer = NgramTokenizer({"words": ["saw"], "characters": [" a", "aw"]})
    again = NgramTokenizer.from_json(tokenizer.to_json().encode())
    assert again.encode("a saw").ids == tokenizer.encode("a saw").ids == [1, 2, 3]
    assert again.decode_batch([[1, 3]]) == ["saw, aw"]
    for wrong in (b"[]", b"{}", b'{"words": ["x"], "characters": [1]}', b"\x80\x04."):
        with pytest.raises(ValueError, match=r"vocabulary|decode"):
            NgramTokenizer.from_json(wrong)


# Training


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


# Cleaning


def brought(path: Path, owner: str = user_models.LOCAL_OWNER) -> TextDataset:
    return run_to_completion(TextDataset.bring(path, owner=owner))


def test_marks_are_kept_and_the_cleaned_table_has_them(data: Path) -> None:
    rows = [(str(n), text, label, "=1+1") for n, (text, label) in enumerate(texts(30))]
    rows[4] = ("4", "", "fruit", "no text")
    dataset = brought(written(data, rows, ("id", "tweet", "sentiment", "more")))
    assert (dataset.about.text, dataset.about.label) == ("tweet", "sentiment")
    assert len(dataset.items) == 29
    dataset.relabel(["1", "2"], "tools")
    dataset.drop(["3"])
    again = TextDataset.open(dataset.token)
    assert again.labelled().labels[:2] == ("tools", "tools")
    assert "3" not in again.labelled().ids
    target = data / "cleaned.csv"
    assert again.write_table(target) == 29
    cleaned = list(csv.DictReader(io.StringIO(target.read_text())))
    assert [row["id"] for row in cleaned] == [str(n) for n in range(30) if n != 2]
    assert [row["sentiment"] for row in cleaned[:3]] == ["tools", "tools", "fruit"]
    assert cleaned[3]["more"] == "no text"
    assert cleaned[0]["more"] == "'=1+1"
    assert again.undo()
    assert "3" in again.labelled().ids


def test_a_dataset_of_pictures_is_no_table(data: Path) -> None:
    with pytest.raises(NotFoundError):
        TextDataset.open(train_dataset_token())


def train_dataset_token() -> str:
    from zoo.exhibits.train.datasets import Dataset

    return Dataset.create().token


def test_training_again_learns_the_corrected_labels(data: Path) -> None:
    dataset = brought(written(data, texts(60)))
    first = run_to_completion(history.recording(dataset, lambda: train.train_text_dataset(dataset)))
    dataset.rename_class("tools", "hardware")
    second = run_to_completion(history.recording(dataset, lambda: train.train_text_dataset(dataset)))
    assert first.classes == ("fruit", "tools", "weather")
    assert second.classes == ("fruit", "hardware", "weather")
    kept = [history.read(dataset, number).training for number in history.numbers(dataset)]
    assert [training.model for training in kept] == [first.model, second.model]
    assert kept[1].baseline == second.baseline


def test_two_visitors_have_their_own_tables_and_models(data: Path) -> None:
    path = written(data, texts(30))
    one, other = (brought(path, owner) for owner in ("one", "other"))
    one.drop([item.id for item in one.items[:5]])
    assert len(other.labelled()) == 30
    model = run_to_completion(train.train_text_dataset(one, None, "one")).model
    assert [card.name for card in user_models.owned("one")] == [model]
    assert user_models.owned("other") == ()


# Sentiment of other classes


def test_sentiment_has_no_polarity_of_other_classes(data: Path) -> None:
    result = trained(written(data, [(text, EVIL if label == "tools" else label) for text, label in texts(60)]))
    model, text = result.model, "I saw a hammer on the table"
    answer = sentiment_exhibit.sentiment(text, SentimentKnobs(model=[model, "tweet-lstm"], neutral=False))
    assert answer.answers[0].predictions[0].label == EVIL
    assert answer.polarities[0] is None
    assert answer.polarities[1] is not None
    words = sentiment_exhibit.word_contributions(text, SingleModelKnobs(model=model))
    assert (words.label, words.polarity, len(words.words)) == (EVIL, None, 7)
    assert max(words.words, key=lambda word: word.contribution).word == "hammer"
    without = sentiment_exhibit.probabilities(model, [text, "I saw a on the table"])
    index = result.classes.index(EVIL)
    assert words.words[3].contribution == pytest.approx(float(without[0, index] - without[1, index]), abs=1e-6)
    assert all(
        version.polarity is None for version in sentiment_exhibit.rewrites(text, SingleModelKnobs(model=model)).rewrites
    )


def test_a_table_is_annotated_with_other_classes(data: Path) -> None:
    model = trained(written(data, texts(60))).model
    knobs = TableKnobs(model=model, label="label")
    table = written(data, [*texts(9, seed=5), ("a plum", "Happy"), ("", "fruit")])
    result = run_to_completion(sentiment_exhibit.annotate_table(table, knobs, target=data / "out.csv"))
    assert result.counts.keys() <= WORDS.keys()
    assert set(result.confusion) == set(WORDS)
    assert result.unknown_labels == {"Happy": 1}
    assert sum(result.histogram) == 0
    rows = list(csv.DictReader(io.StringIO((data / "out.csv").read_text())))
    assert rows[0]["sentiment"] in WORDS
    assert rows[0]["polarity"] == ""


def test_classes_that_are_sentiments_have_a_polarity(data: Path) -> None:
    names = {"fruit": "Positive", "tools": "Negative", "weather": "Neutral"}
    model = trained(written(data, [(text, names[label]) for text, label in texts(60)])).model
    knobs = {"model": [model]}
    result = sentiment_exhibit.sentiment("I saw an apple", SentimentKnobs.model_validate(knobs))
    assert result.answers[0].predictions[0].label == "Positive"
    assert result.polarities[0] is not None
    assert result.polarities[0] > 0
    two = sentiment_exhibit.sentiment("I saw an apple", SentimentKnobs.model_validate(knobs | {"neutral": False}))
    assert {prediction.label for prediction in two.answers[0].predictions} == {"Negative", "Positive"}


def test_a_model_whose_vocabulary_was_changed_is_refused(data: Path) -> None:
    name = trained(written(data, texts(30))).model
    folder = find_card(name).folder
    assert folder is not None
    (folder / "vocabulary.json").write_text(json.dumps({"words": [], "characters": []}))
    with pytest.raises(DamagedModelError):
        get_runtime().load(name)


# Hostile tables


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("a text", "one")] * 5, ("text", "label"), "needs two classes"),
        ([(f"text {n}", f"class {n}") for n in range(30)], ("text", "label"), "has only one text"),
        ([("the same", "a")] * 9 + [("another", "b")] * 9, ("text", "label"), "has only one text"),
        ([(f"text {n}", str(n / 7)) for n in range(300)], ("text", "label"), "300 different values"),
        ([("", "a"), ("  ", "b")] * 9, ("text", "label"), "needs two classes"),
        ([(f"text {n}", "") for n in range(9)], ("text", "label"), "needs two classes"),
        ([(f"text {n}", f"other {n}") for n in range(9)], ("text", "more"), "No column has labels that repeat"),
    ],
)
def test_tables_that_cannot_be_trained_on_are_refused(
    data: Path, rows: list[tuple[str, ...]], header: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        trained(written(data, rows, header))
    assert user_models.owned() == ()


def test_a_column_that_is_missing_or_both_is_refused(data: Path) -> None:
    path = written(data, texts(30))
    with pytest.raises(InputError, match="no column named 'mood'"):
        trained(path, label="mood")
    with pytest.raises(InputError, match="cannot be both"):
        trained(path, column="label", label="label")
    with pytest.raises(InputError, match="a name of 1 to 60"):
        trained(path, title="  ")


def test_odd_rows_are_left_out_or_shortened_and_told(data: Path) -> None:
    rows = [
        *texts(60),
        ("x" * 100_000, "fruit"),
        ("😀" * 50, "tools"),
        ("", "fruit"),
        ("no label", " "),
        ("\0", "tools"),
    ]
    result = trained(written(data, rows))
    assert sum(result.counts) == 62  # a null character is no text
    assert any("without a text or a label" in note for note in result.notes)
    assert any("first 10,000 characters" in note for note in result.notes)


def test_numbers_are_labels_too(data: Path) -> None:
    numbers = {"fruit": "0", "tools": "1", "weather": "2"}
    result = trained(written(data, [(text, numbers[label]) for text, label in texts(60)], ("text", "target")))
    assert result.classes == ("0", "1", "2")
    assert result.accuracy > 0.8


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "xlsx"])
def test_other_kinds_of_tables_are_read(data: Path, kind: str) -> None:
    import pandas as pd

    frame, path = pd.DataFrame(texts(60), columns=["text", "label"]), data / f"table.{kind}"
    match kind:
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_excel(path, index=False)
    assert sum(trained(path).counts) == 60


def test_a_model_of_other_classes_is_evaluated_on_labelled_texts(data: Path) -> None:
    model = trained(written(data, texts(60))).model
    result = sentiment_exhibit.evaluate(written(data, texts(30, seed=9)), model)
    assert (result.n, result.accuracy > 0.8) == (30, True)
    with pytest.raises(InputError, match="label is 'joy', not fruit, tools, weather"):
        sentiment_exhibit.evaluate(written(data, [("a saw", "joy")]), model)


def test_a_file_that_is_a_table_is_trained_on_as_texts(data: Path) -> None:
    path = written(data, texts(60))
    result = run_to_completion(train.train(path, train.TrainKnobs(title="Things", seed=3)))
    assert (result.title, result.backbone) == ("Things", "tf-idf")
    assert result.scored == trained(path, seed=3).scored
