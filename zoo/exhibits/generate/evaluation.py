"""Bits per character of a language model on books."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zoo.core.cards import require_card
from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback, files_at
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate.inspection import bits_of, context_length, tokenize, windows
from zoo.exhibits.generate.text import reflow


@dataclass(frozen=True)
class Evaluation:
    """``perplexity``: per token. ``characters``: of the texts, once line breaks within paragraphs are spaces."""

    model: str
    bits_per_character: float
    perplexity: float
    characters: int


def evaluate(path: Path, model: str, progress: ProgressCallback | None = None) -> Evaluation:
    """Measure on a text in UTF-8, or on all ``.txt`` in a folder or a tar. Raises InputError when there is none."""
    require_card(model, "generate")
    run = get_runtime().run
    bits, tokens, characters = 0.0, 0, 0
    texts = [reflow(text) for text in read_texts(path)]
    total, context = sum(map(len, texts)), context_length(model)
    for text in texts:
        ids, _ = run(partial(tokenize, text), model)
        measured = 0
        for window in windows(ids, context):
            bits += sum(run(partial(bits_of, window), model))
            measured += len(window.ids)
            if progress:
                progress(characters + len(text) * measured // len(ids), total)
        tokens, characters = tokens + measured, characters + len(text)
    if not tokens:
        raise InputError(f"There is no text at {path}: give a text, a folder or a tar of .txt files.")
    return Evaluation(model, bits / characters, 2 ** (bits / tokens), characters)


def read_texts(path: Path) -> Iterator[str]:
    """The texts at a path. Raises InputError for a file that is not UTF-8."""
    files = files_at(path, {".txt"})
    named = [(path.read_bytes(), path)] if files is None else files.samples
    for data, name in named:
        try:
            yield data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is not a text in UTF-8: save it as UTF-8 and try again.") from error
