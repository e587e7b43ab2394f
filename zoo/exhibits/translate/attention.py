"""Cross-attention weights between the words of a text's sentences and those of their translations."""

from functools import partial

from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.cross_attention import cross_attention
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import chosen_model, translate, translator_card
from zoo.exhibits.translate.results import AlignedSentence, Alignment


def alignment(text: str, knobs: TranslateKnobs | None = None) -> Alignment:
    """Translate a text, and give the attention weights of each sentence.

    Raises what ``translate`` raises, and InputError for the engine marian.
    """
    knobs = knobs or TranslateKnobs()
    _check_bundled(chosen_model(knobs))
    result = translate(text, knobs)
    sentences = tuple(align(pair.source, pair.translation, result.model) for pair in result.sentences)
    return Alignment(result.translation, sentences, result.model, result.restriction)


def align(sentence: str, translation: str, model: str) -> AlignedSentence:
    """The attention weights of one sentence for a translation of it.

    Raises InputError for a model that is not one of the bundled translators.
    """
    _check_bundled(model)
    return get_runtime().run(partial(cross_attention, sentence, translation), model)


def _check_bundled(model: str) -> None:
    if translator_card(model).source != "bundled":
        raise InputError(f"There are no attention weights of {model}: choose the engine bundled.")
