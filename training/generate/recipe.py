"""Train a small GPT-2 on novels, then on one author's alone."""

import json
import math
from pathlib import Path
from typing import Annotated, Literal

import torch
import typer
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.generate.books import Book, books, numbered
from training.generate.vocabulary import END, build
from training.muon import Muon
from training.precision import autocast
from training.run import CHECKPOINTS, Run, load_weights, shuffled
from zoo.nets.gpt2 import GPT2, Attention

VOCABULARY = 6144
SHAPE = {"places": 512, "width": 256, "depth": 6, "heads": 8}
TOKENIZER = CHECKPOINTS / "generate-tokenizer.json"
MEASURED = 40  # windows of each held-out book after every so many steps
EVERY = 500

ModelCache = Annotated[Literal["all", "wodehouse"], typer.Argument(help="Which books: all, or Wodehouse's alone.")]


def vocabulary(learnt: list[Book]) -> Tokenizer:
    """Made once, kept beside the checkpoints."""
    if not TOKENIZER.exists():
        CHECKPOINTS.mkdir(exist_ok=True)
        build((book.text for book in learnt), VOCABULARY).save(str(TOKENIZER), pretty=False)
    return Tokenizer.from_file(str(TOKENIZER))


def initialised(dropout: float) -> GPT2:
    """As the paper: narrow, and narrower where layers add up."""
    network = GPT2(VOCABULARY, **SHAPE, dropout=dropout)
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1:
            deep = math.sqrt(2 * SHAPE["depth"]) if name.endswith("c_proj.weight") else 1.0
            nn.init.normal_(parameter, std=0.02 / deep)
    return network


class LearningAttention(Attention):
    """In 16 bits a processor takes twice as long over the derivative of torch's own as over these three lines."""

    def mix(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        if query.dtype != torch.bfloat16:
            return super().mix(query, key, value, mask, causal)
        with torch.autocast("cpu", enabled=False):  # it would have the shares in 32 bits
            ahead = torch.full((query.shape[2],) * 2, -torch.inf, dtype=query.dtype).triu(1)
            scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)
            return (scores + ahead).softmax(3) @ value


def groups_of(network: GPT2) -> list[dict[str, object]]:
    """The blocks' matrices for Muon; the tables and all vectors for AdamW's rule."""
    deep = [p for p in network.h.parameters() if p.ndim > 1]
    tables = [network.wte.weight, network.wpe.weight]
    vectors = [p for p in network.parameters() if p.ndim == 1]
    return [
        {"params": deep, "weight_decay": 0.1},
        {"params": tables, "weight_decay": 0.1, "adamw": True},
        {"params": vectors, "adamw": True},
    ]


def loss_of(network: GPT2, windows: Tensor) -> Tensor:
    """Mean nats a sub-word of (B, T + 1) sub-words."""
    with autocast():
        logits, _ = network(windows[:, :-1])
    return F.cross_entropy(logits.float().flatten(0, 1), windows[:, 1:].flatten())


@torch.inference_mode()
def bits_per_character(network: GPT2, book: Book, tokenizer: Tokenizer) -> float:
    """Over some windows of a book, each read from its beginning: a little more than with a sliding context."""
    network.eval()
    row = numbered([book.text], tokenizer, tokenizer.token_to_id(END)).long()
    length = network.places
    starts = torch.linspace(0, len(row) - length - 2, MEASURED).long().tolist()
    windows = [row[start : start + length + 1] for start in starts]
    nats = sum(float(loss_of(network, window[None])) * length for window in windows)
    characters = sum(len(tokenizer.decode(window[1:].tolist(), skip_special_tokens=False)) for window in windows)
    return nats / math.log(2) / characters


def train(
    shelf: ModelCache,
    data: options.Data,
    epochs: Annotated[int, typer.Option(help="Passes over the books.")] = 1,
    share: Annotated[float, typer.Option(help="Share of the windows read in a pass.")] = 1.0,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 3e-3,
    batch: Annotated[int, typer.Option(help="Windows in a batch.")] = 8,
    dropout: Annotated[float, typer.Option(help="Share of features left out.")] = 0.0,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Writes .checkpoints/generate-SHELF.pt (SHELF-SEED for other seeds than 0); the tokenizer stands beside it."""
    torch.manual_seed(seed)
    library = books(data)
    tokenizer = vocabulary([book for book in library if not book.held_out])
    chosen = [book for book in library if not book.held_out and shelf in ("all", book.shelf)]
    row = numbered([book.text for book in chosen], tokenizer, tokenizer.token_to_id(END))
    network = initialised(dropout)
    load_weights(network, start)
    for block in network.h:
        block.attn.__class__ = LearningAttention
    optimizer = Muon(groups_of(network), lr=rate)
    length = SHAPE["places"]
    windows = (len(row) - length - 1) // length
    count = int(windows * share)

    def starts(epoch: int) -> Tensor:
        """Windows lie side by side, begun elsewhere in each epoch; another seed reads others."""
        number = 1000 * seed + epoch
        offset = int(torch.randint(0, length, (), generator=torch.Generator().manual_seed(number)))
        return shuffled(windows, number)[:count] * length + offset

    generator = torch.Generator().manual_seed(seed)
    name = f"generate-{shelf}" + (f"-{seed}" if seed else "")
    run = Run(name, network, optimizer, generator, count, batch, [length] * epochs, starts)
    sizes = {"books": len(chosen), "sub_words": len(row), "numbers": sum(p.numel() for p in network.parameters())}
    print(json.dumps(sizes), flush=True)
    for step, _, places in run.steps():
        network.train()
        loss = loss_of(network, torch.stack([row[place : place + length + 1] for place in places.tolist()]).long())
        run.minimize(loss)
        if step % 50 == 0:
            run.log(step, loss=loss.item())
        if step % EVERY == 0 or step == run.total:
            held = [book for book in library if book.held_out]
            run.log(step, **{book.name: bits_per_character(network, book, tokenizer) for book in held})


def held_out(
    data: options.Data, folder: Annotated[Path, typer.Argument(help="The folder to write the books to.")]
) -> None:
    """Write the held-out books for ``zoo evaluate generate``."""
    folder.mkdir(parents=True, exist_ok=True)
    for book in books(data):
        if book.held_out:
            (folder / book.name).write_text(book.text, encoding="utf-8")
