"""What the trained weights of the bundled translators say: the only tests of Translate that depend on it."""

import pytest
import sacrebleu

from zoo.exhibits.translate import DIRECTIONS, TranslateKnobs, align, translate, translate_texts

BUNDLED = [direction for direction in DIRECTIONS if direction.bundled]
PAIRS = [
    ("I don't know.", "Je ne sais pas."),
    ("She is my sister.", "C'est ma sœur."),
    ("I am very tired today.", "Je suis très fatigué aujourd'hui."),
    ("A man is playing the guitar.", "Un homme joue de la guitare."),
    ("Where do you live?", "Où habites-tu ?"),
]


def test_common_sentences_are_known() -> None:
    assert "merci" in translate("Thank you very much.").translation.lower()
    assert "cat" in translate("J'aime les chats.", TranslateKnobs(direction="fr-en")).translation.lower()


@pytest.mark.parametrize("direction", BUNDLED, ids=lambda direction: direction.code)
def test_chrf_is_far_above_chance(direction) -> None:  # type: ignore[no-untyped-def]
    sources, references = zip(*(pair if direction.code == "en-fr" else pair[::-1] for pair in PAIRS), strict=True)
    outputs = translate_texts(direction.bundled, sources, 4)
    assert sacrebleu.corpus_chrf(outputs, [list(references)]).score > 50


def test_the_greatest_attention_weight_is_near_the_right_word() -> None:
    sentence = align("A dog and a cat sleep.", "Un chien et un chat dorment.", "translator-en-fr")
    for source, target in ((1, 1), (4, 4)):
        assert abs(int(sentence.weights[target].argmax()) - source) <= 1
