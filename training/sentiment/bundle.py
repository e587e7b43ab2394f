"""A checkpoint in, assets/models/tweet-lstm out: calibrated, measured and described in its card."""

import json
from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
import typer
from tokenizers import Tokenizer

from training import options, recipes
from training.publish import Predictions, save_model, to_metric, write_card
from training.run import CHECKPOINTS, is_finished
from training.sentiment.baseline import measure_baseline
from training.sentiment.recipe import (
    SentimentConfig,
    make_network,
    measure,
    measure_phrases,
    predict,
    tokenize_rows,
    tokenizer_path,
)
from training.sentiment.tweets import NEUTRAL, SOURCES, load_tweets, train_test_split
from zoo.core.loading import TOKENIZER_FILE
from zoo.exhibits.sentiment.labels import LABELS

NAME = "tweet-lstm"
SEMEVAL = "SemEval 2013 to 2016, held out: one tweet in ten, {n:,}"
SENTIMENT140 = "Sentiment140, held out: one tweet in ten, {n:,}, labelled by emoticon"


def bundle(
    data: options.Data, checkpoint: Annotated[str, typer.Option(help="Name of the checkpoint and its config.")] = NAME
) -> None:
    """Write assets/models/tweet-lstm from .checkpoints/CHECKPOINT.pt. Raises FileNotFoundError before a run ended."""
    path = CHECKPOINTS / f"{checkpoint}.pt"
    if not is_finished(path):
        raise FileNotFoundError(f"No finished run is at {path}: `python -m training run {checkpoint}` first.")
    config = recipes.load(checkpoint).config
    assert isinstance(config, SentimentConfig)
    training, held_out = train_test_split(load_tweets(data))
    tokenizer = Tokenizer.from_file(str(tokenizer_path(checkpoint)))
    network = make_network(tokenizer, config)
    state = torch.load(path, weights_only=True)["network"]
    halved = {name: tensor.half() for name, tensor in state.items()}
    network.load_state_dict({name: tensor.float() for name, tensor in halved.items()})
    rows = tokenize_rows(held_out, tokenizer)
    logits, binary_logits = predict(network, rows)
    labels, sources = torch.from_numpy(held_out.labels), torch.from_numpy(held_out.sources)
    semeval, sentiment140 = (sources == SOURCES.index(name) for name in ("semeval", "sentiment140"))
    polar = labels != NEUTRAL
    folder = save_model(
        NAME,
        {
            "exhibit": "sentiment",
            "title": "TweetLSTM",
            "architecture": {
                "kind": "tweet-lstm",
                "vocab_size": tokenizer.get_vocab_size(),
                "embedding_dim": config.embedding_dim,
                "hidden_size": config.hidden_size,
                "num_layers": config.num_layers,
            },
            "temperature": round(Predictions(logits[semeval], labels[semeval]).temperature(), 3),
            "binary_temperature": round(Predictions(binary_logits[polar], labels[polar] // 2).temperature(), 3),
            "classes": [{"id": "", "label": name} for name in LABELS],
        },
        halved,
    )
    (folder / TOKENIZER_FILE).write_text(tokenizer_path(checkpoint).read_text())
    measured = measure(network, held_out, rows) | measure_phrases(network, tokenizer)
    baseline = {f"baseline_{name}": value for name, value in measure_baseline(training, held_out).items()}
    print(json.dumps(measured | baseline))
    metrics = [
        to_metric("macro-recall", measured["macro_recall"], SEMEVAL.format(n=int(semeval.sum()))),
        to_metric("accuracy", measured["accuracy"], SENTIMENT140.format(n=int(sentiment140.sum()))),
    ]
    run = {"name": NAME, "config": checkpoint, **config.model_dump(include={"phrases", "tuned_share", "cue_weight"})}
    words = {"vocab_size": tokenizer.get_vocab_size(), **run, **measured, **baseline}
    write_card(folder, Path(__file__).with_name("tweet-lstm.md"), metrics, words)


def held_out(
    data: options.Data,
    semeval: Annotated[Path, typer.Argument(help="The parquet file to write SemEval's part to.")],
    sentiment140: Annotated[Path, typer.Argument(help="The parquet file to write Sentiment140's part to.")],
) -> None:
    """Write the held-out tweets as tables for ``zoo evaluate sentiment``."""
    _, tweets = train_test_split(load_tweets(data))
    for name, path in (("semeval", semeval), ("sentiment140", sentiment140)):
        part = tweets.of_source(name)
        pd.DataFrame({"text": part.texts, "label": part.labels}).to_parquet(path)
