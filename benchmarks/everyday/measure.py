"""The answers of the bundled models to the sentences of this folder, and whether they are right."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import zoo
from training.translate.pairs import Pairs

Answer = tuple[str, str, bool]  # a sentence, the model's answer, and whether that is right
FOLDER = Path(__file__).parent
PUNCTUATION = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})


def normalized(text: str) -> str:
    """Without what does not count as a mistake."""
    return re.sub(r"\s*[.!?]*\s*$", "", " ".join(text.translate(PUNCTUATION).lower().split()))


def translations(model: str) -> Iterator[Answer]:
    """Each sentence, its translation, and whether that is an acceptable one."""
    for line in (FOLDER / f"{model.removeprefix('translator-')}.tsv").read_text().splitlines():
        source, accepted = line.split("\t")
        text = zoo.translate(text=source, direction=model.removeprefix("translator-")).translation
        yield source, text, normalized(text) in map(normalized, accepted.split("|"))


def sentiments(model: str) -> Iterator[Answer]:
    """Each sentence, its label, and whether that is right."""
    with (FOLDER / "sentiment.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            label = zoo.sentiment(text=row["text"], model=model, neutral=False).answers[0].predictions[0].label
            yield row["text"], label, label == row["label"]


def not_in(trained: Pairs, model: str, answers: list[Answer]) -> list[Answer]:
    """The translations of those sentences that are no source of the pairs, but for what ``normalized`` takes away."""
    sources = set(map(normalized, trained.sides(model.removeprefix("translator-"))[0]))
    return [answer for answer in answers if normalized(answer[0]) not in sources]
