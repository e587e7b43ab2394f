"""Texts as people write them through Translate: what is copied, capitals, sentences and characters.

A network of a few lines stands in for the models, so that nothing here depends on weights.
"""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from zoo.api.app import app
from zoo.core.errors import InputError
from zoo.exhibits.translate import TranslateKnobs, translate
from zoo.exhibits.translate.casing import is_upper, truecase
from zoo.exhibits.translate.pipeline import Model, translate_lines
from zoo.exhibits.translate.sentences import split_sentences
from zoo.exhibits.translate.text import plain

Network = Callable[[str], str]


def reverse(sentence: str) -> str:
    """The words in reverse order, all of them copied."""
    return " ".join(reversed(sentence.split()))


def forget(sentence: str) -> str:
    """A network that copies no number and no name."""
    return re.sub(r"[^a-z ]|\b[A-Z]\w*", "", sentence) + "mot."


def invent(sentence: str) -> str:
    return f"{sentence} {sentence} 99"


def run(text: str, network: Network = reverse, direction: str = "en-fr", **options: bool) -> str:
    source, target = direction.split("-")
    model = Model(
        source,
        target,
        lambda sentences: [network(sentence) for sentence in sentences],
        lambda words: [3 if word.lower() == "nasa" else 1 if word.islower() else 2 for word in words],
        lambda sentence, translation, words: translation,
        **options,
    )
    return "\n".join(line for line, _ in translate_lines(text.splitlines(), model))


# What is copied

COPIED = [
    *("$20", "€1,234.56", "1 234,50 €", "20 EUR", "US$5", "95%", "3.5 km", "-5°C", "½", "m²", "15h30", "5:30 p.m"),
    *("12/03/2021", "2021-03-12", "555-1234", "(555) 123-4567", "+33 6 12 34 56 78", "06 12 34 56 78", "No. 5"),
    *("n° 7", "v2.0.1", "COVID-19", "192.168.0.1", "1980s", "１２", "٣٤"),
    *("https://example.com/a?b=1&c=(x)", "www.example.org", "HTTPS://EXAMPLE.COM", "example.co.uk/x", "notes.pdf"),
    *("anna.b+c@example.co.uk", "@anna_b", "@a@b.example", "#BestDay2021", "#été", "{name}", "%s", "`ls -l`"),
    *("😀", "👍🏽", "👨‍👩‍👧", "🇫🇷", "❤️", "1️⃣", ":-)", "<3", "<b>", "&amp;", "…", "—", "★", "привет", "日本", "﷽"),
]


@pytest.mark.parametrize("network", [reverse, forget, invent])
@pytest.mark.parametrize("span", COPIED)
def test_what_is_not_language_is_copied_unchanged(span: str, network: Network) -> None:
    for text in (f"we see {span} here", f"{span} is here", f"look at {span}", span):
        assert span in run(text, network)


@pytest.mark.parametrize("network", [reverse, forget, invent])
@given(
    words=st.lists(
        st.one_of(
            st.sampled_from(["we", "saw", "cats", "and", "Tom", "in", "Paris,", "MR.", "NASA"]),
            st.integers(0, 10**7).map(str),
            st.decimals(0, 10**5, places=2).map(lambda value: f"${value}"),
            st.dates().map(str),
            st.dates().map(lambda day: day.strftime("%B %d, %Y")),
            st.times().map(lambda time: time.strftime("%H:%M")),
        ),
        min_size=1,
        max_size=9,
    ),
    end=st.sampled_from(["", ".", " !", "?", " 😀"]),
)
@example(words=["15", "and", "50", "and", "15"], end=".")
@example(words=["we", "saw", "1985", "1985", "Tom", "@Tom"], end="")
def test_digits_of_the_source_stand_in_the_translation(words: list[str], end: str, network: Network) -> None:
    text = " ".join(words) + end
    # The order of a date may change, and a leading zero of its day is not written.
    wanted, found = sorted(re.findall(r"\d+", text)), re.findall(r"\d+", run(text, network))
    for digits in wanted:
        assert digits in found or digits.lstrip("0") in found
    assert sorted(found).count("99") <= wanted.count("99") + text.count(" ") + 1


@given(st.text(max_size=300), st.sampled_from([reverse, forget]), st.booleans())
def test_any_text_has_as_many_lines_as_before(text: str, network: Network, verbatim: bool) -> None:
    assert run(text, network, verbatim=verbatim).count("\n") == max(0, len(text.splitlines()) - 1)


def test_a_number_takes_the_place_that_the_network_gives_it() -> None:
    assert run("pay $20 to @anna today") == "today @anna to $20 pay"
    assert run("pay 20 to bob", lambda sentence: sentence.replace("20", "vingt")) == "pay 20 to bob"
    assert run("pay 20", forget) == "pay 20" or "20" in run("pay 20", forget)


def test_nothing_is_copied_without_the_knob() -> None:
    assert run("pay 20 😀", lambda sentence: sentence.upper(), verbatim=False) == "PAY 20 😀"
    assert translate("I have 3 cats.", TranslateKnobs(verbatim=False)).sentences[0].copied == ()
    assert translate("I have 3 cats.").sentences[0].copied == ("3",)


def test_dates_ordinals_and_titles_are_written_as_in_the_target_language() -> None:
    assert run("on May 8th, 2020") == "le 8 mai 2020 on"
    assert run("le 1er mai", direction="fr-en") == "May 1 le"
    assert "2e" in run("the 2nd of them")
    assert run("ask Mr. and Mrs. O'Brien now") == "now M. et Mme O'Brien ask"
    assert run("voici M. Dupont", direction="fr-en") == "Mr. Dupont voici"
    assert run("we may go") == "go may we"


def test_a_quotation_in_a_sentence_keeps_its_marks() -> None:
    assert run("“it is late,” he said") == "« late is it, » said he"
    assert run("« il est tard », dit-il", direction="fr-en") == '"tard est il", dit-il'
    assert run('he saw a "b') == '"b a saw he'
    seen: list[str] = []
    run('"It is late."', lambda sentence: seen.append(sentence) or sentence)  # type: ignore[func-returns-value]
    assert seen == ['"It is late."']  # a quotation that is a sentence is what the models know


def test_bullets_indentation_and_markup_stay() -> None:
    text = "  - we saw 3 cats\n\t• and <b>two dogs</b>\n1. go home\n> **now**"
    expected = "  - cats 3 saw we\n\t• and <b>dogs two</b>\n1. home go\n> **now**"
    assert run(text) == expected


def test_a_loop_is_cut() -> None:
    assert run("salad", lambda sentence: "salade " * 30) == "salade "
    assert run("ha ha ha ha ha ha", lambda sentence: sentence) == "ha ha ha ha ha ha"


# Sentences


@pytest.mark.parametrize(
    "text",
    [
        *("Dr. Gray and Mr. White left.", "MRS. GRAY LEFT.", "Fruit, e.g. apples, i.e. food, etc. is here."),
        *("J. R. R. Tolkien wrote it.", "George W. Bush came.", "It is approx. ten.", "Acme Inc. is here."),
        *("The U.S. government said so.", "St. John and Prof. Li met.", "Pi is 3.14 today."),
        *("M. Petit et Mme. Roux sont là.", "MM. Petit et Roux.", "Voici J.-P. Sartre.", "Des fruits, p. ex. ici."),
    ],
)
def test_no_sentence_ends_at_an_abbreviation(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["He is in the U.S.", "He likes it."],
        ["Buy milk, eggs, etc.", "Then go."],
        ["No.", "I will not."],
        ["Is it you?", "no.", "maybe."],
        ["Où vas-tu ?", "M. Petit part !", "Bien."],
        ["Il a dit : « Je pars. »", "Puis rien."],
        ["It was I.", "He left."],
        ["Wait!", "(Really.)", "OK."],
    ],
)
def test_a_sentence_ends_elsewhere(parts: list[str]) -> None:
    assert split_sentences(" ".join(parts)) == parts


def test_a_time_may_end_a_sentence() -> None:
    seen: list[str] = []
    run("Come at 5 p.m. She waits at 6 p.m. today.", lambda sentence: seen.append(sentence) or sentence)  # type: ignore[func-returns-value]
    assert len(seen) == 2


# Capitals


def test_capitals_are_lowered_for_the_network_and_come_back() -> None:
    seen: list[str] = []

    def network(sentence: str) -> str:
        seen.append(sentence)
        return sentence

    assert run("I HATE BIG CATS! MR. GRAY TOO.", network) == "I HATE BIG CATS! M. GRAY TOO."
    assert seen[0] == "I hate big cats!"
    assert run("SEE https://a.org/Bc NOW!", network) == "SEE https://a.org/Bc NOW!"
    assert run("we saw NASA", network) == "we saw NASA"


def test_a_word_keeps_its_capital_where_it_has_fewer_tokens() -> None:
    def count(words: Sequence[str]) -> list[int]:
        return [1 if word in ("Sundays", "we", "love") else 3 for word in words]

    assert truecase("WE LOVE SUNDAYS.", "en", count) == "We love Sundays."
    assert truecase("AND I LOVE MR. GRAY.", "en", count) == "And I love Mr. Gray."


@pytest.mark.parametrize(("text", "upper"), [("L'ÉTÉ EST LÀ", True), ("I", False), ("NASA", False), ("Ça", False)])
def test_capitals_are_a_sentences_of_more_than_an_acronym(text: str, upper: bool) -> None:
    assert is_upper(text) == upper


# Characters


def test_look_alike_characters_become_plain() -> None:
    assert plain("“Ｆｕｌｌ” 𝕞𝖆𝓽𝘩 oﬃce ⓞⓚ it’s itʼs it＇s it´s") == "\"Full\" math office ok it's it's it's it's"
    assert plain("so\u00adft\u200b") == "soft"
    assert plain("Pаris") == "Paris"  # a Cyrillic а
    assert plain("Пока") == "Пока"


@pytest.mark.parametrize("text", ["Où est l'été ?", "Ça, c'est un cœur naïf à Noël.", "¿Dónde está el niño?"])
def test_accents_stay(text: str) -> None:
    import unicodedata

    assert plain(text) == text
    assert plain(unicodedata.normalize("NFD", text)) == text


# Empty answers


def test_a_sentence_without_a_translation_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.exhibits.translate import predict

    monkeypatch.setattr(predict, "_translate", lambda sentences, knobs, model: [" " for _ in sentences])
    with pytest.raises(InputError, match=r"no word for “Hello there\."):
        translate("Hello there.")
    response = TestClient(app).post("/v1/translate", data={"text": "Hello there."})
    assert response.status_code == 422
    for text in ("\u200b", "\ufe0f \u00ad"):
        with pytest.raises(InputError, match="nothing to translate"):
            translate(text)


@pytest.mark.parametrize("text", ["I HATE MONDAYS.", "🎉", "1 2 3", "...", "Ｈｅｌｌｏ", "OK", "x" * 300, "\u0301"])
@pytest.mark.parametrize("beams", [1, 3])
def test_a_text_has_a_translation_of_some_words(text: str, beams: int) -> None:
    assert translate(text, TranslateKnobs(beams=beams)).translation.strip()


@pytest.mark.parametrize("text", ["I was born in the us.", "I WAS BORN IN THE US.", "I was born in the US."])
def test_a_country_after_the_is_no_pronoun(text: str) -> None:
    assert "ÉTATS-UNIS" in translate(text).translation.upper()
    assert "nous" in translate("Come with us.").translation
