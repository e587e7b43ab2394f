"""Checkpoints in, assets/models/jeeves out: in transformers' own format, measured and described in its card."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from torch import Tensor

from training import options
from training.generate.books import HELD_OUT, load_books
from training.generate.recipe import ARCHITECTURE, TOKENIZER, VOCAB_SIZE
from training.publish import save_model, to_metric, write_card
from training.run import CHECKPOINTS
from zoo.core.cards import bundled_cards
from zoo.core.loading import TOKENIZER_FILE
from zoo.core.steps import run_to_completion
from zoo.exhibits.generate.decoding import generate
from zoo.exhibits.generate.evaluation import evaluate
from zoo.exhibits.generate.knobs import DEFAULT_MODEL, GenerateKnobs
from zoo.exhibits.generate.text import EOS_TOKEN

DATASETS = {
    "pg6880.txt": "a book by P. G. Wodehouse, held out (Gutenberg 6880)",
    "Chesterton_Innocence_1911.txt": "Chesterton's Innocence of Father Brown, held out",
    "Hardy_Jude_1895.txt": "Hardy's Jude the Obscure, held out",
}
AVERAGED_RUNS = ["jeeves-novels-2", "jeeves-wodehouse-2"]
PROMPT, LENGTH = "It was one of those mornings when", 120
SEEDS = (1, 2, 3)


def model_config() -> dict[str, object]:
    """Our configuration, and beside it the keys that transformers reads."""
    return {
        "exhibit": "generate",
        "title": "Jeeves",
        "architecture": {"kind": "gpt2", "vocab_size": VOCAB_SIZE, **ARCHITECTURE},
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": VOCAB_SIZE,
        "n_positions": ARCHITECTURE["n_positions"],
        "n_embd": ARCHITECTURE["d_model"],
        "n_layer": ARCHITECTURE["n_layers"],
        "n_head": ARCHITECTURE["n_heads"],
        "activation_function": "gelu_new",
        "bos_token_id": 0,
        "eos_token_id": 0,
        "eos_token": EOS_TOKEN,
    }


def averaged_weights(runs: list[str]) -> dict[str, Tensor]:
    """The mean of the weights of a network and of those fine-tuned from it (Wortsman et al. 2021, arXiv:2109.01903)."""
    states = [torch.load(CHECKPOINTS / f"{run}.pt", weights_only=True)["network"] for run in runs]
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def bundle(
    data: options.Data,
    run: Annotated[list[str], typer.Option(help="A run's checkpoint; of several, the mean.")] = AVERAGED_RUNS,
) -> None:
    """Write assets/models/jeeves from .checkpoints/RUN.pt."""
    tensors = {f"transformer.{name}": tensor.half() for name, tensor in averaged_weights(run).items()}
    folder = save_model(DEFAULT_MODEL, model_config(), tensors)
    (folder / TOKENIZER_FILE).write_text(TOKENIZER.read_text())
    template = Path(__file__).with_name("jeeves.md")
    write_card(folder, template, [], {"samples": ""})  # a model is found by its card, and measured as it will be used
    bundled_cards.cache_clear()
    metrics = []
    with TemporaryDirectory() as scratch:
        held_out(data, Path(scratch))
        for name in HELD_OUT:
            evaluation = evaluate(Path(scratch) / name, DEFAULT_MODEL)
            print(name, evaluation, flush=True)
            dataset = f"{DATASETS[name]}, {evaluation.characters:,} characters"
            metrics.append(to_metric("bits per character", evaluation.bits_per_character, dataset))
    write_card(folder, template, metrics, {"samples": samples()})


def samples() -> str:
    """A text for each of three seeds that were not selected."""
    quotes = []
    for seed in SEEDS:
        (text,) = run_to_completion(generate(PROMPT, GenerateKnobs(length=LENGTH, seed=seed))).texts
        quote = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
        quotes.append(f"Seed {seed}:\n\n{quote}")
    return "\n\n".join(quotes)


def held_out(
    data: options.Data, folder: Annotated[Path, typer.Argument(help="The folder to write the books to.")]
) -> None:
    """Write the held-out books for ``zoo evaluate generate``."""
    folder.mkdir(parents=True, exist_ok=True)
    for book in load_books(data):
        if book.held_out:
            (folder / book.name).write_text(book.text, encoding="utf-8")
