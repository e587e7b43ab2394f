"""What the bundled weights of Sentiment predict. They may change when the weights change."""

import re

import pytest

from benchmarks.everyday.__main__ import sentiments
from zoo.core.cards import exhibit_cards
from zoo.exhibits.sentiment import SentimentKnobs, sentiment, word_contributions

pytestmark = pytest.mark.trained_weights


@pytest.mark.parametrize(
    ("text", "label"),
    [("I love this zoo, thank you so much!", "positive"), ("Worst service ever, I hate it.", "negative")],
)
@pytest.mark.parametrize("neutral", [True, False])
def test_clear_texts_are_classified_correctly(text: str, label: str, neutral: bool) -> None:
    (answer,) = sentiment(text, SentimentKnobs(neutral=neutral)).answers
    assert answer.predictions[0].label == label


def test_the_decisive_word_contributes_most() -> None:
    result = word_contributions("the food was awful today")
    assert min(result.words, key=lambda entry: entry.contribution).word == "awful"


def test_the_network_beats_the_baseline_that_its_card_reports() -> None:
    (card,) = exhibit_cards("sentiment")
    assert card.folder is not None
    text = " ".join((card.folder / "README.md").read_text().split())
    baseline = re.search(r"logistic regression: macro-recall ([\d.]+)%, accuracy ([\d.]+)%", text)
    assert baseline
    for metric, value in zip(card.metrics, baseline.groups(), strict=True):
        assert metric.value > float(value) / 100


def test_slang_negation_and_irony_are_mostly_right() -> None:
    answers = [right for _, _, right in sentiments("tweet-lstm")]
    assert len(answers) == 60
    assert sum(answers) >= 48


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("This song slaps", "positive"),
        ("I don't hate it at all", "positive"),
        ("not bad at all", "positive"),
        ("I can't recommend it to anyone", "negative"),
        ("not worth the money", "negative"),
        ("Oh great, another meeting", "negative"),
    ],
)
def test_short_phrases_are_read_whole(text: str, label: str) -> None:
    (answer,) = sentiment(text, SentimentKnobs(neutral=False)).answers
    assert answer.predictions[0].label == label
