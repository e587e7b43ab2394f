"""Train ``TweetLSTM``: both heads at once, on four collections of tweets."""

import json
from functools import partial
from pathlib import Path

import torch
from pydantic import Field
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from training.recipes import RecipeConfig
from training.run import CHECKPOINTS, Run, length_bucketed
from training.sentiment.embeddings import initial_embeddings
from training.sentiment.metrics import accuracy, macro_recall
from training.sentiment.tweets import NEUTRAL, POSITIVE, SOURCES, Tweets, load_tweets, train_test_split
from training.sentiment.vocabulary import to_json, train_tokenizer
from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.tokenization import tokenize, unk_id
from zoo.nets.tweetlstm import PAD, TweetLSTM

EVALUATION_BATCH = 256
LOG_EVERY = 100  # steps


class SentimentConfig(RecipeConfig):
    embedding_dim: int = Field(default=128, ge=1, description="Width of the token embeddings.")
    hidden_size: int = Field(default=160, ge=1, description="Width of the LSTM's state in each direction.")
    num_layers: int = Field(default=1, ge=1, description="Layers of the LSTM.")
    dropout: float = Field(default=0.4, ge=0, lt=1, description="Probability that a feature is zeroed.")
    token_dropout: float = Field(default=0.1, ge=0, lt=1, description="Probability that a token becomes unknown.")
    epochs: int = Field(default=5, ge=1, description="Passes over the tweets.")
    learning_rate: float = Field(default=2e-3, gt=0, description="Peak of the one-cycle policy.")
    batch_size: int = Field(default=64, ge=1, description="Tweets in a batch.")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1, description="Weight of the uniform distribution.")
    weight_decay: float = Field(default=0.01, ge=0, description="Of AdamW.")
    # Sentiment140's labels were guessed from emoticons and lack neutral; airline tweets are about one subject.
    source_weights: dict[str, float] = Field(
        default={"semeval": 1.0, "sentiment140": 0.0, "extraction": 0.5, "airline": 0.3},
        description="Weight of each collection in the loss of three classes.",
    )
    binary_source_weights: dict[str, float] = Field(
        default={"semeval": 1.0, "sentiment140": 1.0, "extraction": 0.7, "airline": 0.3},
        description="Weight of each collection in the loss of two classes.",
    )


def tokenizer_path(name: str) -> Path:
    """The tokenizer beside a checkpoint."""
    return CHECKPOINTS / f"{name}-tokenizer.json"


def make_network(tokenizer: Tokenizer, config: SentimentConfig) -> TweetLSTM:
    return TweetLSTM(
        vocab_size=tokenizer.get_vocab_size(),
        embedding_dim=config.embedding_dim,
        hidden_size=config.hidden_size,
        num_layers=config.num_layers,
        dropout=config.dropout,
    )


def tokenize_rows(tweets: Tweets, tokenizer: Tokenizer) -> list[Tensor]:
    return [torch.tensor(text.ids[:MAX_TOKENS]) for text in tokenize(tweets.texts, tokenizer)]


def pad(rows: list[Tensor]) -> Tensor:
    """(B, T) token ids, padded on the right."""
    return pad_sequence(rows, batch_first=True, padding_value=PAD)


@torch.inference_mode()
def predict(network: TweetLSTM, rows: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Logits (N, 3) and (N, 2); texts of about the same length are computed together."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    logits, binary_logits = torch.empty(len(rows), 3), torch.empty(len(rows), 2)
    for start in range(0, len(rows), EVALUATION_BATCH):
        indices = order[start : start + EVALUATION_BATCH]
        logits[indices], binary_logits[indices] = network(pad([rows[index] for index in indices]))
    return logits, binary_logits


def measure(network: TweetLSTM, held_out: Tweets, rows: list[Tensor]) -> dict[str, float]:
    """Macro-recall of three classes on SemEval's tweets, accuracy of two on Sentiment140's."""
    predicted, binary_predicted = (logits.argmax(1).numpy() for logits in predict(network, rows))
    semeval, sentiment140 = (held_out.sources == SOURCES.index(name) for name in ("semeval", "sentiment140"))
    return {
        "macro_recall": macro_recall(predicted[semeval], held_out.labels[semeval]),
        "accuracy": accuracy(POSITIVE * binary_predicted[sentiment140], held_out.labels[sentiment140]),
    }


class Loss:
    """Weighted cross-entropy of both heads. Classes weigh alike, as in macro-recall; collections as configured."""

    def __init__(self, labels: Tensor, sources: Tensor, config: SentimentConfig) -> None:
        """``labels``, ``sources``: (N,) of all training tweets."""
        self.label_smoothing = config.label_smoothing
        self.weights = torch.tensor([config.source_weights[name] for name in SOURCES])
        self.binary_weights = torch.tensor([config.binary_source_weights[name] for name in SOURCES])
        counts = torch.stack([self.weights[sources[labels == label]].sum() for label in range(3)])
        self.class_weights = counts.mean() / counts

    def __call__(self, logits: Tensor, binary_logits: Tensor, labels: Tensor, sources: Tensor) -> Tensor:
        cross_entropy = partial(F.cross_entropy, reduction="none", label_smoothing=self.label_smoothing)
        loss = cross_entropy(logits, labels, self.class_weights) * self.weights[sources]  # (B,)
        polar = (labels != NEUTRAL).float()
        binary_loss = cross_entropy(binary_logits, labels // POSITIVE) * self.binary_weights[sources] * polar  # (B,)
        return (loss + binary_loss).mean()


def train(data: Path, name: str, config: SentimentConfig) -> None:
    """Train on nine tweets in ten. Writes .checkpoints/NAME.pt, and the tokenizer beside it."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    training, held_out = train_test_split(load_tweets(data))
    tokenizer = train_tokenizer(training.texts)
    CHECKPOINTS.mkdir(exist_ok=True)
    tokenizer_path(name).write_text(to_json(tokenizer))
    rows, held_out_rows = tokenize_rows(training, tokenizer), tokenize_rows(held_out, tokenizer)
    labels, sources = torch.from_numpy(training.labels), torch.from_numpy(training.sources)
    loss_function = Loss(labels, sources, config)
    network = make_network(tokenizer, config)
    vocab_size = tokenizer.get_vocab_size()
    embeddings = initial_embeddings([row.tolist() for row in rows], vocab_size, config.embedding_dim)
    network.embedding.weight.data.copy_(embeddings)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    order = partial(length_bucketed, torch.tensor([len(row) for row in rows]), config.batch_size)
    run = Run(name, network, optimizer, generator, len(rows), config.batch_size, [0] * config.epochs, order)
    print(json.dumps({"vocab_size": vocab_size, "tweets": len(rows), "held_out": len(held_out_rows)}), flush=True)
    for step, _, indices in run.steps():
        network.train()
        input_ids = pad([rows[index] for index in indices.tolist()])
        dropped = (torch.rand(input_ids.shape, generator=generator) < config.token_dropout) & (input_ids != PAD)
        logits, binary_logits = network(input_ids.masked_fill(dropped, unk_id(tokenizer)))
        loss = loss_function(logits, binary_logits, labels[indices], sources[indices])
        run.minimize(loss)
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure(network, held_out, held_out_rows))
