"""Train a small GPT-2 on novels, or on those of one author."""

import json
import math
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from training.generate.books import Book, load_books, tokenize
from training.generate.vocabulary import train_tokenizer
from training.muon import Muon, ParameterGroups
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import CHECKPOINTS, Run, load_weights, shuffled
from zoo.exhibits.generate.text import EOS_TOKEN
from zoo.nets.gpt2 import GPT2, Attention

VOCAB_SIZE = 6144
ARCHITECTURE = {"n_positions": 512, "d_model": 256, "n_layers": 6, "n_heads": 8}
TOKENIZER = CHECKPOINTS / "generate-tokenizer.json"
N_MEASURED = 40  # windows of each held-out book
MEASURE_EVERY, LOG_EVERY = 500, 50  # steps


class GenerateConfig(RecipeConfig):
    books: Literal["all", "wodehouse"] = Field(description="All training books, or Wodehouse's alone.")
    epochs: int = Field(default=1, ge=1, description="Passes over the books.")
    epoch_fraction: float = Field(default=1.0, gt=0, le=1, description="Fraction of the windows that an epoch uses.")
    learning_rate: float = Field(default=3e-3, gt=0, description="Peak of the one-cycle policy.")
    batch_size: int = Field(default=8, ge=1, description="Windows in a batch.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Probability that a feature is zeroed.")
    init_from: str = Field(default="", description="The run whose weights this one starts from.")


def load_tokenizer(books: list[Book]) -> Tokenizer:
    """The same for all runs: trained once on the training books, and kept beside the checkpoints."""
    if not TOKENIZER.exists():
        CHECKPOINTS.mkdir(exist_ok=True)
        texts = (book.text for book in books if not book.held_out)
        train_tokenizer(texts, VOCAB_SIZE).save(str(TOKENIZER), pretty=False)
    return Tokenizer.from_file(str(TOKENIZER))


def make_network(dropout: float) -> GPT2:
    """Initialized as in the paper: normal, with a smaller deviation for the residual projections."""
    network = GPT2(vocab_size=VOCAB_SIZE, dropout=dropout, **ARCHITECTURE)
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1:
            residual = math.sqrt(2 * ARCHITECTURE["n_layers"]) if name.endswith("c_proj.weight") else 1.0
            nn.init.normal_(parameter, std=0.02 / residual)
    return network


class TrainingAttention(Attention):
    """In bfloat16 a CPU takes twice as long for the backward pass of torch's own attention as for these lines."""

    def attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        if query.dtype != torch.bfloat16:
            return super().attend(query, key, value, mask, causal)
        with torch.autocast("cpu", enabled=False):  # it would compute the softmax in float32
            future = torch.full((query.shape[2],) * 2, -torch.inf, dtype=query.dtype).triu(1)
            scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)
            return (scores + future).softmax(3) @ value


def parameter_groups(network: GPT2) -> ParameterGroups:
    """The matrices of the blocks for Muon; embeddings and vectors for AdamW."""
    matrices = [p for p in network.h.parameters() if p.ndim > 1]
    embeddings = [network.wte.weight, network.wpe.weight]
    vectors = [p for p in network.parameters() if p.ndim == 1]
    return [
        {"params": matrices, "weight_decay": 0.1},
        {"params": embeddings, "weight_decay": 0.1, "adamw": True},
        {"params": vectors, "adamw": True},
    ]


def language_modeling_loss(network: GPT2, windows: Tensor) -> Tensor:
    """Mean cross-entropy of the next token in nats; ``windows``: (B, T + 1) ids."""
    with autocast():
        logits, _ = network(windows[:, :-1])  # (B, T, vocab_size)
    return F.cross_entropy(logits.float().flatten(0, 1), windows[:, 1:].flatten())


@torch.inference_mode()
def bits_per_character(network: GPT2, book: Book, tokenizer: Tokenizer) -> float:
    """Over some windows of a book, without context before them: a little more than with a sliding window."""
    network.eval()
    ids = tokenize([book.text], tokenizer, tokenizer.token_to_id(EOS_TOKEN)).long()
    length = network.n_positions
    starts = torch.linspace(0, len(ids) - length - 2, N_MEASURED).long().tolist()
    windows = [ids[start : start + length + 1] for start in starts]
    nats = sum(float(language_modeling_loss(network, window[None])) * length for window in windows)
    characters = sum(len(tokenizer.decode(window[1:].tolist(), skip_special_tokens=False)) for window in windows)
    return nats / math.log(2) / characters


def train(data: Path, name: str, config: GenerateConfig) -> None:
    """Writes .checkpoints/NAME.pt; the tokenizer is beside it."""
    torch.manual_seed(config.seed)
    books = load_books(data)
    tokenizer = load_tokenizer(books)
    chosen = [book for book in books if not book.held_out and config.books in ("all", book.collection)]
    ids = tokenize([book.text for book in chosen], tokenizer, tokenizer.token_to_id(EOS_TOKEN))
    network = make_network(config.dropout)
    load_weights(network, CHECKPOINTS / f"{config.init_from}.pt" if config.init_from else None)
    for block in network.h:
        block.attn.__class__ = TrainingAttention
    optimizer = Muon(parameter_groups(network), lr=config.learning_rate)
    length = ARCHITECTURE["n_positions"]
    n_windows = (len(ids) - length - 1) // length
    count = int(n_windows * config.epoch_fraction)

    def starts(epoch: int) -> Tensor:
        """Adjacent windows, at another offset in each epoch and for each seed."""
        seed = 1000 * config.seed + epoch
        offset = int(torch.randint(0, length, (), generator=torch.Generator().manual_seed(seed)))
        return shuffled(n_windows, seed)[:count] * length + offset

    generator = torch.Generator().manual_seed(config.seed)
    run = Run(name, network, optimizer, generator, count, config.batch_size, [length] * config.epochs, starts)
    sizes = {"books": len(chosen), "tokens": len(ids), "parameters": sum(p.numel() for p in network.parameters())}
    print(json.dumps(sizes), flush=True)
    for step, _, batch in run.steps():
        network.train()
        windows = torch.stack([ids[start : start + length + 1] for start in batch.tolist()]).long()
        loss = language_modeling_loss(network, windows)
        run.minimize(loss)
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if step % MEASURE_EVERY == 0 or step == run.total:
            measured = [book for book in books if book.held_out]
            run.log(step, **{book.name: bits_per_character(network, book, tokenizer) for book in measured})
