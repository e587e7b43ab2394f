"""The network that is opened and the input that goes through it, by whatever kind of input the network reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components import input_picker, knob_widgets
from pages.components.code_snippets import source_of
from pages.components.input_picker import Picture, Recording
from pages.components.official_models import choose_official, downloaded
from pages.components.user_models import visitor_models
from pages.components.workspaces import workspace
from zoo.core import user_models
from zoo.core.cards import Card, find_card
from zoo.core.inputs import Document
from zoo.core.snippets import Source
from zoo.core.sounds import encode_wav
from zoo.examples import DIGIT_EXAMPLES
from zoo.exhibits import inside as exhibit
from zoo.exhibits.inside.knobs import DEFAULT_MODEL, LayersKnobs

PICTURES = ("coffee", "chelsea", "rocket", "china", "photographer", "motorcycle")
DIGITS = tuple(sample.name for sample in DIGIT_EXAMPLES)
TEXTS = {
    "Praise": "I love how this little zoo runs without any network, well done!",
    "Complaint": "Three hours late and nobody tells us anything. Never again.",
    "Story": "It was one of those mornings when the old clock struck thirteen.",
}
TEXT_LABEL = "A text: the network reads it as you type"
MAX_CHARACTERS = 1000  # of a text: all its layers are drawn
OWN, MAX_OWN, OWN_SIDE = "inside-own", 5, 512  # uploads that are searched for patches, and pixels of their sides
OWN_WIDTH, OWN_PLAYER = 72, 240  # pixels
OFFERED = ("classify", "sentiment", "generate")  # exhibits with official models


@dataclass(frozen=True)
class Opened:
    """A network and one input. ``key``: equal for equal inputs. ``value``: as an operation takes it. ``source``: for
    code. ``own``: where it is a file of the visitor's, by the path that stands for it. ``card``, ``prepared``: as the
    exhibit's functions take them. ``text``: for screen readers.
    """

    key: str
    value: Any
    text: str
    source: Source
    own: dict[str, Picture | Recording]
    card: Card
    prepared: Any
    chosen: Picture | Recording | None


def choose_model() -> Card:
    """A bundled model of any exhibit, one of the visitor's own, or a published one that they fetched."""
    own = [card for card in _own_cards() if exhibit.takes(card)]
    published = [name for each in OFFERED for name in downloaded(each)]
    bundled = exhibit.openable()
    names = list(dict.fromkeys([*(card.name for card in (*bundled, *own)), *published]))
    labels = {card.name: f"{card.title} · {card.exhibit}" for card in bundled}
    labels |= {card.name: f"{card.title} (own) · {card.exhibit}" for card in own}
    start = DEFAULT_MODEL if DEFAULT_MODEL in names else names[0]
    name = knob_widgets.knob(LayersKnobs, "model", "model", options=names, labels=labels, start=start)
    return find_card(name)


def _own_cards() -> list[Card]:
    """What this visitor made on any page, and what the link names."""
    made = list(user_models.owned(workspace().owner))
    linked = visitor_models("inside-models", "model")
    return list({card.name: card for card in (*made, *linked)}.values())


def choose_published() -> None:
    """Published classifiers of pictures, which are downloaded once."""
    choose_official("classify", "torchvision's classifiers, with the weights that it publishes.", select=_select)


def _select(name: str) -> None:
    st.session_state["model"] = name


def choose_input(card: Card) -> Opened:
    """The picker of the kind of input that a model reads. Raises InputError for one that the model refuses."""
    kind = exhibit.takes(card)
    if kind == "text":
        text = input_picker.choose_text(TEXT_LABEL, TEXTS, MAX_CHARACTERS)
        return _opened(card, text, Document(text), "The text", Document(text), {}, None)
    chosen: Picture | Recording
    if kind == "sound":
        chosen = input_picker.choose_recording()
        path, value = "sound.wav", chosen.sound
    else:
        chosen = input_picker.choose_picture(DIGITS if card.exhibit == "digits" else PICTURES)
        path, value = "picture.png", chosen.image
    opened = _opened(card, chosen.key, value, chosen.text, source_of(chosen, path), {path: chosen}, chosen)
    _keep_own(chosen)
    return opened


def _opened(
    card: Card,
    key: str,
    value: Any,
    text: str,
    source: Source,
    own: dict[str, Picture | Recording],
    chosen: Picture | Recording | None,
) -> Opened:
    """Prepared once for a model and an input: decoding and resizing take longer than many a view."""
    kept = st.session_state.get("inside-opened")
    if kept is None or kept[:2] != (card.name, key):
        kept = (card.name, key, exhibit.read(card.name, value)[1])
        st.session_state["inside-opened"] = kept
    return Opened(key, value, text, source, own, card, kept[2], chosen)


def draw_own(opened: Opened) -> None:
    """The visitor's own input, which is on none of the picker's buttons; a text is in its field."""
    chosen = opened.chosen
    if chosen is None or chosen.example is not None:
        return
    if isinstance(chosen, Picture):
        st.image(chosen.image, width=OWN_WIDTH, alt=chosen.text)
    else:
        st.audio(encode_wav(chosen.sound), format="audio/wav", width=OWN_PLAYER)


def _keep_own(chosen: Picture | Recording) -> None:
    """The last uploads of this session, pictures reduced: patches are looked for in them too."""
    if chosen.example is not None:
        return
    kept: dict[str, Any] = st.session_state.setdefault(OWN, {})
    if chosen.key in kept:
        return
    if isinstance(chosen, Picture):
        small = chosen.image.copy()
        small.thumbnail((OWN_SIDE, OWN_SIDE))
        kept[chosen.key] = Picture(chosen.key, small, chosen.text, None)
    else:
        kept[chosen.key] = chosen
    while len(kept) > MAX_OWN:
        del kept[next(iter(kept))]


def own_inputs(opened: Opened) -> Sequence[tuple[str, Any]]:
    """The input, and the visitor's earlier uploads of its kind, each with a name and prepared for the model."""
    rows = [("your input", opened.prepared)]
    kind = type(opened.chosen)
    for key, each in st.session_state.get(OWN, {}).items():
        if key != opened.key and isinstance(each, kind):
            value = each.image if isinstance(each, Picture) else each.sound
            rows.append(("your upload", exhibit.read(opened.card.name, value)[1]))
    return rows
