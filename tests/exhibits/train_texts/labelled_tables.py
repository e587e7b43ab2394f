"""Tables whose texts tell their classes, and trainings on them."""

import csv
import random
from pathlib import Path

from zoo.core.steps import run_to_completion
from zoo.exhibits import train
from zoo.exhibits.train.results import Training
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

WORDS = {"fruit": ("apple", "pear", "plum"), "tools": ("hammer", "saw", "drill"), "weather": ("rain", "snow", "wind")}


def texts(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Texts and labels: a word tells the class."""
    draw, classes = random.Random(seed), list(WORDS)
    rows = []
    for number in range(count):
        label = classes[number % 3]
        rows.append((f"I saw a {draw.choice(WORDS[label])} on day {draw.randint(1, 999)}, {number}.", label))
    return rows


def written(folder: Path, rows: list[tuple[str, ...]], header: tuple[str, ...] = ("text", "label")) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def trained(path: Path, **knobs: object) -> Training:
    return run_to_completion(train.train_texts(path, TrainTextsKnobs.model_validate(knobs)))
