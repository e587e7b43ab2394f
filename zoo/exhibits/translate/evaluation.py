"""BLEU and chrF of a model on sentence pairs."""

import csv
from dataclasses import dataclass
from pathlib import Path

import sacrebleu

from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import translations, translator_card

CHUNK = 16


@dataclass(frozen=True)
class Evaluation:
    """BLEU (Papineni et al. 2002, doi:10.3115/1073083.1073135) and chrF (Popović 2015, doi:10.18653/v1/W15-3049), both
    0 to 100, by sacrebleu (Post 2018, arXiv:1804.08771) over ``n`` sentences."""

    model: str
    direction: str
    bleu: float
    chrf: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None, *, beams: int | None = None) -> Evaluation:
    """Measure on a file of lines that hold a sentence of English, a tab, and the same in the other language.

    Raises InputError when the file cannot be read or holds no pair.
    """
    direction: str = translator_card(model).config["direction"]
    english, other = pairs(path)
    sources, targets = (english, other) if direction.startswith("en-") else (other, english)
    said: list[str] = []
    for start in range(0, len(sources), CHUNK):
        said += translations(model, sources[start : start + CHUNK], beams or TranslateKnobs().beams)
        if watch:
            watch(len(said), len(sources))
    bleu, chrf = (measure(said, [targets]).score for measure in (sacrebleu.corpus_bleu, sacrebleu.corpus_chrf))
    return Evaluation(model, direction, float(bleu), float(chrf), len(said))


def pairs(path: Path) -> tuple[list[str], list[str]]:
    """The first two columns. Raises InputError."""
    if not path.is_file():
        raise InputError(f"There is no file at {path}: give lines of English, a tab, French.")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row[:2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is no text in UTF-8: give lines of English, a tab, French.") from error
    short = next((number for number, row in enumerate(rows, 1) if len(row) < 2), None)
    if short or not rows:
        raise InputError(f"{path.name}, line {short or 1}: there is no pair: give lines of English, a tab, French.")
    one, other = zip(*rows, strict=True)
    return list(one), list(other)
