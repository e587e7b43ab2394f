"""BLEU and chrF of a model on sentence pairs."""

import csv
from dataclasses import dataclass
from pathlib import Path

import sacrebleu

from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback
from zoo.exhibits.translate.directions import ENGLISH, Direction, find_direction
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import translate_texts, translator_card

CHUNK = 16


@dataclass(frozen=True)
class Evaluation:
    """BLEU (Papineni et al. 2002, doi:10.3115/1073083.1073135) and chrF (Popović 2015, doi:10.18653/v1/W15-3049) over
    ``n`` sentences, by sacrebleu (Post 2018, arXiv:1804.08771). Both are scores from 0 to 100, no percentages."""

    model: str
    direction: str
    bleu: float
    chrf: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None, *, beams: int | None = None) -> Evaluation:
    """Measure on lines of a sentence of English, a tab, and the sentence in the model's other language.

    Raises InputError when the file cannot be read or holds no pair.
    """
    direction = find_direction(translator_card(model).config.get("direction", ""))
    sources, references = read_pairs(path, direction)
    outputs: list[str] = []
    for start in range(0, len(sources), CHUNK):
        outputs += translate_texts(model, sources[start : start + CHUNK], beams or TranslateKnobs().beams)
        if watch:
            watch(len(outputs), len(sources))
    bleu, chrf = (score(outputs, [references]).score for score in (sacrebleu.corpus_bleu, sacrebleu.corpus_chrf))
    return Evaluation(model, direction.code, float(bleu), float(chrf), len(outputs))


def read_pairs(path: Path, direction: Direction) -> tuple[list[str], list[str]]:
    """Sources and references from the first two columns, English and the other language. Raises InputError."""
    other = direction.target if direction.source == ENGLISH else direction.source
    advice = f"give lines of {ENGLISH.name}, a tab, {other.name}"
    if not path.is_file():
        raise InputError(f"There is no file at {path}: {advice}.")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row[:2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} is no text in UTF-8: {advice}.") from error
    short = next((number for number, row in enumerate(rows, 1) if len(row) < 2), None)
    if short or not rows:
        raise InputError(f"{path.name}, line {short or 1}: there is no pair: {advice}.")
    english, foreign = (list(column) for column in zip(*rows, strict=True))
    return (english, foreign) if direction.source == ENGLISH else (foreign, english)
