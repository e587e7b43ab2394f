"""Sentiment: what the network is shown, what it answers, which words count, tables, and what is no text at all."""

import csv
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from zoo.core.assets import MODELS
from zoo.core.cards import exhibit_cards
from zoo.core.errors import CancelledJob, InputError, NotFoundError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment import annotate, evaluate, explain, probabilities, sentiment, variants
from zoo.exhibits.sentiment.evaluation import wilson
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL, SentimentKnobs
from zoo.exhibits.sentiment.labels import label_of
from zoo.exhibits.sentiment.predict import MAX_CHARACTERS
from zoo.exhibits.sentiment.text import MARKS, MAX_SUBWORDS, clean, marked, tokenise
from zoo.nets.tweetlstm import PAD, TweetLSTM

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


# What the network is shown


@pytest.mark.parametrize(
    ("word", "shown"),
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
def test_marks_stand_for_what_people_do_to_words(word: str, shown: str) -> None:
    assert marked(word) == shown


@given(st.text(max_size=300))
def test_any_text_is_cut_into_subwords_of_its_words(text: str) -> None:
    (tokens,) = tokenise([text], TOKENIZER)
    assert 1 <= len(tokens.ids) <= MAX_SUBWORDS
    assert len(tokens.ids) == len(tokens.places)
    assert list(tokens.places) == sorted(tokens.places)
    assert PAD not in tokens.ids
    assert tokens.words == tuple(clean(text).split())
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for word in tokens.words for char in word)


def test_every_mark_is_one_subword() -> None:
    for mark in MARKS:
        assert TOKENIZER.encode([mark], is_pretokenized=True).tokens == [mark]


def test_names_and_links_make_no_difference() -> None:
    one, other = "@ann look at https://a.example/1", "@bob look at https://b.example/2"
    assert np.array_equal(*probabilities(DEFAULT_MODEL, [one, other]))


# The network


def test_padding_changes_no_logit() -> None:
    torch.manual_seed(0)
    network = TweetLSTM(50, 8, 6, 1).eval()
    torch.nn.init.normal_(network.embedding.weight)
    row = torch.randint(1, 50, (1, 7))
    for alone, padded in zip(network(row), network(torch.nn.functional.pad(row, (0, 9))), strict=True):
        assert torch.allclose(alone, padded, atol=1e-6)


def test_single_and_batch_agree() -> None:
    texts = [PRAISE, COMPLAINT, "ok", "a much longer tweet " * 9, "😀"]
    for neutral in (True, False):
        batch = probabilities(DEFAULT_MODEL, texts, neutral)
        alone = np.concatenate([probabilities(DEFAULT_MODEL, [text], neutral) for text in texts])
        assert np.allclose(batch, alone, atol=1e-5)
        assert np.allclose(batch.sum(1), 1, atol=1e-5)


# Answers


@pytest.mark.parametrize(("text", "label"), [(PRAISE, "positive"), (COMPLAINT, "negative")])
@pytest.mark.parametrize("neutral", [True, False])
def test_what_is_plain_is_understood(text: str, label: str, neutral: bool) -> None:
    (answer,) = sentiment(text, SentimentKnobs(neutral=neutral)).answers
    assert answer.label == label
    assert set(answer.probabilities) == {"negative", "positive"} | ({"neutral"} if neutral else set())
    assert answer.polarity == pytest.approx(answer.probabilities["positive"] - answer.probabilities["negative"])
    assert answer.restriction == exhibit_cards("sentiment")[0].restriction


@pytest.mark.parametrize("text", HOSTILE, ids=["emoji", "arabic", "null", "surrogate", "endless", "markup"])
def test_strange_texts_have_an_answer(text: str) -> None:
    (answer,) = sentiment(text).answers
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert len(explain(text, DEFAULT_MODEL)) == len(clean(text).split())


def test_no_text_too_much_text_and_wrong_models_are_told() -> None:
    for empty in ("", " \n\t "):
        with pytest.raises(InputError, match="nothing to read"):
            sentiment(empty)
    with pytest.raises(TooLargeError, match="1,000,000 characters"):
        sentiment("x" * 1_000_000)
    with pytest.raises(InputError, match="classify"):
        sentiment(PRAISE, SentimentKnobs(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError, match="no-such-model"):
        sentiment(PRAISE, SentimentKnobs(model=["no-such-model"]))


def test_sixteen_threads_get_the_answers_of_one() -> None:
    texts = [f"{PRAISE} {number}" if number % 2 else f"{COMPLAINT} {number}" * 3 for number in range(64)]
    alone = [sentiment(text).answers[0].probabilities for text in texts]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda text: sentiment(text).answers[0].probabilities, texts))
    for one, other in zip(alone, together, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


# Words


def polarity(text: str, neutral: bool) -> float:
    (row,) = probabilities(DEFAULT_MODEL, [text], neutral)
    return float(row[-1] - row[0])


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from([*["love", "hate", "this", "zoo", "not", "never", "great", ":)", "#fun"]]),
        min_size=2,
        max_size=8,
    ),
    st.booleans(),
)
def test_contribution_is_the_polarity_less_that_without_the_word(words: list[str], neutral: bool) -> None:
    text = " ".join(words)
    found = explain(text, DEFAULT_MODEL, neutral)
    assert [each.word for each in found] == words
    for place, each in enumerate(found):
        rest = " ".join(words[:place] + words[place + 1 :])
        assert each.contribution == pytest.approx(polarity(text, neutral) - polarity(rest, neutral), abs=1e-4)


def test_the_word_that_decides_is_found() -> None:
    found = explain("the food was awful today", DEFAULT_MODEL)
    assert min(found, key=lambda each: each.contribution).word == "awful"


@given(st.text(min_size=1, max_size=80).filter(str.strip))
def test_variants_begin_with_the_text_and_differ(text: str) -> None:
    found = list(variants(text).values())
    assert found[0] == " ".join(text.split())
    assert len(set(found)) == len(found)


# Evaluation


def table(path: Path, columns: dict[str, list[object]]) -> Path:
    frame = pd.DataFrame(columns)
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    "columns",
    [{"target": [4, 0, 2]}, {"label": [2, 0, 1]}, {"label": ["Positive", "negative", "neutral"]}],
    ids=["target", "numbers", "names"],
)
def test_evaluation_reads_every_form(tmp_path: Path, suffix: str, columns: dict[str, list[object]]) -> None:
    path = table(tmp_path / f"data{suffix}", {"text": [PRAISE, COMPLAINT, COMPLAINT], **columns})
    seen: list[tuple[int, int]] = []
    found = evaluate(path, DEFAULT_MODEL, lambda done, total: seen.append((done, total)))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.macro_recall == pytest.approx(2 / 3)
    assert found.n == 3
    assert seen == [(3, 3)]
    assert evaluate(path, DEFAULT_MODEL, binary=True).n == 2


def test_wilsons_interval_is_the_published_one() -> None:
    right = np.array([True] * 8 + [False] * 2)
    assert wilson(right) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": ["a"], "mood": ["good"]}, "needs the columns text, and target or label; it has text, mood"),
        ({"text": ["a"], "target": [1]}, "row 1: target is '?1'?, not 0, 2, 4"),
        ({"text": ["a"], "label": ["so-so"]}, "row 1: label is 'so-so'"),
    ],
)
def test_data_that_cannot_be_measured_on_is_told(tmp_path: Path, columns: dict[str, list[object]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        evaluate(table(tmp_path / "data.csv", columns), DEFAULT_MODEL)


def test_neutral_alone_cannot_be_measured_without_neutral(tmp_path: Path) -> None:
    path = table(tmp_path / "data.csv", {"text": ["a"], "label": ["neutral"]})
    with pytest.raises(InputError, match="only neutral"):
        evaluate(path, DEFAULT_MODEL, binary=True)
    with pytest.raises(InputError, match="There is no file"):
        evaluate(tmp_path / "missing.csv", DEFAULT_MODEL)


# Tables


@pytest.mark.parametrize(
    ("value", "column", "label"),
    [("2", "target", "neutral"), (2, "Label", "positive"), ("4.0", "target", "positive"), ("NEG", "x", "negative")],
)
def test_numbers_mean_what_their_column_says(value: object, column: str, label: str) -> None:
    assert label_of(value, column) == label


def written(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def test_table_comes_back_with_three_columns_more(tmp_path: Path) -> None:
    rows = [
        ["id", "tweet", "target"],
        *([str(n), [PRAISE, COMPLAINT][n % 2], ["positive", "0"][n % 2]] for n in range(250)),
    ]
    rows += [["=1+1", "@user café was GREAT", "negative"], ["short"]]
    source, target = written(tmp_path / "in.csv", rows, "cp1252"), tmp_path / "out.csv"
    job = get_runtime().submit(lambda: annotate(source, target, "Tweet", DEFAULT_MODEL, label="target"))
    records = list(job.updates())
    result = job.result()
    assert records[-1].step == records[-1].total == source.stat().st_size
    assert result.rows == 252
    assert sum(result.counts.values()) == result.polarities.sum() == 252
    assert result.confusion["positive", "positive"] == 125
    assert result.confusion["negative", "negative"] == 125
    assert result.mistakes[0]["target"] in ("negative", "")
    assert [row["confidence"] for row in result.uncertain] == sorted(row["confidence"] for row in result.uncertain)
    with target.open(newline="") as file:
        out = list(csv.DictReader(file))
    assert list(out[0]) == ["id", "tweet", "target", "sentiment", "confidence", "polarity"]
    assert len(out) == 252
    assert out[250]["id"] == "'=1+1"
    assert out[250]["tweet"] == "'@user café was GREAT"
    (row,) = probabilities(DEFAULT_MODEL, [PRAISE])
    assert float(out[0]["polarity"]) == pytest.approx(row[-1] - row[0], abs=2e-4)


def test_own_columns_are_not_overwritten(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", [["text", "sentiment"], [PRAISE, "mine"]])
    for _ in annotate(source, tmp_path / "out.csv", "text", DEFAULT_MODEL):
        pass
    with (tmp_path / "out.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["sentiment"], row["sentiment (model)"]) == ("mine", "positive")


def test_table_can_be_cancelled_within_a_step(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", [["text"], *([PRAISE] for _ in range(20_000))])
    job = get_runtime().submit(lambda: annotate(source, tmp_path / "out.csv", "text", DEFAULT_MODEL))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(60)
    assert job.latest is not None
    assert job.latest.step < source.stat().st_size


def test_wrong_column_is_told(tmp_path: Path) -> None:
    source = written(tmp_path / "in.csv", [["text"], [PRAISE]])
    with pytest.raises(InputError, match="no column named 'words'"):
        next(annotate(source, tmp_path / "out.csv", "words", DEFAULT_MODEL))


# The card


def test_network_beats_the_baseline_that_its_card_names() -> None:
    (card,) = exhibit_cards("sentiment")
    assert card.folder is not None
    text = " ".join((card.folder / "README.md").read_text().split())
    baseline = re.search(r"logistic regression: macro-recall ([\d.]+)%, accuracy ([\d.]+)%", text)
    assert baseline
    for metric, value in zip(card.metrics, baseline.groups(), strict=True):
        assert metric.value > float(value) / 100
