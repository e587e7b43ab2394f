"""What is on show: one entry per exhibit, read by the home page, the navigation, the command line and the API.

Nothing here imports a model library, so that the front door opens at once.
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from zoo.core.cards import Card, exhibit_cards
from zoo.core.errors import NotFoundError


@dataclass(frozen=True)
class Exhibit:
    """``name`` is the same in every room: pages/NAME.py, zoo/NAME, /api/v1/NAME, ``zoo NAME``."""

    name: str
    title: str
    icon: str
    sentence: str
    invitation: str
    picture: str  # what its picture on the home page shows
    ensemble: bool = False  # whether the average of its bundled models is measured too
    also: tuple[str, ...] = ()  # exhibits whose models serve here as well

    def cards(self) -> tuple[Card, ...]:
        """The bundled models that it works with."""
        return tuple(card for name in (self.name, *self.also) for card in exhibit_cards(name))

    def module(self) -> ModuleType:
        """The library behind the exhibit; the first call may import torch."""
        return import_module(f"zoo.{self.name}")


EXHIBITS = (
    Exhibit(
        name="classify",
        title="Classify",
        icon=":material/image_search:",
        sentence="Show a picture; the network names what it sees, says how sure it is, and shows where it looked.",
        invitation="What is in this picture?",
        picture="A photograph of a cat under a heat map, beside the five most probable classes",
    ),
    Exhibit(
        name="adversarial",
        title="Adversarial",
        icon=":material/vaccines:",
        sentence="Move every pixel less than an eye can see, and a network that knew a cat is sure of something else.",
        invitation="Can you fool it?",
        picture="A photograph before and after an attack that nobody sees, what was added and what the network says",
        also=("classify",),
    ),
    Exhibit(
        name="style",
        title="Style",
        icon=":material/brush:",
        sentence="Give a photograph and a painting; watch the photograph being painted in the other's hand.",
        invitation="How would they have painted it?",
        picture="A photograph of a temple, painted in short strokes of blue and yellow",
    ),
    Exhibit(
        name="sound",
        title="Sound",
        icon=":material/graphic_eq:",
        sentence="Play or record a sound; networks name what they hear, in a moment or along an hour, and show why.",
        invitation="What was that noise?",
        picture="A spectrogram with the stretch that decided lit up, beside the five most probable sounds",
        ensemble=True,
    ),
    Exhibit(
        name="sentiment",
        title="Sentiment",
        icon=":material/sentiment_satisfied:",
        sentence="Type a tweet; the network tells praise from complaint as you type, and which words made it think so.",
        invitation="Is that praise?",
        picture="A tweet with its words coloured by what they speak for, beside the odds of each sentiment",
    ),
    Exhibit(
        name="generate",
        title="Generate",
        icon=":material/edit_note:",
        sentence="Begin a text; a small GPT-2 goes on, word by word, and shows what each word was drawn from.",
        invitation="How does it go on?",
        picture="A text that a network wrote, each word on a ground as green as it was likely",
    ),
    Exhibit(
        name="translate",
        title="Translate",
        icon=":material/translate:",
        sentence="Type English or French; a small network says it in the other language and shows where it looked.",
        invitation="How does one say that in French?",
        picture="A sentence, its translation, and a field for each pair of words, dark where the network looked",
    ),
    Exhibit(
        name="augment",
        title="Augment",
        icon=":material/auto_awesome:",
        sentence="Give a sentence; get others that mean about the same, to train on when there are too few.",
        invitation="How else can one say it?",
        picture="A sentence and eight others made from it, with the words that came and went marked",
    ),
)


def find_exhibit(name: str) -> Exhibit:
    """Raises NotFoundError."""
    for exhibit in EXHIBITS:
        if exhibit.name == name:
            return exhibit
    raise NotFoundError(f"There is no exhibit named {name!r}: there is {', '.join(e.name for e in EXHIBITS)}.")
