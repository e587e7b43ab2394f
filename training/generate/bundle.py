"""The checkpoint in, assets/models/jeeves out, in transformers' own format, measured and described in its card."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from torch import Tensor

from training import options
from training.generate.books import HELD_OUT
from training.generate.recipe import SHAPE, TOKENIZER, VOCABULARY, held_out
from training.generate.vocabulary import END
from training.publish import save_model, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.cards import bundled_cards
from zoo.core.jobs import run_to_completion
from zoo.core.loading import TOKENIZER_FILE
from zoo.exhibits.generate.decoding import generate, texts
from zoo.exhibits.generate.evaluation import evaluate
from zoo.exhibits.generate.knobs import DEFAULT_MODEL, GenerateKnobs

TITLES = {
    "pg6880.txt": "a book by P. G. Wodehouse, held out (Gutenberg 6880)",
    "Chesterton_Innocence_1911.txt": "Chesterton's Innocence of Father Brown, held out",
    "Hardy_Jude_1895.txt": "Hardy's Jude the Obscure, held out",
}
RUNS = ["generate-all-1", "generate-wodehouse-1"]
PROMPT, LENGTH = "It was one of those mornings when", 120
SEEDS = (1, 2, 3)


def configuration() -> dict[str, object]:
    """Ours, and beside it what transformers reads."""
    return {
        "exhibit": "generate",
        "title": "Jeeves",
        "architecture": {"kind": "gpt2", "vocabulary": VOCABULARY, **SHAPE},
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": VOCABULARY,
        "n_positions": SHAPE["places"],
        "n_embd": SHAPE["width"],
        "n_layer": SHAPE["depth"],
        "n_head": SHAPE["heads"],
        "activation_function": "gelu_new",
        "bos_token_id": 0,
        "eos_token_id": 0,
        "eos_token": END,
    }


def mean_of(runs: list[str]) -> dict[str, Tensor]:
    """The mean of the weights of a network and of those that it was trained on to (arXiv:2109.01903)."""
    states = [torch.load(CHECKPOINTS / f"{run}.pt", weights_only=True)["network"] for run in runs]
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def bundle(
    data: options.Data,
    run: Annotated[list[str], typer.Option(help="A run's checkpoint; of several, the mean.")] = RUNS,
) -> None:
    """Write assets/models/jeeves from .checkpoints/RUN.pt."""
    state = mean_of(run)
    folder = save_model(
        DEFAULT_MODEL, configuration(), {f"transformer.{name}": each.half() for name, each in state.items()}
    )
    (folder / TOKENIZER_FILE).write_text(TOKENIZER.read_text())
    template = Path(__file__).with_name("jeeves.md")
    write_card(folder, template, [], {"samples": ""})  # a model is found by its card, and measured as it will be used
    bundled_cards.cache_clear()
    figures = []
    with TemporaryDirectory() as scratch:
        held_out(data, Path(scratch))
        for name in HELD_OUT:
            measured = evaluate(Path(scratch) / name, DEFAULT_MODEL)
            print(name, measured, flush=True)
            on = f"{TITLES[name]}, {measured.characters:,} characters"
            figures.append(to_metric("bits per character", measured.bits_per_character, on))
    write_card(folder, template, figures, {"samples": samples()})


def samples() -> str:
    """What it writes with three seeds that nobody chose."""
    found = []
    for seed in SEEDS:
        (text,) = texts(run_to_completion(generate(PROMPT, GenerateKnobs(length=LENGTH, seed=seed))))
        quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
        found.append(f"Seed {seed}:\n\n{quoted}")
    return "\n\n".join(found)
