"""Texts of one language in, translations out, sentence by sentence."""

import time
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, cast

import torch
from torch.nn.utils.rnn import pad_sequence

from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.loading import TranslatesTexts
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.decode import MAX_LIMIT, beam_search, greedy_search
from zoo.exhibits.translate.directions import DIRECTIONS, model_of
from zoo.exhibits.translate.knobs import MAX_CHARACTERS, TranslateKnobs
from zoo.exhibits.translate.results import SentencePair, Translation
from zoo.exhibits.translate.text import split_sentences
from zoo.nets.translator import Translator

if TYPE_CHECKING:
    from torch import Tensor

    from zoo.core.loading import TokenizedModel

BATCH = 16  # sentences that greedy search translates at once


def translator_card(name: str) -> Card:
    """Raises InputError when the model is no translator, NotFoundError when there is none of that name."""
    return require_card(name, "translate")


def check_text(text: str) -> str:
    """The text itself. Raises InputError when it is empty, TooLargeError beyond 5,000 characters."""
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(text):,} characters: send at most {MAX_CHARACTERS:,} at a time.")
    if not text.strip():
        raise InputError("There is nothing to translate: type a sentence.")
    return text


def clean_text(text: str) -> str:
    """Without lone surrogates and null bytes, which no file and no font can represent."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def translate(text: str, knobs: TranslateKnobs | None = None) -> Translation:
    """Translate a text of at most 5,000 characters, sentence by sentence; its lines stay lines.

    Raises InputError for an empty text or a direction that the engine does not have, TooLargeError beyond 5,000
    characters, UnavailableError when Marian has to be downloaded and cannot be.
    """
    knobs = knobs or TranslateKnobs()
    check_text(text)
    card = translator_card(chosen_model(knobs))
    get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
    start = time.perf_counter()
    pairs, (translation,) = _translate_by_sentence(card.name, [text], knobs.beams, knobs.direction)
    elapsed = 1000 * (time.perf_counter() - start)
    return Translation(text, translation, pairs, card.name, card.restriction, elapsed)


def chosen_model(knobs: TranslateKnobs) -> str:
    """The name of the knobs' model. Raises InputError where it does not translate in their direction."""
    if not knobs.model:
        return model_of(knobs.engine, knobs.direction)
    own = translator_card(knobs.model).config.get("direction", knobs.direction)
    if own != knobs.direction:
        raise InputError(f"{knobs.model} translates {own}, not {knobs.direction}: choose another direction.")
    return knobs.model


def translate_texts(model: str, texts: Sequence[str], beams: int = 1) -> list[str]:
    """Each text translated; its lines stay lines, and an empty text stays empty. Raises as ``translate``."""
    direction = translator_card(model).config.get("direction", DIRECTIONS[0].code)
    return _translate_by_sentence(model, texts, beams, direction)[1]


def _translate_by_sentence(
    model: str, texts: Sequence[str], beams: int, direction: str
) -> tuple[tuple[SentencePair, ...], list[str]]:
    """Every sentence with its translation, and the translated texts."""
    lines = [[split_sentences(line) for line in clean_text(text).splitlines()] for text in texts]
    sources = [sentence for text in lines for line in text for sentence in line]
    size = BATCH if beams == 1 else 1
    batches = [sources[start : start + size] for start in range(0, len(sources), size)]
    outputs = [
        text for batch in batches for text in get_runtime().run(partial(_translate, batch, beams, direction), model)
    ]
    remaining = iter(outputs)
    translated = ["\n".join(" ".join(islice(remaining, len(line))) for line in text) for text in lines]
    return tuple(map(SentencePair, sources, outputs)), translated


def _translate(sentences: Sequence[str], beams: int, direction: str, model: "TokenizedModel") -> list[str]:
    """The translations of one batch; of beam search, a batch is one sentence. For the worker alone."""
    if isinstance(model, TranslatesTexts):  # by transformers
        return model.translate(sentences, direction, beams, MAX_LIMIT)
    network, source = cast(Translator, model.network), tokenize(sentences, model)
    output_ids = greedy_search(network, source) if beams == 1 else [beam_search(network, source, beams)]
    texts: list[str] = model.tokenizer.decode_batch(output_ids)
    return texts


def tokenize(texts: Sequence[str], model: "TokenizedModel") -> "Tensor":
    """(B, S) token ids of sentences, padded on the right. For the worker alone."""
    rows = [torch.tensor(encoding.ids) for encoding in model.tokenizer.encode_batch(list(texts))]
    pad_id = float(model.network.pad_id)  # type: ignore[arg-type]
    return pad_sequence(rows, batch_first=True, padding_value=pad_id).to(next(model.parameters()).device)
