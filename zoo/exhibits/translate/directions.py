"""The directions of translation, each declared once.

From this table follow the choices of the ``direction`` knob, the languages of back-translation, the pinned models of
the hub, the examples and labels of the page, and evaluation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zoo.core.errors import InputError

Engine = Literal["bundled", "marian"]


@dataclass(frozen=True)
class Language:
    """``examples``: texts by the label of their button on the page."""

    code: str
    name: str
    examples: Mapping[str, str]


@dataclass(frozen=True)
class MarianModel:
    """A pinned model of OPUS-MT on the Hugging Face hub. ``sha256``: of its file of weights."""

    revision: str
    sha256: str
    parameters: int


@dataclass(frozen=True)
class Direction:
    """``bundled``: the name of the bundled model, where there is one. ``marian``: the model of OPUS-MT."""

    source: Language
    target: Language
    bundled: str | None
    marian: MarianModel

    @property
    def code(self) -> str:
        """As in ``en-fr``."""
        return f"{self.source.code}-{self.target.code}"

    @property
    def title(self) -> str:
        """As in ``English to French``."""
        return f"{self.source.name} to {self.target.name}"

    @property
    def reverse(self) -> "Direction":
        """From the target language back. Raises InputError where there is none."""
        return find_direction(f"{self.target.code}-{self.source.code}")

    @property
    def models(self) -> dict[str, str]:
        """The name of each engine's model."""
        bundled = {"bundled": self.bundled} if self.bundled else {}
        return bundled | {"marian": f"hub/opus-mt-{self.code}"}


ENGLISH = Language(
    "en",
    "English",
    {
        "Talk": "I don't think it's going to rain today.",
        "Picture": "A little girl is climbing into a wooden playhouse.",
        "Question": "Where did you buy that hat? It suits you very well.",
    },
)
FRENCH = Language(
    "fr",
    "French",
    {
        "Conversation": "Je ne pense pas qu'il va pleuvoir aujourd'hui.",
        "Image": "Un vieil homme joue de la guitare devant une fontaine.",
        "Question ouverte": "Où as-tu acheté ce chapeau ? Il te va très bien.",
    },
)
SPANISH = Language(
    "es",
    "Spanish",
    {
        "Charla": "No creo que vaya a llover hoy.",
        "Imagen": "Un anciano toca la guitarra delante de una fuente.",
        "Pregunta": "¿Dónde compraste ese sombrero? Te queda muy bien.",
    },
)
DIRECTIONS = (
    Direction(
        ENGLISH,
        FRENCH,
        "translator-en-fr",
        MarianModel(
            "dd7f6540a7a48a7f4db59e5c0b9c42c8eea67f18",
            "cc1de10b49342ad2f33e06bc4474ddd6eaca278474903c4a8636ce15680d64de",
            74_669_178,
        ),
    ),
    Direction(
        FRENCH,
        ENGLISH,
        "translator-fr-en",
        MarianModel(
            "c4aed37b318c763fd177aa449b44e3b783cc6c02",
            "599b819e3488f0fb888fef09511370ce4c0388b6f0f6beeb49a1f4b19043bebc",
            74_669_178,
        ),
    ),
    Direction(
        ENGLISH,
        SPANISH,
        None,
        MarianModel(
            "5bc4493d463cf000c1f0b50f8d56886a392ed4ab",
            "befce0f620e8e63f83bbb7f0818eb51d541cba28057a7cc14b00466d85c4994c",
            77_484_009,
        ),
    ),
    Direction(
        SPANISH,
        ENGLISH,
        None,
        MarianModel(
            "c96e2c5399ebfae4fc43d9669556b9afa74bb69d",
            "586a4e69e0804459ac7c176a5dc76852652100d9af1ee0db796de719899a5deb",
            77_484_009,
        ),
    ),
)
LANGUAGES = {language.code: language for direction in DIRECTIONS for language in (direction.source, direction.target)}
if TYPE_CHECKING:
    DirectionCode = str
else:
    DirectionCode = Literal[tuple(direction.code for direction in DIRECTIONS)]


def find_direction(code: str) -> Direction:
    """Raises InputError, which lists the directions."""
    for direction in DIRECTIONS:
        if direction.code == code:
            return direction
    known = ", ".join(direction.code for direction in DIRECTIONS)
    raise InputError(f"There is no direction {code!r}: choose {known}.")


def model_of(engine: str, code: str) -> str:
    """The name of an engine's model for a direction such as en-fr. Raises InputError where the engine has none."""
    direction = find_direction(code)
    if engine not in direction.models:
        others = " or ".join(direction.models)
        raise InputError(f"The {engine} engine does not translate {direction.title}: choose the engine {others}.")
    return direction.models[engine]


def pivot_languages(engine: str) -> dict[str, str]:
    """Codes and names of the languages that an engine translates from English and back to it."""
    codes = {direction.code for direction in DIRECTIONS if engine in direction.models}
    return {
        code: language.name
        for code, language in LANGUAGES.items()
        if {f"{ENGLISH.code}-{code}", f"{code}-{ENGLISH.code}"} <= codes
    }
