"""Train ``TweetLSTM``: both heads at once, on four collections of tweets and on phrases written for it."""

import json
from functools import partial
from pathlib import Path

import torch
from pydantic import Field
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from training.recipes import RecipeConfig
from training.run import CHECKPOINTS, Run, average_with_start, length_bucketed, load_weights
from training.sentiment.cues import has_cue
from training.sentiment.embeddings import initial_embeddings
from training.sentiment.loss import Loss, Targets
from training.sentiment.metrics import accuracy, macro_recall
from training.sentiment.phrases.generator import make_phrases
from training.sentiment.phrases.grammar import Part
from training.sentiment.tweets import NEUTRAL, POSITIVE, SOURCES, Tweets, concatenated, load_tweets, train_test_split
from training.sentiment.vocabulary import to_json, train_tokenizer
from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.tokenization import tokenize, unk_id
from zoo.nets.tweetlstm import PAD, TweetLSTM

EVALUATION_BATCH = 256
LOG_EVERY = 100  # steps
N_PHRASES_MEASURED = 4000


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
        default={"semeval": 1.0, "sentiment140": 0.0, "extraction": 0.5, "airline": 0.3, "phrases": 0.5},
        description="Weight of each collection in the loss of three classes.",
    )
    binary_source_weights: dict[str, float] = Field(
        default={"semeval": 1.0, "sentiment140": 1.0, "extraction": 0.7, "airline": 0.3, "phrases": 1.0},
        description="Weight of each collection in the loss of two classes.",
    )
    start: Path | None = Field(default=None, description="Checkpoint of an earlier run whose weights to start from.")
    phrases: int = Field(default=0, ge=0, description="Phrases to train on beside the tweets.")
    teacher_weight: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Of the start's probabilities in the target of a tweet, with the label.",
    )
    tuned_share: float = Field(default=1.0, ge=0, le=1, description="Of the new weights in the mean with the start's.")
    cue_weight: float = Field(default=1.0, gt=0, description="Weight of a tweet with a negation or slang in the loss.")


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


def measure_phrases(network: TweetLSTM, tokenizer: Tokenizer) -> dict[str, float]:
    """Accuracy of two classes on phrases of held-out templates, and on those with held-out words."""
    measured = {}
    for part in (Part.NEW_TEMPLATES, Part.NEW_WORDS):
        phrases = make_phrases(N_PHRASES_MEASURED, part)
        polar = phrases[phrases.labels != NEUTRAL]
        _, binary_logits = predict(network, tokenize_rows(polar, tokenizer))
        measured[part.value.replace(" ", "_")] = accuracy(POSITIVE * binary_logits.argmax(1).numpy(), polar.labels)
    return measured


def load_tokenizer(name: str, tweets: Tweets, start: Path | None) -> Tokenizer:
    """Of the run to start from, or with the vocabulary of the tweets; written beside the checkpoint of this run."""
    tokenizer = Tokenizer.from_file(str(tokenizer_path(start.stem))) if start else train_tokenizer(tweets.texts)
    CHECKPOINTS.mkdir(exist_ok=True)
    tokenizer_path(name).write_text(to_json(tokenizer))
    return tokenizer


def initialize(network: TweetLSTM, rows: list[Tensor], start: Path | None) -> None:
    """The weights of the run to start from, or embeddings of tokens with the same neighbours."""
    if start:
        load_weights(network, start)
    else:
        weight = network.embedding.weight.data
        weight.copy_(initial_embeddings([row.tolist() for row in rows], *weight.shape))


def train(data: Path, name: str, config: SentimentConfig) -> None:
    """Train on nine tweets in ten, and on phrases. Writes .checkpoints/NAME.pt, and the tokenizer beside it."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    tweets, held_out = train_test_split(load_tweets(data))
    tokenizer = load_tokenizer(name, tweets, config.start)
    training = concatenated(tweets, make_phrases(config.phrases, Part.TRAINING, config.seed))
    rows, held_out_rows = tokenize_rows(training, tokenizer), tokenize_rows(held_out, tokenizer)
    labels, sources = torch.from_numpy(training.labels), torch.from_numpy(training.sources)
    cues = torch.tensor([has_cue(text) for text in tweets.texts] + [False] * (len(rows) - len(tweets.texts)))
    targets = Targets.of_labels(labels, torch.where(cues, config.cue_weight, 1.0), config.label_smoothing)
    loss_function = Loss(labels, sources, config.source_weights, config.binary_source_weights)
    network = make_network(tokenizer, config)
    initialize(network, rows, config.start)
    start = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    if config.teacher_weight:
        logits = predict(network, rows[: len(tweets.texts)])
        targets = targets.mixed((logits[0].softmax(1), logits[1].softmax(1)), config.teacher_weight)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    order = partial(length_bucketed, torch.tensor([len(row) for row in rows]), config.batch_size)
    run = Run(name, network, optimizer, generator, len(rows), config.batch_size, [0] * config.epochs, order)
    sizes = {"tweets": len(tweets.texts), "phrases": len(rows) - len(tweets.texts), "held_out": len(held_out_rows)}
    print(json.dumps({"vocab_size": tokenizer.get_vocab_size(), **sizes}), flush=True)
    for step, _, indices in run.steps():
        network.train()
        input_ids = pad([rows[index] for index in indices.tolist()])
        dropped = (torch.rand(input_ids.shape, generator=generator) < config.token_dropout) & (input_ids != PAD)
        logits = network(input_ids.masked_fill(dropped, unk_id(tokenizer)))
        loss = loss_function(logits, targets[indices], sources[indices])
        run.minimize(loss)
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure(network, held_out, held_out_rows), **measure_phrases(network, tokenizer))
    if config.start:
        average_with_start(CHECKPOINTS / f"{name}.pt", start, config.tuned_share)
