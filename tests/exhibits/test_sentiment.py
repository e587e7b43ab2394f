"""Sentiment: tokenization, predictions, word contributions, rewrites, and texts that are refused."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from torch import Tensor, nn

from zoo.core.answers import Answer
from zoo.core.assets import MODELS
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import InputError, NotFoundError, TooLargeError
from zoo.core.loading import TokenizedModel
from zoo.exhibits.sentiment import (
    DEFAULT_MODEL,
    MAX_CHARACTERS,
    SentimentKnobs,
    SingleModelKnobs,
    probabilities,
    rewrites,
    rewritten,
    sentiment,
    word_contributions,
)
from zoo.exhibits.sentiment.text_classifiers import HubClassifier, text_classifier
from zoo.exhibits.sentiment.tokenization import SPECIAL_TOKENS, clean, normalize_word, tokenize
from zoo.nets.tweetlstm import PAD

PRAISE, COMPLAINT = "I love this zoo, thank you so much!", "Worst service ever, I hate it."
HOSTILE = [
    "😀",
    "مرحبا يا صديقي",
    "nul\0byte",
    "lone \ud800 surrogate",
    "x" * MAX_CHARACTERS,
    "<script>alert(1)</script>",
]
WORDS = ["love", "hate", "this", "zoo", "not", "never", "great", ":)", "#fun"]
TOKENIZER = Tokenizer.from_file(str(MODELS / DEFAULT_MODEL / "tokenizer.json"))


def by_label(answer: Answer) -> dict[str, float]:
    return {prediction.label: prediction.probability for prediction in answer.predictions}


# Tokenization


@pytest.mark.parametrize(
    ("word", "normalized"),
    [
        ("@someone", "<user>"),
        ("https://t.co/x?y=1", "<url>"),
        ("#BestDayEver", "<hashtag> best day ever"),
        ("GREAT", "<caps> great"),
        ("sooooo", "<long> soo"),
        ("what?!!!", "what? ! <repeat>"),
        ("<3", "<heart>"),
        (":-(", "<frown>"),
        (":)", "<smile>"),
        ("😂😂", "😂 😂"),
        ("10,000", "<number>"),
        ("don't", "don't"),
    ],
)
def test_features_of_words_become_special_tokens(word: str, normalized: str) -> None:
    assert normalize_word(word) == normalized


@given(st.text(max_size=300))
def test_any_text_gives_tokens_with_the_index_of_their_word(text: str) -> None:
    (tokens,) = tokenize([text], TOKENIZER)
    assert tokens.ids
    assert len(tokens.ids) == len(tokens.word_ids)
    assert list(tokens.word_ids) == sorted(tokens.word_ids)
    assert PAD not in tokens.ids
    assert tokens.words == tuple(clean(text).split())
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for word in tokens.words for char in word)


def test_every_special_token_is_one_token() -> None:
    for token in SPECIAL_TOKENS:
        assert TOKENIZER.encode([token], is_pretokenized=True).tokens == [token]


def test_user_names_and_links_make_no_difference() -> None:
    one, other = "@ann look at https://a.example/1", "@bob look at https://b.example/2"
    assert np.array_equal(*probabilities(DEFAULT_MODEL, [one, other]))


# Predictions


def test_single_and_batch_agree() -> None:
    texts = [PRAISE, COMPLAINT, "ok", "a much longer tweet " * 9, "😀"]
    for neutral in (True, False):
        batch = probabilities(DEFAULT_MODEL, texts, neutral)
        single = np.concatenate([probabilities(DEFAULT_MODEL, [text], neutral) for text in texts])
        assert np.allclose(batch, single, atol=1e-5)
        assert np.allclose(batch.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("text", [PRAISE, COMPLAINT])
@pytest.mark.parametrize("neutral", [True, False])
def test_an_answer_lists_all_classes_the_most_probable_first(text: str, neutral: bool) -> None:
    result = sentiment(text, SentimentKnobs(neutral=neutral))
    (answer,), (polarity,) = result.answers, result.polarities
    values = [prediction.probability for prediction in answer.predictions]
    assert values == sorted(values, reverse=True)
    found = by_label(answer)
    assert set(found) == {"negative", "positive"} | ({"neutral"} if neutral else set())
    assert answer.num_classes == len(found)
    assert not answer.unsure
    (row,) = probabilities(DEFAULT_MODEL, [text], neutral)
    assert [found["negative"], found["positive"]] == pytest.approx([row[0], row[-1]], abs=1e-6)
    assert polarity == pytest.approx(found["positive"] - found["negative"], abs=1e-6)
    assert answer.restriction == exhibit_cards("sentiment")[0].restriction


@pytest.mark.parametrize("text", HOSTILE, ids=["emoji", "arabic", "null", "surrogate", "endless", "markup"])
def test_unusual_texts_have_an_answer_that_is_valid_unicode(text: str) -> None:
    result = sentiment(text)
    assert sum(by_label(result.answers[0]).values()) == pytest.approx(1, abs=1e-5)
    assert result.text == text.replace("\ud800", "?")
    words = word_contributions(text).words
    assert len(words) == len(clean(text).split())
    for version in rewrites(text).rewrites:
        assert version.text.encode()


@pytest.mark.parametrize("function", [sentiment, word_contributions, rewrites])
def test_empty_and_long_texts_are_refused(function: object) -> None:
    for empty in ("", " \n\t "):
        with pytest.raises(InputError, match="The text is empty"):
            function(empty)  # type: ignore[operator]
    with pytest.raises(TooLargeError, match="1,000,000 characters"):
        function("x" * 1_000_000)  # type: ignore[operator]


def test_models_of_other_exhibits_and_unknown_ones_are_refused() -> None:
    with pytest.raises(InputError, match="classify"):
        sentiment(PRAISE, SentimentKnobs(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError, match="no-such-model"):
        sentiment(PRAISE, SentimentKnobs(model=["no-such-model"]))
    for function in (word_contributions, rewrites):
        with pytest.raises(InputError, match="classify"):
            function(PRAISE, SingleModelKnobs(model="mobilenet-v2"))


def test_sixteen_threads_get_the_answers_of_one() -> None:
    texts = [f"{PRAISE} {number}" if number % 2 else f"{COMPLAINT} {number}" * 3 for number in range(64)]
    alone = [by_label(sentiment(text).answers[0]) for text in texts]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda text: by_label(sentiment(text).answers[0]), texts))
    for one, other in zip(alone, together, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


# Models of the hub


class FixedLogits(nn.Module):
    """The same logits for every text."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.row, self.pad_id = nn.Parameter(torch.tensor(logits, dtype=torch.float32)), 0

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.row.expand(len(input_ids), -1)


def hub_classifier(names: list[str], *logits: float) -> HubClassifier:
    config = {"classes": [{"id": "", "label": name} for name in names]}
    card = replace(find_card(DEFAULT_MODEL), name="hub/owner/name", source="hub", config=config)
    classifier = text_classifier(card, TokenizedModel(FixedLogits(*logits), TOKENIZER))
    assert isinstance(classifier, HubClassifier)
    return classifier


@pytest.mark.parametrize(
    ("names", "probabilities"),
    [
        (["NEGATIVE", "POSITIVE"], [0.4, 0.0, 0.6]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], [0.2, 0.3, 0.5]),
        (["pos", "neutral", "neg"], [0.5, 0.3, 0.2]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [0.3, 0.1, 0.6]),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], [0.3, 0.1, 0.6]),
    ],
)
def test_classes_of_a_published_model_are_added_up(names: list[str], probabilities: list[float]) -> None:
    given = {2: [0.4, 0.6], 3: [0.2, 0.3, 0.5], 5: [0.1, 0.2, 0.1, 0.2, 0.4]}[len(names)]
    classifier = hub_classifier(names, *np.log(given))
    (tokens,) = classifier.tokenize(["a text of  five words"])
    assert tokens.words == ("a", "text", "of", "five", "words")
    assert set(tokens.word_ids) == {0, 1, 2, 3, 4}
    logits, binary_logits = (classifier.logits(torch.tensor([tokens.ids]), neutral) for neutral in (True, False))
    assert logits.softmax(1)[0].tolist() == pytest.approx(probabilities, abs=1e-6)
    polar = [probabilities[0], probabilities[2]]
    assert binary_logits.softmax(1)[0].tolist() == pytest.approx([value / sum(polar) for value in polar], abs=1e-6)


def test_texts_without_words_have_a_token() -> None:
    (tokens,) = hub_classifier(["negative", "positive"], 0, 0).tokenize([" "])
    assert (len(tokens.ids), tokens.word_ids, tokens.words) == (1, (-1,), ())


def test_a_model_without_sentiment_classes_is_refused() -> None:
    with pytest.raises(InputError, match="hub/owner/name has the classes joy, anger"):
        hub_classifier(["joy", "anger"], 0, 0)


# Word contributions


def polarity(text: str, neutral: bool) -> float:
    (row,) = probabilities(DEFAULT_MODEL, [text], neutral)
    return float(row[-1] - row[0])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=8), st.booleans())
def test_a_contribution_is_the_polarity_minus_that_without_the_word(words: list[str], neutral: bool) -> None:
    text = " ".join(words)
    result = word_contributions(text, SingleModelKnobs(neutral=neutral))
    assert [entry.word for entry in result.words] == words
    assert result.polarity == pytest.approx(polarity(text, neutral), abs=1e-4)
    for index, entry in enumerate(result.words):
        rest = " ".join(words[:index] + words[index + 1 :])
        assert entry.contribution == pytest.approx(polarity(text, neutral) - polarity(rest, neutral), abs=1e-4)


# Rewrites


@given(st.text(min_size=1, max_size=80).filter(str.strip))
def test_versions_begin_with_the_original_and_differ(text: str) -> None:
    versions = list(rewritten(text).values())
    assert versions[0] == " ".join(text.split())
    assert len(set(versions)) == len(versions)


@pytest.mark.parametrize("neutral", [True, False])
def test_a_rewrite_has_the_answer_of_its_text(neutral: bool) -> None:
    result = rewrites(PRAISE, SingleModelKnobs(neutral=neutral))
    assert {version.name: version.text for version in result.rewrites} == rewritten(PRAISE)
    for version in result.rewrites:
        alone = sentiment(version.text, SentimentKnobs(neutral=neutral))
        best = alone.answers[0].predictions[0]
        assert version.label == best.label
        assert version.probability == pytest.approx(best.probability, abs=1e-5)
        assert version.polarity == pytest.approx(alone.polarities[0], abs=1e-5)
