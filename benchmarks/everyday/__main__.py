"""What visitors type first: slang, negation and irony; greetings, food, directions. ``python -m benchmarks.everyday``.

The sentences were written by hand; many of those to translate are so common that they stand in the training data as
well. A translation is right where it is one of the acceptable ones, but for case, spaces and the mark at the end.
Sentiment is measured between positive and negative.
"""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import zoo

FOLDER = Path(__file__).parent
PUNCTUATION = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})


def normalized(text: str) -> str:
    """Without what does not count as a mistake."""
    return re.sub(r"\s*[.!?]*\s*$", "", " ".join(text.translate(PUNCTUATION).lower().split()))


def translations(model: str) -> Iterator[tuple[str, str, bool]]:
    """Each sentence, its translation, and whether that is an acceptable one."""
    for line in (FOLDER / f"{model.removeprefix('translator-')}.tsv").read_text().splitlines():
        source, accepted = line.split("\t")
        text = zoo.translate(text=source, direction=model.removeprefix("translator-")).translation
        yield source, text, normalized(text) in map(normalized, accepted.split("|"))


def sentiments(model: str) -> Iterator[tuple[str, str, bool]]:
    """Each sentence, its label, and whether that is right."""
    with (FOLDER / "sentiment.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            label = zoo.sentiment(text=row["text"], model=model, neutral=False).answers[0].predictions[0].label
            yield row["text"], label, label == row["label"]


MEASURES: dict[str, Callable[[str], Iterator[tuple[str, str, bool]]]] = {
    "tweet-lstm": sentiments,
    "translator-en-fr": translations,
    "translator-fr-en": translations,
}


def main() -> None:
    """A line for each wrong answer, then the count of right ones."""
    for model, measure in MEASURES.items():
        answers = list(measure(model))
        for sentence, answer, right in answers:
            if not right:
                print(f"  {sentence}  ->  {answer}")
        print(f"{model}: {sum(right for *_, right in answers)} of {len(answers)} right")


if __name__ == "__main__":
    main()
