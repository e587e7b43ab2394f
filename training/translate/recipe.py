"""Train a ``Translator`` in one direction, on sentences of conversation and on captions of pictures."""

import json
from functools import partial
from typing import Annotated, Literal

import sacrebleu
import torch
import typer
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from training import options
from training.run import CHECKPOINTS, Run, length_bucketed, load_weights
from training.translate.pairs import Pairs, captions, split, tatoeba
from training.translate.vocabulary import build
from zoo.exhibits.translate.decode import greedy
from zoo.nets.translator import PAD, Translator

VOCABULARY = 5000
# A deep encoder and a shallow decoder: as good, and quicker to write (Kasai et al. 2020, arXiv:2006.10369).
SHAPE = {"width": 256, "encoder": 4, "decoder": 1, "heads": 4, "inner": 704}
TOKENIZER = CHECKPOINTS / "translate-tokenizer.json"
LONGEST = 64  # sub-words of a side; what is longer is not learnt from
MEASURED = 400  # held-out sentences after each epoch
BATCH = 50  # of them read at once

Direction = Annotated[Literal["en-fr", "fr-en"], typer.Argument(help="From which language to which.")]


def known(data: options.Data) -> tuple[Pairs, Pairs]:
    """Learnt from and held out."""
    learnt, held = split(tatoeba(data))
    more = captions(data, "train")
    return Pairs(learnt.english + more.english, learnt.french + more.french), held


def vocabulary(learnt: Pairs) -> Tokenizer:
    """The same for both directions: made once, kept beside the checkpoints."""
    if not TOKENIZER.exists():
        CHECKPOINTS.mkdir(exist_ok=True)
        build([*learnt.english, *learnt.french], VOCABULARY).save(str(TOKENIZER), pretty=False)
    return Tokenizer.from_file(str(TOKENIZER))


def rows(texts: list[str], tokenizer: Tokenizer) -> list[Tensor]:
    return [torch.tensor(encoding.ids, dtype=torch.int32) for encoding in tokenizer.encode_batch(texts)]


def padded(some: list[Tensor]) -> Tensor:
    return pad_sequence(some, batch_first=True, padding_value=PAD).long()


def bleu(network: Translator, tokenizer: Tokenizer, sources: list[str], targets: list[str]) -> float:
    """Of greedy translations, 0 to 100 (Papineni et al. 2002; Post 2018, arXiv:1804.08771)."""
    network.eval()
    said = []
    for start in range(0, len(sources), BATCH):
        said += tokenizer.decode_batch(greedy(network, padded(rows(sources[start : start + BATCH], tokenizer))))
    return float(sacrebleu.corpus_bleu(said, [targets]).score)


def initialised(tokenizer: Tokenizer, dropout: float) -> Translator:
    network = Translator(tokenizer.get_vocab_size(), dropout=dropout, **SHAPE)
    torch.nn.init.normal_(network.embedding.weight, std=SHAPE["width"] ** -0.5)
    return network


def train(
    direction: Direction,
    data: options.Data,
    epochs: Annotated[int, typer.Option(help="Passes over the pairs.")] = 10,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 1.5e-3,
    batch: Annotated[int, typer.Option(help="Pairs in a batch.")] = 128,
    dropout: Annotated[float, typer.Option(help="Share of features left out.")] = 0.1,
    smoothing: options.Smoothing = 0.1,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Writes .checkpoints/translate-DIRECTION.pt; the tokenizer stands beside it."""
    torch.manual_seed(seed)
    learnt, held = known(data)
    tokenizer = vocabulary(learnt)
    sources, targets = (rows(side, tokenizer) for side in learnt.sides(direction))
    kept = [place for place, pair in enumerate(zip(sources, targets, strict=True)) if max(map(len, pair)) <= LONGEST]
    sources, targets = [sources[place] for place in kept], [targets[place] for place in kept]
    network = initialised(tokenizer, dropout)
    load_weights(network, start)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    lengths = torch.tensor([len(a) + len(b) for a, b in zip(sources, targets, strict=True)])
    generator = torch.Generator().manual_seed(seed)
    name = f"translate-{direction}" + ("-second" if start else "")
    order = partial(length_bucketed, lengths, batch)
    run = Run(name, network, optimizer, generator, len(sources), batch, [0] * epochs, order)
    sizes = {"vocabulary": tokenizer.get_vocab_size(), "pairs": len(sources), "held_out": len(held)}
    print(json.dumps(sizes | {"numbers": sum(p.numel() for p in network.parameters())}), flush=True)
    for step, _, chosen in run.steps():
        network.train()
        source, target = (padded([side[place] for place in chosen.tolist()]) for side in (sources, targets))
        logits = network(source, target[:, :-1])
        loss = F.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD, label_smoothing=smoothing
        )
        run.minimize(loss)
        if step % 50 == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, bleu=bleu(network, tokenizer, *(side[:MEASURED] for side in held.sides(direction))))
