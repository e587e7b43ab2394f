"""Train a ``Translator`` in one direction, on sentences of conversation and captions of pictures."""

import json
from functools import partial
from pathlib import Path
from typing import Literal

import sacrebleu
import torch
from pydantic import Field
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from training.recipes import RecipeConfig
from training.run import CHECKPOINTS, Run, average_with_start, length_bucketed, load_weights
from training.translate.pairs import Pairs, load_pairs, phrase_book, repeated, weighted
from training.translate.vocabulary import train_tokenizer
from zoo.exhibits.translate.decode import greedy_search
from zoo.nets.translator import PAD_ID, Translator

VOCAB_SIZE = 5000
# A deep encoder and a shallow decoder: as good, and faster to decode (Kasai et al. 2020, arXiv:2006.10369).
ARCHITECTURE = {"d_model": 256, "n_encoder_layers": 4, "n_decoder_layers": 1, "n_heads": 4, "d_ff": 704}
TOKENIZER = CHECKPOINTS / "translate-tokenizer.json"
MAX_TOKENS = 64  # of a side; longer pairs are left out
N_MEASURED = 400  # held-out sentences whose BLEU is logged after each epoch
EVALUATION_BATCH = 50
LOG_EVERY = 50  # steps


class TranslateConfig(RecipeConfig):
    direction: Literal["en-fr", "fr-en"] = Field(description="Source and target language.")
    epochs: int = Field(default=10, ge=1, description="Passes over the pairs.")
    learning_rate: float = Field(default=1.5e-3, gt=0, description="Peak of the one-cycle policy.")
    batch_size: int = Field(default=128, ge=1, description="Pairs in a batch.")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="Probability that a feature is zeroed.")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1, description="Weight of the uniform distribution.")
    weight_decay: float = Field(default=0.01, ge=0, description="Of AdamW.")
    short: int = Field(default=0, ge=0, description="Words of an English sentence that counts as short.")
    short_repeats: int = Field(default=1, ge=1, description="Times that a short pair is in an epoch.")
    long_every: int = Field(default=1, ge=1, description="One of so many other pairs is in an epoch.")
    book_repeats: int = Field(default=0, ge=0, description="Times that a pair of the phrase book is in an epoch.")
    start: Path | None = Field(default=None, description="Checkpoint of an earlier run whose weights to start from.")
    tuned_share: float = Field(default=1.0, ge=0, le=1, description="Of the new weights in the mean with the start's.")


def load_tokenizer(train_pairs: Pairs) -> Tokenizer:
    """The same for both directions: trained once, and kept beside the checkpoints."""
    if not TOKENIZER.exists():
        CHECKPOINTS.mkdir(exist_ok=True)
        train_tokenizer([*train_pairs.english, *train_pairs.french], VOCAB_SIZE).save(str(TOKENIZER), pretty=False)
    return Tokenizer.from_file(str(TOKENIZER))


def tokenize(texts: list[str], tokenizer: Tokenizer) -> list[Tensor]:
    return [torch.tensor(encoding.ids, dtype=torch.int32) for encoding in tokenizer.encode_batch(texts)]


def pad(rows: list[Tensor]) -> Tensor:
    """(B, T) token ids, padded on the right."""
    return pad_sequence(rows, batch_first=True, padding_value=PAD_ID).long()


def bleu(network: Translator, tokenizer: Tokenizer, sources: list[str], references: list[str]) -> float:
    """BLEU of greedy translations, 0 to 100 (Papineni et al. 2002; Post 2018, arXiv:1804.08771)."""
    network.eval()
    outputs = []
    for start in range(0, len(sources), EVALUATION_BATCH):
        source = pad(tokenize(sources[start : start + EVALUATION_BATCH], tokenizer))
        outputs += tokenizer.decode_batch(greedy_search(network, source))
    return float(sacrebleu.corpus_bleu(outputs, [references]).score)


def make_network(tokenizer: Tokenizer, dropout: float) -> Translator:
    network = Translator(vocab_size=tokenizer.get_vocab_size(), dropout=dropout, **ARCHITECTURE)
    torch.nn.init.normal_(network.embedding.weight, std=ARCHITECTURE["d_model"] ** -0.5)
    return network


def training_rows(pairs: Pairs, direction: str, tokenizer: Tokenizer) -> tuple[list[Tensor], list[Tensor]]:
    """Token ids of sources and targets, without pairs that have more than 64 tokens on a side."""
    sources, targets = (tokenize(side, tokenizer) for side in pairs.sides(direction))
    rows = [pair for pair in zip(sources, targets, strict=True) if max(map(len, pair)) <= MAX_TOKENS]
    return [source for source, _ in rows], [target for _, target in rows]


def train(data: Path, name: str, config: TranslateConfig) -> None:
    """Writes .checkpoints/NAME.pt; the tokenizer is beside it."""
    torch.manual_seed(config.seed)
    train_pairs, held_out = load_pairs(data)
    tokenizer = load_tokenizer(train_pairs)
    train_pairs = weighted(train_pairs, config.short, config.short_repeats, config.long_every)
    train_pairs += repeated(phrase_book(), config.book_repeats)
    sources, targets = training_rows(train_pairs, config.direction, tokenizer)
    network = make_network(tokenizer, config.dropout)
    load_weights(network, config.start)
    start = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    lengths = torch.tensor([len(source) + len(target) for source, target in zip(sources, targets, strict=True)])
    generator = torch.Generator().manual_seed(config.seed)
    order = partial(length_bucketed, lengths, config.batch_size)
    run = Run(name, network, optimizer, generator, len(sources), config.batch_size, [0] * config.epochs, order)
    sizes = {"vocab_size": tokenizer.get_vocab_size(), "pairs": len(sources), "held_out": len(held_out)}
    print(json.dumps(sizes | {"parameters": sum(p.numel() for p in network.parameters())}), flush=True)
    references = [side[:N_MEASURED] for side in held_out.sides(config.direction)]
    for step, _, indices in run.steps():
        network.train()
        source, target = (pad([side[index] for index in indices.tolist()]) for side in (sources, targets))
        logits = network(source, target[:, :-1])  # (B, T, vocab_size)
        loss = F.cross_entropy(
            logits.flatten(0, 1),
            target[:, 1:].flatten(),
            ignore_index=PAD_ID,
            label_smoothing=config.label_smoothing,
        )
        run.minimize(loss)
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, bleu=bleu(network, tokenizer, *references))
    if config.start:
        average_with_start(CHECKPOINTS / f"{name}.pt", start, config.tuned_share)
