"""Sentiment by user models of any classes."""

import csv
import io
from pathlib import Path

import pytest

from tests.exhibits.train_texts.labelled_tables import WORDS, texts, trained, written
from zoo.core.errors import InputError
from zoo.core.steps import run_to_completion
from zoo.exhibits import sentiment as sentiment_exhibit
from zoo.exhibits.sentiment import SentimentKnobs, SingleModelKnobs, TableKnobs

EVIL = "<b>![x](http://127.0.0.1:9/x.png)</b>"


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


def test_a_model_of_other_classes_is_evaluated_on_labelled_texts(data: Path) -> None:
    model = trained(written(data, texts(60))).model
    result = sentiment_exhibit.evaluate(written(data, texts(30, seed=9)), model)
    assert (result.n, result.accuracy > 0.8) == (30, True)
    with pytest.raises(InputError, match="label is 'joy', not fruit, tools, weather"):
        sentiment_exhibit.evaluate(written(data, [("a saw", "joy")]), model)
