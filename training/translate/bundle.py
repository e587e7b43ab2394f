"""A checkpoint in, assets/models/translator-DIRECTION out: in 8 bits, measured and described in its card."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from torch import Tensor

from training import options
from training.publish import save_model, to_int8, to_metric, write_card
from training.run import CHECKPOINTS, is_finished
from training.translate.pairs import Pairs, captions
from training.translate.recipe import SHAPE, TOKENIZER, Direction, known
from zoo.core.cards import bundled_cards
from zoo.core.loading import TOKENIZER_FILE
from zoo.exhibits.translate import evaluate

TITLES = {"en-fr": "Translator, English to French", "fr-en": "Translator, French to English"}
LANGUAGES = {"en": "English", "fr": "French"}


def checkpoint(direction: str) -> dict[str, Tensor]:
    """The weights after the second cycle of rates where there was one. Raises FileNotFoundError when none has ended."""
    for name in (f"translate-{direction}-second.pt", f"translate-{direction}.pt"):
        if is_finished(CHECKPOINTS / name):
            state: dict[str, Tensor] = torch.load(CHECKPOINTS / name, weights_only=True)["network"]
            return state
    raise FileNotFoundError(f"No training of {direction} has come to its end: run train {direction} first.")


def write_pairs(pairs: Pairs, path: Path) -> None:
    """Lines of English, a tab, French."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerows(zip(pairs.english, pairs.french, strict=True))


def bundle(direction: Direction, data: options.Data) -> None:
    """Write assets/models/translator-DIRECTION from .checkpoints/translate-DIRECTION.pt."""
    name = f"translator-{direction}"
    learnt, held = known(data)
    config = {
        "exhibit": "translate",
        "title": TITLES[direction],
        "architecture": {"kind": "translator", "vocabulary": len(checkpoint(direction)["embedding.weight"]), **SHAPE},
        "direction": direction,
    }
    folder = save_model(name, config, to_int8(checkpoint(direction)))
    (folder / TOKENIZER_FILE).write_text(TOKENIZER.read_text())
    source, target = (LANGUAGES[code] for code in direction.split("-"))
    words = {"source": source, "target": target, "direction": direction, "pairs": len(learnt)}
    template = Path(__file__).with_name("translator.md")
    write_card(folder, template, [], words)  # a model is found by its card, and measured as it will be used
    bundled_cards.cache_clear()
    figures = []
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "pairs.tsv"
        for what, pairs in (
            ("Tatoeba, held out: one English sentence in eighty", held),
            ("Multi30k, captions of its validation split", captions(data, "val")),
        ):
            write_pairs(pairs, file)
            measured = evaluate(file, name)
            print(measured)
            on = f"{what}, {measured.n:,} sentences"
            figures += [to_metric("BLEU", measured.bleu / 100, on), to_metric("chrF", measured.chrf / 100, on)]
    write_card(folder, template, figures, words)


def held_out(
    data: options.Data, file: Annotated[Path, typer.Argument(help="The TSV file to write: English, a tab, French.")]
) -> None:
    """Write the held-out sentences for ``zoo evaluate translate``."""
    write_pairs(known(data)[1], file)
