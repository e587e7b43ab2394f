"""The recipe of TweetLSTM: split, vocabulary, initial embeddings, metrics, and a run of a few steps."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer

from training import recipes
from training.run import is_finished
from training.sentiment import bundle, recipe
from training.sentiment.embeddings import WINDOW, initial_embeddings, neighbour_counts
from training.sentiment.loss import Loss, Targets
from training.sentiment.metrics import accuracy, macro_recall
from training.sentiment.recipe import SentimentConfig, train
from training.sentiment.tweets import SOURCES, Tweets, load_tweets, train_test_split
from training.sentiment.vocabulary import train_tokenizer
from zoo.core.cards import exhibit_cards
from zoo.exhibits.sentiment.tokenization import tokenize

TWEETS = [f"@me the sunny {day} was GREAT!!! :) \U0001f600 #{day}" for day in ("monday", "friday") for _ in range(5)]


def test_every_token_of_the_tweets_is_known_and_emoji_and_special_tokens_are_whole() -> None:
    tokenizer = train_tokenizer(TWEETS)
    for tweet, text in zip(TWEETS, tokenize(TWEETS, tokenizer), strict=True):
        tokens = [tokenizer.id_to_token(id) for id in text.ids]
        assert "[UNK]" not in tokens
        assert {"<user>", "<caps>", "<repeat>", "<smile>", "<hashtag>", "\U0001f600", "sunny"} <= set(tokens), tweet
    assert tokenizer.token_to_id("[PAD]") == 0


def test_neighbours_are_counted_on_both_sides_and_never_across_texts() -> None:
    counts = neighbour_counts([[2, 3, 4], [5, 1, 2]], 6).toarray()
    assert np.array_equal(counts, counts.T)
    assert counts[2, 3] == counts[3, 4] == 1
    assert counts[2, 4] == counts[5, 2] == 0.5
    assert not counts[1].any()  # the unknown token has no neighbours
    assert not counts[4, 5]
    assert neighbour_counts([[2, *[3] * WINDOW, 4]], 5)[2, 4] == 0


def test_tokens_with_the_same_neighbours_have_similar_embeddings() -> None:
    rng = np.random.default_rng(0)
    # 2 and 3 are among 10 to 19, 4 and 5 among 20 to 29.
    rows = [
        [int(rng.choice((2, 3) if low == 10 else (4, 5))), *rng.integers(low, low + 10, 4).tolist()]
        for low in rng.choice((10, 20), 600).tolist()
    ]
    embeddings = initial_embeddings(rows, 30, 8)
    similarity = torch.nn.functional.cosine_similarity(embeddings[2:6, None], embeddings[None, 2:6], dim=2)
    assert similarity[0, 1] > 0.9
    assert similarity[2, 3] > 0.9
    assert similarity[:2, 2:].max() < 0.5
    assert embeddings[:2].abs().max() < 1e-6


def test_texts_that_differ_in_punctuation_are_in_the_same_split() -> None:
    texts = [f"word{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyz'[n // 100]}" for n in range(600)]
    near_copies = [f"{text.upper()}!! 1" for text in texts]
    zeros = np.zeros(1200, np.int64)
    training, held_out = train_test_split(Tweets([*texts, *near_copies], zeros, zeros))
    assert 0 < len(held_out.texts) < len(training.texts)
    both = {text.lower().removesuffix("!! 1") for text in training.texts}
    assert not both & {text.lower().removesuffix("!! 1") for text in held_out.texts}


def test_macro_recall_weighs_classes_alike() -> None:
    predicted, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
    assert accuracy(predicted, labels) == macro_recall(predicted, labels) == 0.75
    assert macro_recall(np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1])) == 0.5


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a few dozen tweets of each collection."""
    folder = tmp_path / "tweets"
    folder.mkdir()
    names = ["negative", "neutral", "positive"]
    texts = [f"{letter * 3} {names[n % 3]} tweet {letter}{n} :)" for n in range(40) for letter in "abc"]
    labels = [names[n % 3] for n in range(40) for _ in "abc"]
    pd.DataFrame({"text": [f"one {text}" for text in texts], "label": labels}).to_parquet(
        folder / "semeval2013_2016.parquet"
    )
    targets = [0 if label == "negative" else 4 for label in labels]
    pd.DataFrame({"text": [f"two {text}" for text in texts], "target": targets}).to_parquet(
        folder / "sentiment140_part.parquet"
    )
    pd.DataFrame({"text": [f"three {text}" for text in texts], "sentiment": labels}).to_parquet(
        folder / "tweet_sentiment_extraction.parquet"
    )
    pd.DataFrame({"text": [f"four {text}" for text in texts], "airline_sentiment": labels}).to_parquet(
        folder / "airline.parquet"
    )
    return tmp_path


def test_a_run_ends_with_a_checkpoint_and_its_tokenizer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    tweets = load_tweets(data)
    assert set(tweets.sources.tolist()) == {SOURCES.index(name) for name in SOURCES if name != "phrases"}
    config = SentimentConfig(embedding_dim=8, hidden_size=6, epochs=1, batch_size=32)
    train(data, "tiny", config)
    checkpoint = recipe.CHECKPOINTS / "tiny.pt"
    assert is_finished(checkpoint)
    tokenizer = Tokenizer.from_file(str(recipe.tokenizer_path("tiny")))
    network = recipe.make_network(tokenizer, config)
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["network"])
    logits, binary_logits = recipe.predict(network, recipe.tokenize_rows(tweets, tokenizer))
    assert logits.shape == (len(tweets.texts), 3)
    assert binary_logits.shape == (len(tweets.texts), 2)
    with pytest.raises(FileNotFoundError, match="training run tweet-lstm"):
        bundle.bundle(data)


def test_a_run_from_another_keeps_its_vocabulary_and_starts_at_its_weights(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(data)
    monkeypatch.setattr(recipe, "N_PHRASES_MEASURED", 200)
    first = SentimentConfig(embedding_dim=8, hidden_size=6, epochs=1, batch_size=32)
    train(data, "first", first)
    capsys.readouterr()
    start = recipe.CHECKPOINTS / "first.pt"
    train(
        data,
        "second",
        first.model_copy(update={"start": start, "phrases": 300, "learning_rate": 1e-9, "teacher_weight": 0.5}),
    )
    sizes, *_, measured = map(json.loads, capsys.readouterr().out.splitlines())
    assert sizes["phrases"] == 300
    assert {"macro_recall", "accuracy", "new_templates", "new_words"} <= measured.keys()
    assert measured["of"] == (sizes["tweets"] + 300) // 32
    states = [torch.load(recipe.CHECKPOINTS / f"{name}.pt", weights_only=True) for name in ("first", "second")]
    for name, weight in states[0]["network"].items():
        assert torch.allclose(weight, states[1]["network"][name], atol=1e-6), name
    paths = [recipe.tokenizer_path(name) for name in ("first", "second")]
    assert paths[0].read_text() == paths[1].read_text()


def test_the_loss_is_that_of_labels_with_weights_of_classes_collections_and_texts() -> None:
    config = SentimentConfig()
    labels, sources, weights = (
        torch.tensor([0, 1, 2, 2]),
        torch.tensor([0, 2, 4, 1]),
        torch.tensor([1.0, 2.0, 3.0, 1.0]),
    )
    loss = Loss(labels, sources, config.source_weights, config.binary_source_weights)
    logits, binary_logits = torch.randn(4, 3), torch.randn(4, 2)
    value = loss((logits, binary_logits), Targets.of_labels(labels, weights, 0), sources)
    expected = []
    for i, label in enumerate(labels.tolist()):
        name = SOURCES[sources[i]]
        three = -logits[i].log_softmax(0)[label] * loss.class_weights[label] * config.source_weights[name]
        two = 0 if label == 1 else -binary_logits[i].log_softmax(0)[label // 2] * config.binary_source_weights[name]
        expected.append(weights[i] * (three + two))
    assert value.item() == pytest.approx(torch.stack(expected).mean().item(), rel=1e-5)


def test_a_teacher_has_its_share_in_the_targets_of_the_first_texts_alone() -> None:
    targets = Targets.of_labels(torch.tensor([0, 2]), torch.ones(2), 0.1)
    mixed = targets.mixed((torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[0.0, 1.0]])), 0.5)
    assert mixed.two[0].tolist() == pytest.approx([0.475, 0.525])
    assert mixed.three.sum(1).tolist() == pytest.approx([1, 1])
    assert torch.equal(mixed.three[1], targets.three[1])
    assert torch.equal(mixed[torch.tensor([1])].two[0], targets.two[1])


def test_the_card_names_its_config_and_has_its_architecture() -> None:
    (card,) = exhibit_cards("sentiment")
    config = recipes.load(card.name).config
    assert isinstance(config, SentimentConfig)
    for name in ("embedding_dim", "hidden_size", "num_layers"):
        assert card.config["architecture"][name] == getattr(config, name)
    assert set(config.source_weights) == set(config.binary_source_weights) == set(SOURCES)
    assert card.folder is not None
    assert f"training run {card.name}" in (card.folder / "README.md").read_text()
