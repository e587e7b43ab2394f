"""A checkpoint in, assets/models/translator-DIRECTION out: in 8 bits, measured and described in its card."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

import torch
import typer
from torch import Tensor

from benchmarks.everyday.measure import not_in, translations
from training import options, recipes
from training.publish import save_model, to_int8, to_metric, write_card
from training.run import CHECKPOINTS, is_finished
from training.translate.pairs import Pairs, captions, load_pairs, phrase_book, write_pairs
from training.translate.recipe import ARCHITECTURE, TOKENIZER
from zoo.core.cards import bundled_cards
from zoo.core.loading import TOKENIZER_FILE
from zoo.exhibits.translate import evaluate, find_direction

DirectionArgument = Annotated[Literal["en-fr", "fr-en"], typer.Argument(help="Source and target language.")]
Checkpoint = Annotated[str, typer.Option(help="Name of the checkpoint; left out, translator-DIRECTION.")]
HELD_OUT = "Tatoeba, held out: one English sentence in eighty"
VALIDATION = "Multi30k, captions of its validation split"


def load_checkpoint(name: str) -> dict[str, Tensor]:
    """The weights of a finished run. Raises FileNotFoundError when there is none."""
    path = CHECKPOINTS / f"{name}.pt"
    if not is_finished(path):
        raise FileNotFoundError(f"No finished run is at {path}: `python -m training run {name}` first.")
    state: dict[str, Tensor] = torch.load(path, weights_only=True)["network"]
    return state


def bundle(direction: DirectionArgument, data: options.Data, checkpoint: Checkpoint = "") -> None:
    """Write assets/models/translator-DIRECTION from .checkpoints/CHECKPOINT.pt."""
    name = f"translator-{direction}"
    state = load_checkpoint(checkpoint or name)
    train_pairs, held_out_pairs = load_pairs(data)
    languages = find_direction(direction)
    config = {
        "exhibit": "translate",
        "title": f"Translator, {languages.title}",
        "architecture": {"kind": "translator", "vocab_size": len(state["embedding.weight"]), **ARCHITECTURE},
        "direction": direction,
    }
    folder = save_model(name, config, to_int8(state))
    (folder / TOKENIZER_FILE).write_text(TOKENIZER.read_text())
    words = {
        "source": languages.source.name,
        "target": languages.target.name,
        "direction": direction,
        "name": name,
        "pairs": len(train_pairs),
        "phrases": len(phrase_book()),
        "share": recipes.load(checkpoint or name).config.tuned_share,
        "everyday": "",
    }
    template = Path(__file__).with_name("translator.md")
    write_card(folder, template, [], words)  # a model is found by its card, and measured as it will be used
    bundled_cards.cache_clear()
    metrics = []
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "pairs.tsv"
        for dataset, pairs in ((HELD_OUT, held_out_pairs), (VALIDATION, captions(data, "val"))):
            write_pairs(pairs, file)
            evaluation = evaluate(file, name)
            print(evaluation)
            dataset = f"{dataset}, {evaluation.n:,} sentences"
            metrics += [to_metric("BLEU", evaluation.bleu, dataset), to_metric("chrF", evaluation.chrf, dataset)]
    write_card(folder, template, metrics, words | {"everyday": everyday(name, phrase_book() + train_pairs)})


def everyday(name: str, trained: Pairs) -> str:
    """The counts of right answers to 100 everyday sentences, as the card tells them."""
    answers = list(translations(name))
    new = not_in(trained, name, answers)
    right, right_of_new = (sum(right for *_, right in part) for part in (answers, new))
    return f"{right} of {len(answers)}; {right_of_new} of the {len(new)} that stand in no training pair"


def held_out(
    data: options.Data, file: Annotated[Path, typer.Argument(help="The TSV file to write: English, a tab, French.")]
) -> None:
    """Write the held-out sentences for ``zoo evaluate translate``."""
    write_pairs(load_pairs(data)[1], file)
