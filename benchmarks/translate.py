"""A sentence to French, and its back-translation, with one beam and with four: ``python -m benchmarks.translate``."""

from functools import partial

import torch

from benchmarks.timing import ROUNDS, milliseconds
from zoo.exhibits.augment import BackTranslationKnobs, back_translate
from zoo.exhibits.translate import TranslateKnobs, translate

SENTENCES = (
    "I don't think it's going to rain today.",
    "A little girl is climbing into a wooden playhouse.",
    "Where did you buy that hat, and how much did you pay for it?",
)


def main() -> None:
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for sentence in SENTENCES:
        print(sentence)
        for beams in (1, 4):
            forward, both = milliseconds(
                partial(translate, sentence, TranslateKnobs(beams=beams)),
                partial(back_translate, sentence, BackTranslationKnobs(beams=beams)),
            )
            print(f"  {beams} beams: to French {forward:6.1f} ms, back-translation {both:6.1f} ms")


if __name__ == "__main__":
    main()
