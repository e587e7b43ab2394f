"""Whether a text is in another language than the one that a model knows."""

import pytest

from zoo.core.languages import foreign_language, language_name, language_notes


@pytest.mark.parametrize(
    ("text", "expected", "code"),
    [
        ("J'adore les chats", "en", "fr"),
        ("Où est la gare ?", "en", "fr"),
        ("No creo que vaya a llover hoy.", "en", "es"),
        ("Wo ist der Bahnhof?", "fr", "de"),
        ("私は猫が好きです", "en", "ja"),
        ("The match starts at eight.", "fr", "en"),
        ("@Marie #amour https://example.org/a je t'aime 100 fois", "en", "fr"),
    ],
)
def test_a_text_of_another_language_is_recognised(text: str, expected: str, code: str) -> None:
    assert foreign_language(text, expected) == code
    assert foreign_language(text, code) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "😀😀😀",
        "12345 67",
        "lol",
        "Non",
        "\ud800",
        "\0",
        "soooo happy right nowww!!! :D #BestDayEver",
        "a\nb\nc d",
    ],
)
def test_nothing_is_said_of_a_text_that_may_be_english(text: str) -> None:
    assert foreign_language(text) == ""
    assert language_notes(text) == ()


def test_the_note_names_both_languages() -> None:
    assert language_notes("Wo ist der Bahnhof?") == ("This text looks German; the model knows English.",)
    assert language_name("zh") == "Chinese"
    assert language_name("xyz") == "Xyz"


def test_a_long_text_is_recognised() -> None:
    assert foreign_language("Il fait beau aujourd'hui, et les enfants jouent dehors.\n" * 300) == "fr"
