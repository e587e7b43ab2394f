"""Back-translation: into another language and back, the sentence says the same in other words.

Sennrich et al. 2016 (arXiv:1511.06709); as augmentation, Yu et al. 2018 (arXiv:1804.09541).
"""

import random
import time
from dataclasses import dataclass

from zoo.exhibits.augment.eda import Piece, differences
from zoo.exhibits.augment.engines import RANDOM, Engine, engine_of
from zoo.exhibits.augment.knobs import BackKnobs

ENGLISH = "en"


@dataclass(frozen=True)
class BackTranslated:
    """``pivot``: the text in ``language``. ``pieces``: how ``text`` differs from the original, word by word."""

    text: str
    pivot: str
    language: str
    engine: str
    restriction: str
    pieces: tuple[Piece, ...]
    milliseconds: float


def back_translate(text: str, knobs: BackKnobs | None = None) -> BackTranslated:
    """An English text through another language and back.

    Raises InputError for a text with nothing in it or a language that the engine does not know, TooLargeError beyond
    5,000 characters, UnavailableError when the engine needs a network and there is none.
    """
    from zoo.exhibits.translate import checked_text, readable

    knobs = knobs or BackKnobs()
    text = checked_text(readable(text))
    engine = engine_of(knobs)
    language = language_of(engine, knobs)
    start = time.perf_counter()
    (pivot,) = engine.translate([text], ENGLISH, language)
    (back,) = engine.translate([pivot], language, ENGLISH)
    elapsed = 1000 * (time.perf_counter() - start)
    pieces = differences(text.split(), back.split())
    return BackTranslated(back, pivot, language, knobs.engine, engine.restriction(language), pieces, elapsed)


def language_of(engine: Engine, knobs: BackKnobs, draw: int = 0) -> str:
    """The language asked for; a random one is the same for the same seed and draw."""
    if knobs.language != RANDOM:
        return knobs.language
    return random.Random(f"{knobs.seed}-{draw}").choice(sorted(engine.languages))
