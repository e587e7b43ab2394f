"""Back-translation: a text into another language and back has about the same meaning in other words.

Sennrich et al. 2016 (arXiv:1511.06709); as augmentation, Yu et al. 2018 (arXiv:1804.09541).
"""

import random
import time

from zoo.core.errors import InputError
from zoo.exhibits.augment.eda import word_diff
from zoo.exhibits.augment.engines import RANDOM, TranslationEngine, make_engine
from zoo.exhibits.augment.knobs import BackTranslationKnobs
from zoo.exhibits.augment.results import BackTranslation

ENGLISH = "en"


def back_translate(text: str, knobs: BackTranslationKnobs | None = None) -> BackTranslation:
    """Translate an English text into another language and back.

    Raises InputError for an empty text, one that the engine has no words for, or a language that it does not have,
    TooLargeError beyond 5,000 characters, UnavailableError when the engine needs a network and there is none.
    """
    from zoo.exhibits.translate import check_text, clean_text

    knobs = knobs or BackTranslationKnobs()
    text = check_text(clean_text(text))
    engine = make_engine(knobs)
    language = choose_language(engine, knobs)
    engine.load(language)  # before the clock starts: the time is that of a prediction
    start = time.perf_counter()
    (pivot,) = engine.translate([text], ENGLISH, language)
    (output,) = engine.translate([pivot], language, ENGLISH)
    elapsed = 1000 * (time.perf_counter() - start)
    if not output.strip():
        raise InputError("The engine has no words for this text: write it in other words.")
    diff = word_diff(text.split(), output.split())
    return BackTranslation(output, pivot, language, knobs.engine, engine.restriction(language), diff, elapsed)


def choose_language(engine: TranslationEngine, knobs: BackTranslationKnobs, draw: int = 0) -> str:
    """The pivot language of ``knobs``; a random one is the same for the same seed and draw."""
    if knobs.language != RANDOM:
        return knobs.language
    return random.Random(f"{knobs.seed}-{draw}").choice(sorted(engine.languages))
