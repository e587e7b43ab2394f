"""The checkpoint in, assets/models/tweet-lstm out: class_probabilities, measured and described in its card."""

import json
from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
import typer
from tokenizers import Tokenizer

from training import options
from training.publish import Predictions, save_model, to_metric, write_card
from training.run import CHECKPOINTS
from training.sentiment.baseline import baseline
from training.sentiment.recipe import DROPOUT, HIDDEN, LAYERS, TOKENIZER, WIDTH, logits, measure, of_source
from training.sentiment.tweets import NEUTRAL, SOURCES, all_tweets, split
from zoo.core.loading import TOKENIZER_FILE
from zoo.exhibits.sentiment.text import tokenise
from zoo.nets.tweetlstm import TweetLSTM

SEMEVAL = "SemEval 2013 to 2016, held out: one tweet in ten, {n:,}"
SENTIMENT140 = "Sentiment140, held out: one tweet in ten, {n:,}, labelled by emoticon"


def bundle(data: options.Data, seed: Annotated[int, typer.Option(help="Which run, sentiment-SEED.")] = 0) -> None:
    """Write assets/models/tweet-lstm from .checkpoints/sentiment-SEED.pt."""
    train, held = split(all_tweets(data))
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    size = tokenizer.get_vocab_size()
    network = TweetLSTM(size, WIDTH, HIDDEN, LAYERS, DROPOUT)
    state = torch.load(CHECKPOINTS / f"sentiment-{seed}.pt", weights_only=True)["network"]
    halved = {name: tensor.half() for name, tensor in state.items()}
    network.load_state_dict({name: tensor.float() for name, tensor in halved.items()})
    rows = [torch.tensor(tokens.ids) for tokens in tokenise(held.texts, tokenizer)]
    three, two = logits(network, rows)
    labels, sources = torch.from_numpy(held.labels), torch.from_numpy(held.sources)
    semeval, polar = sources == SOURCES.index("semeval"), labels != NEUTRAL
    config = {
        "exhibit": "sentiment",
        "title": "TweetLSTM",
        "architecture": {"kind": "tweet-lstm", "vocabulary": size, "width": WIDTH, "hidden": HIDDEN, "layers": LAYERS},
        "temperatures": {
            "three": round(Predictions(three[semeval], labels[semeval]).temperature(), 3),
            "two": round(Predictions(two[polar], labels[polar] // 2).temperature(), 3),
        },
        "classes": [{"id": "", "label": name} for name in ("negative", "neutral", "positive")],
    }
    folder = save_model("tweet-lstm", config, halved)
    (folder / TOKENIZER_FILE).write_text(TOKENIZER.read_text())
    figures = measure(network, held, rows)
    beaten = {f"baseline_{name}": value for name, value in baseline(train, held).items()}
    print(json.dumps({**figures, **beaten}))
    noisy = sources == SOURCES.index("sentiment140")
    write_card(
        folder,
        Path(__file__).with_name("tweet-lstm.md"),
        [
            to_metric("macro-recall", figures["macro_recall"], SEMEVAL.format(n=int(semeval.sum()))),
            to_metric("accuracy", figures["accuracy"], SENTIMENT140.format(n=int(noisy.sum()))),
        ],
        {"vocabulary": size, **beaten},
    )


def held_out(
    data: options.Data,
    semeval: Annotated[Path, typer.Argument(help="The parquet file to write SemEval's part to.")],
    sentiment140: Annotated[Path, typer.Argument(help="The parquet file to write Sentiment140's part to.")],
) -> None:
    """Write the held-out tweets as tables for ``zoo evaluate sentiment``."""
    _, held = split(all_tweets(data))
    for name, path in (("semeval", semeval), ("sentiment140", sentiment140)):
        tweets = of_source(held, name)
        pd.DataFrame({"text": tweets.texts, "label": tweets.labels}).to_parquet(path)
