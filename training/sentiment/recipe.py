"""Train ``TweetLSTM``: two heads at once, on four collections of tweets, against a TF-IDF baseline."""

import json
from functools import partial
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from training import options
from training.run import CHECKPOINTS, Run, length_bucketed
from training.sentiment.baseline import baseline
from training.sentiment.tweets import NEUTRAL, POSITIVE, SOURCES, Tweets, all_tweets, split
from training.sentiment.vectors import vectors
from training.sentiment.vocabulary import as_json, build
from zoo.exhibits.sentiment.text import tokenise
from zoo.nets.tweetlstm import PAD, TweetLSTM

WIDTH, HIDDEN, LAYERS, DROPOUT = 128, 160, 1, 0.4
# How much a tweet of each source counts for each head: Sentiment140's labels are guessed from emoticons and know no
# neutral; what airlines hear is less like what the heads are asked.
THREE = torch.tensor([1.0, 0.0, 0.5, 0.3])
TWO = torch.tensor([1.0, 1.0, 0.7, 0.3])
WORD_DROPOUT = 0.1
TOKENIZER = CHECKPOINTS / "sentiment-tokenizer.json"


def of_source(tweets: Tweets, name: str) -> Tweets:
    return tweets[tweets.sources == SOURCES.index(name)]


def accuracy(said: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    return float((said == labels).mean())


def macro_recall(said: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """The mean over classes of the share of its tweets that are found: SemEval's measure (Rosenthal et al. 2017)."""
    return float(np.mean([(said[labels == label] == label).mean() for label in np.unique(labels)]))


def padded(rows: list[Tensor]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)


@torch.inference_mode()
def logits(network: TweetLSTM, rows: list[Tensor]) -> tuple[Tensor, Tensor]:
    """(N, 3) and (N, 2), the longest tweets first computed together."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    three, two = torch.empty(len(rows), 3), torch.empty(len(rows), 2)
    for start in range(0, len(rows), 256):
        part = order[start : start + 256]
        three[part], two[part] = network(padded([rows[index] for index in part]))
    return three, two


def measure(network: TweetLSTM, held: Tweets, rows: list[Tensor]) -> dict[str, float]:
    three, two = (each.argmax(1).numpy() for each in logits(network, rows))
    semeval, noisy = held.sources == SOURCES.index("semeval"), held.sources == SOURCES.index("sentiment140")
    return {
        "macro_recall": macro_recall(three[semeval], held.labels[semeval]),
        "accuracy": accuracy(2 * two[noisy], held.labels[noisy]),
    }


def train(
    data: options.Data,
    epochs: Annotated[int, typer.Option(help="Passes over the tweets.")] = 5,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-3,
    batch: Annotated[int, typer.Option(help="Tweets in a batch.")] = 64,
    smoothing: options.Smoothing = 0.1,
    seed: options.Seed = 0,
) -> None:
    """Train on nine tweets in ten; writes .checkpoints/sentiment-SEED.pt and the tokenizer beside it."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    learnt, held = split(all_tweets(data))
    tokenizer = build(learnt.texts)
    CHECKPOINTS.mkdir(exist_ok=True)
    TOKENIZER.write_text(as_json(tokenizer))
    rows, held_rows = (
        [torch.tensor(tokens.ids) for tokens in tokenise(tweets.texts, tokenizer)] for tweets in (learnt, held)
    )
    labels, sources = torch.from_numpy(learnt.labels), torch.from_numpy(learnt.sources)
    # Macro-recall counts classes alike: so does the loss.
    counts = torch.stack([THREE[sources[labels == label]].sum() for label in range(3)])
    balance = counts.mean() / counts
    network = TweetLSTM(tokenizer.get_vocab_size(), WIDTH, HIDDEN, LAYERS, DROPOUT)
    network.embedding.weight.data.copy_(vectors([row.tolist() for row in rows], len(network.embedding.weight), WIDTH))
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    order = partial(length_bucketed, torch.tensor([len(row) for row in rows]), batch)
    run = Run(f"sentiment-{seed}", network, optimizer, generator, len(rows), batch, [0] * epochs, order)
    sizes = {"vocabulary": tokenizer.get_vocab_size(), "tweets": len(rows), "held_out": len(held_rows)}
    print(json.dumps(sizes), flush=True)
    for step, _, chosen in run.steps():
        network.train()
        tokens = padded([rows[index] for index in chosen.tolist()])
        dropped = (torch.rand(tokens.shape, generator=generator) < WORD_DROPOUT) & (tokens != PAD)
        three, two = network(tokens.masked_fill(dropped, 1))
        target, source = labels[chosen], sources[chosen]
        by_three = F.cross_entropy(three, target, balance, reduction="none", label_smoothing=smoothing)
        by_two = F.cross_entropy(two, target // POSITIVE, reduction="none", label_smoothing=smoothing)
        polar = (target != NEUTRAL).float()
        loss = (by_three * THREE[source] + by_two * TWO[source] * polar).mean()
        run.minimize(loss)
        if step % 100 == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure(network, held, held_rows))


def compare(data: options.Data) -> None:
    """Print what the TF-IDF baseline reaches on the same held-out tweets."""
    print(json.dumps(baseline(*split(all_tweets(data)))))
