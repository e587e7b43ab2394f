"""What visitors type first: slang, negation and irony; greetings, food, directions.

``python -m benchmarks.everyday [--data DATA]``. The sentences were written by hand. A translation is right where it is
one of the acceptable ones, but for case, spaces and the mark at the end. Sentiment is measured between positive and
negative.

The 100 sentences of a direction are no held-out data: they are what everybody says, and so is the phrase book of
``training.translate``, which was written without them. Of the English ones, 65 stand in the phrase book and 59 in the
other training pairs, 75 in one of them; of the French ones 61, 49 and 71. Those in none of them are counted apart;
without the data folder, those that are not in the phrase book.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.everyday.measure import Answer, not_in, sentiments, translations
from training.translate.pairs import load_pairs, phrase_book

MEASURES: dict[str, Callable[[str], Iterator[Answer]]] = {
    "tweet-lstm": sentiments,
    "translator-en-fr": translations,
    "translator-fr-en": translations,
}


def count(model: str, answers: list[Answer], where: str = "") -> None:
    print(f"{model}: {sum(right for *_, right in answers)} of {len(answers)} right{where}")


def main(
    data: Annotated[Path | None, typer.Option(help="The data folder of training/README.md.")] = None,
) -> None:
    """A line for each wrong answer, then the count of right ones."""
    trained = phrase_book() + load_pairs(data)[0] if data else phrase_book()
    where = ", of those not trained on" if data else ", of those not in the phrase book"
    for model, measure in MEASURES.items():
        answers = list(measure(model))
        for sentence, answer, right in answers:
            if not right:
                print(f"  {sentence}  ->  {answer}")
        count(model, answers)
        if measure is translations:
            count(model, not_in(trained, model, answers), where)


if __name__ == "__main__":
    typer.run(main)
