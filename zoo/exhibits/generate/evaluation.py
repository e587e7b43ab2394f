"""Bits per character of a model on books."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback, files_at
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate.decoding import writer_card
from zoo.exhibits.generate.inspection import bits_of, cut, windows
from zoo.exhibits.generate.text import reflowed


@dataclass(frozen=True)
class Evaluation:
    """``perplexity``: of a sub-word. ``characters``: of the texts, once line breaks within paragraphs are spaces."""

    model: str
    bits_per_character: float
    perplexity: float
    characters: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """Measure on a text in UTF-8, or on all ``.txt`` in a folder or a tar. Raises InputError when there is none."""
    writer_card(model)
    run = get_runtime().run
    bits, pieces, characters = 0.0, 0, 0
    found = [reflowed(text) for text in read_texts(path)]
    total = sum(map(len, found))
    for text in found:
        ids, _ = run(partial(cut, text), model)
        read = 0
        for window in windows(ids):
            bits += sum(run(partial(bits_of, window), model))
            read += len(window.ids)
            if watch:
                watch(characters + len(text) * read // len(ids), total)
        pieces, characters = pieces + read, characters + len(text)
    if not pieces:
        raise InputError(f"There is no text at {path}: give a text, a folder or a tar of .txt files.")
    return Evaluation(model, bits / characters, 2 ** (bits / pieces), characters)


def read_texts(path: Path) -> Iterator[str]:
    """Raises InputError for what is no text in UTF-8."""
    files = files_at(path, {".txt"})
    named = [(path.read_bytes(), path)] if files is None else files.samples
    for data, name in named:
        try:
            yield data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{name} is no text in UTF-8: save it as UTF-8 and try again.") from error
