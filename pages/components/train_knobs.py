"""The knobs of a training, on two steps of the page Train: those that are not on screen keep their value."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.components import knob_widgets
from pages.components.model_titles import titles
from pages.components.official_models import downloaded
from zoo.core.cards import exhibit_cards
from zoo.core.errors import InputError
from zoo.core.knobs import parse_knobs
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.transforms import AugmentationKnobs

KEPT = "train-knobs"
KEYS = {"model": "backbone", "title": "model_title"}  # in the link, where the name of the knob says too little
AUGMENTATION = tuple(AugmentationKnobs.model_fields)
MAIN = ("epochs", "fine_tune_epochs")
MORE = tuple(name for name in TrainKnobs.model_fields if name not in (*MAIN, *AUGMENTATION, *KEYS))
HEAD = (
    "The head is the last layer of the network, which turns the features of a picture into probabilities of your "
    "classes. In one epoch it is trained once on every training picture."
)
OPTIONS: dict[str, dict[str, Any]] = {
    "epochs": {"help": HEAD},
    "learning_rate": {"step": 0.001, "format": "%.3f"},
    "fine_tune_rate": {"step": 1e-5, "format": "%.5f"},
    "weight_decay": {"step": 0.001, "format": "%.3f"},
    "size": {"step": 32},
    "label_smoothing": {"step": 0.01},
}


def chosen() -> TrainKnobs:
    """All knobs: what stands on the widgets, what was chosen before, what the link says, or the defaults."""
    values: dict[str, Any] = {}
    kept: dict[str, Any] = st.session_state.setdefault(KEPT, {})
    for name in TrainKnobs.model_fields:
        key = KEYS.get(name, name)
        for source in (st.session_state, kept, st.query_params):
            if key in source and _fits(name, source[key]):
                values[name] = source[key]
                break
    knobs = parse_knobs(TrainKnobs, **values)
    kept.update({KEYS.get(name, name): value for name, value in knobs.model_dump().items()})
    return knobs


def _fits(name: str, value: Any) -> bool:
    try:
        parse_knobs(TrainKnobs, **{name: value})
    except InputError:
        return False
    return value is not None


def draw(names: Iterable[str], columns: int = 1) -> None:
    """The widgets of these knobs."""
    places = st.columns(columns, gap="medium") if columns > 1 else [st.container()]
    kept = st.session_state.setdefault(KEPT, {})
    for number, name in enumerate(names):
        key = KEYS.get(name, name)
        if key not in st.session_state and key in kept:
            st.session_state[key] = kept[key]
        with places[number % len(places)]:
            knob_widgets.knob(TrainKnobs, name, key, **options(name))


def options(name: str) -> dict[str, Any]:
    """For the widget of a knob."""
    if name == "model":
        names = backbones()
        return {"options": names, "labels": titles(names), "start": TrainKnobs().model}
    return OPTIONS.get(name, {})


def select_backbone(name: str) -> None:
    st.session_state[KEYS["model"]] = st.session_state[KEPT][KEYS["model"]] = name


def backbones() -> list[str]:
    """The bundled classifiers, and those of torchvision that this visitor downloaded."""
    bundled = [card.name for card in exhibit_cards("classify")]
    return [*bundled, *(name for name in downloaded("classify", KEYS["model"]) if name.startswith("torchvision/"))]
