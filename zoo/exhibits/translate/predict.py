"""Texts of one language in, translations out, sentence by sentence."""

import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, cast

from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.languages import language_notes
from zoo.core.loading import TranslatesTexts
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.casing import upper_words
from zoo.exhibits.translate.cross_attention import cross_attention, tokenize
from zoo.exhibits.translate.decode import MAX_LIMIT, beam_search, greedy_search
from zoo.exhibits.translate.directions import DIRECTIONS, find_direction, model_of
from zoo.exhibits.translate.knobs import MAX_CHARACTERS, TranslateKnobs
from zoo.exhibits.translate.pipeline import Model, translate_lines
from zoo.exhibits.translate.results import SentencePair, Translation
from zoo.nets.translator import Translator

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

EMPTY = "There is nothing to translate: type a sentence."
BATCH = 16  # sentences that greedy search translates at once


def translator_card(name: str) -> Card:
    """Raises InputError when the model is no translator, NotFoundError when there is none of that name."""
    return require_card(name, "translate")


def check_text(text: str) -> str:
    """The text itself. Raises InputError when it is empty, TooLargeError beyond 5,000 characters."""
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(text):,} characters: send at most {MAX_CHARACTERS:,} at a time.")
    if not text.strip():
        raise InputError(EMPTY)
    return text


def clean_text(text: str) -> str:
    """Without lone surrogates and null bytes, which no file and no font can represent."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def translate(text: str, knobs: TranslateKnobs | None = None) -> Translation:
    """Translate a text of at most 5,000 characters, sentence by sentence; its lines stay lines.

    Raises InputError for an empty text, a sentence that the model gives no word for, or a direction that the engine
    does not have, TooLargeError beyond 5,000 characters, UnavailableError when Marian has to be downloaded and cannot
    be.
    """
    knobs = knobs or TranslateKnobs()
    check_text(text)
    card = translator_card(chosen_model(knobs))
    get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
    start = time.perf_counter()
    pairs, (translation,) = _translate_by_sentence(card.name, [text], knobs)
    elapsed = 1000 * (time.perf_counter() - start)
    if not pairs:
        raise InputError(EMPTY)
    if lost := [pair.source for pair in pairs if not pair.translation.strip()]:
        raise InputError(f"The model has no word for “{lost[0][:80]}”: write it in other words.")
    notes = language_notes(text, knobs.direction.split("-")[0])
    return Translation(text, translation, pairs, card.name, card.restriction, elapsed, notes)


def chosen_model(knobs: TranslateKnobs) -> str:
    """The name of the knobs' model. Raises InputError where it does not translate in their direction."""
    if not knobs.model:
        return model_of(knobs.engine, knobs.direction)
    own = translator_card(knobs.model).config.get("direction", knobs.direction)
    if own != knobs.direction:
        raise InputError(f"{knobs.model} translates {own}, not {knobs.direction}: choose another direction.")
    return knobs.model


def translate_texts(model: str, texts: Sequence[str], beams: int = 1) -> list[str]:
    """Each text translated; its lines stay lines, and an empty text stays empty.

    A sentence that the model gives no word for is left out: one does not end a table of thousands. Raises otherwise as
    ``translate``.
    """
    direction = find_direction(translator_card(model).config.get("direction", DIRECTIONS[0].code)).code
    return _translate_by_sentence(model, texts, TranslateKnobs(beams=beams, direction=direction))[1]


def _translate_by_sentence(
    name: str, texts: Sequence[str], knobs: TranslateKnobs
) -> tuple[tuple[SentencePair, ...], list[str]]:
    """Every sentence with its translation, and the translated texts."""
    run = get_runtime().run
    size = BATCH if knobs.beams == 1 else 1

    def translate_all(sentences: Sequence[str]) -> list[str]:
        batches = [sentences[start : start + size] for start in range(0, len(sentences), size)]
        return [text for batch in batches for text in run(partial(_translate, batch, knobs), name)]

    def token_counts(words: Sequence[str]) -> list[int]:
        return run(partial(_token_counts, words), name)

    def capitals(sentence: str, translation: str, words: Sequence[str]) -> str:
        if translator_card(name).source != "bundled":  # no attention weights
            return translation
        return upper_words(run(partial(cross_attention, sentence, translation), name), words)

    source, target = knobs.direction.split("-")
    model = Model(source, target, translate_all, token_counts, capitals, knobs.verbatim)
    lines = [clean_text(text).splitlines() for text in texts]
    translated = iter(translate_lines([line for text in lines for line in text], model))
    rows = [list(islice(translated, len(text))) for text in lines]
    pairs = tuple(pair for text in rows for _, line_pairs in text for pair in line_pairs)
    return pairs, ["\n".join(line for line, _ in text) for text in rows]


def _translate(sentences: Sequence[str], knobs: TranslateKnobs, model: "TokenizedModel") -> list[str]:
    """The translations of one batch; of beam search, a batch is one sentence. For the worker alone."""
    if isinstance(model, TranslatesTexts):  # by transformers
        return model.translate(sentences, knobs.direction, knobs.beams, MAX_LIMIT)
    network, source = cast(Translator, model.network), tokenize(sentences, model)
    output_ids = greedy_search(network, source) if knobs.beams == 1 else [beam_search(network, source, knobs.beams)]
    texts: list[str] = model.tokenizer.decode_batch(output_ids)
    return texts


def _token_counts(words: Sequence[str], model: "TokenizedModel") -> list[int]:
    """The number of tokens of each word; of a model without a tokenizer of its own 1. For the worker alone."""
    tokenizer = getattr(model, "tokenizer", None)
    if not hasattr(tokenizer, "encode_batch"):
        return [1] * len(words)
    return [len(encoding.ids) for encoding in model.tokenizer.encode_batch(list(words))]
