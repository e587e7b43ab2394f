"""Guided tour: five steps, each a link that opens with an example, a layer and the sliders set, and a few sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.escape import literal

ACTIVATIONS, ARITHMETIC, STATISTICS = "Activations", "Arithmetic", "Statistics"
FLAME, TRAINING = "Flame graph", "Training memory"
VIEWS = (ACTIVATIONS, ARITHMETIC, STATISTICS, FLAME, TRAINING)
OF_A_UNIT = (ACTIVATIONS, ARITHMETIC)
VIEW_CODE = "Use this view from code"
PARAMETER, APPLIED = "tour", "inside-tour-applied"


@dataclass(frozen=True)
class Stop:
    """``state``: the values of the page's widgets by their keys. ``text``: two to four sentences."""

    title: str
    text: str
    state: Mapping[str, Any]


STOPS = (
    Stop(
        "What one filter sees",
        "The first layer slides 32 small filters over the picture. Each gives a feature map: bright where the filter "
        "fits. Choose another map: its strongest patches show what it fits, such as edges of one direction or one "
        "colour. Under Arithmetic, move the position and read how each number is added up.",
        {
            "model": "mobilenet-v2",
            "example": "coffee",
            "layer": "network.large.features.0.0",
            "unit": 8,
            "view": ACTIVATIONS,
        },
    ),
    Stop(
        "From edges to parts",
        "Twelve blocks deeper a map has 14 × 14 positions, and each depends on a large part of the picture: its "
        "receptive field. The patches of one unit now share a part of a thing, and no longer one edge. Choose layers "
        "between the first and this one in the tree to see how that grows.",
        {
            "model": "mobilenet-v2",
            "example": "chelsea",
            "layer": "network.large.features.12.conv.1.2",
            "unit": 40,
            "view": ACTIVATIONS,
        },
    ),
    Stop(
        "Where the time goes",
        "A flame graph of one prediction: the wider a span, the longer it took; what lies below it was called by it. "
        "Orange spans are layers, blue ones are operators of PyTorch. Click a span to enlarge it. In the tree, compare "
        "the bars of MACs and of time: layers of few operations can still take long.",
        {"model": "mobilenet-v2", "example": "coffee", "view": FLAME},
    ),
    Stop(
        "What an attack changes inside",
        "The attack changed each pixel by at most 4 of 255, and the prediction with it. Mean and standard deviation of "
        "the layers hardly move. The relative distance of the two outputs grows from layer to layer: the network "
        "enlarges a change that nobody sees.",
        {"model": "mobilenet-v2", "example": "chelsea", "view": STATISTICS, "compare": "attack", "epsilon": 4.0},
    ),
    Stop(
        "Memory against time in training",
        "To compute gradients, a training step keeps the output of every layer. With gradient checkpointing it keeps "
        "the input of each block alone, and computes the block again when it needs it. Measure both: less memory, a "
        "longer step, and the same gradients.",
        {"model": "mobilenet-v2", "example": "coffee", "view": TRAINING, "batch": 4},
    ),
)


def take_stop() -> int:
    """Before any widget is drawn: set them as the step of the link has them, once. The number of the step, 0 without.

    What else the link names has precedence: a visitor may have changed a widget before they passed the link on.
    """
    written = st.query_params.get(PARAMETER, "")
    number = int(written) if written.isdecimal() and 1 <= int(written) <= len(STOPS) else 0
    if number and st.session_state.get(APPLIED) != number:
        others = {name for name in st.query_params if name != PARAMETER}
        _apply(number, () if APPLIED in st.session_state else tuple(others))
    return number


def _apply(number: int, kept: tuple[str, ...]) -> None:
    st.session_state[APPLIED] = number
    for key, value in STOPS[number - 1].state.items():
        if key not in kept:
            st.session_state[key] = value


def go_to(number: int) -> None:
    """As a callback: to a step, or with 0 away from the tour."""
    if number:
        st.query_params[PARAMETER] = str(number)
        _apply(number, ())
    else:
        st.query_params.pop(PARAMETER, None)
        st.session_state.pop(APPLIED, None)


def draw_menu() -> None:
    """The five steps in a popover, which is another one, and closed, once a step was chosen."""
    key = f"tour-menu-{st.query_params.get(PARAMETER, '')}"
    with st.popover("Guided tour", icon=":material/tour:", width="content", key=key):
        for number, stop in enumerate(STOPS, 1):
            label = f"{number} {literal(stop.title)}"
            st.button(label, key=f"tour-{number}", on_click=go_to, args=(number,), width="stretch")


def draw_stop(number: int) -> None:
    """The text of the step, and the way to the next and the one before."""
    if not number:
        return
    stop = STOPS[number - 1]
    with st.container(border=True, key="tour"):
        st.markdown(f"**{number} of {len(STOPS)}: {literal(stop.title)}.** {stop.text}")
        with st.container(horizontal=True):
            if number > 1:
                before = f"Previous: {literal(STOPS[number - 2].title)}"
                st.button(before, key="tour-back", on_click=go_to, args=(number - 1,))
            if number < len(STOPS):
                following = f"Next: {literal(STOPS[number].title)}"
                st.button(following, key="tour-on", on_click=go_to, args=(number + 1,), type="primary")
            st.button("End the tour", key="tour-end", on_click=go_to, args=(0,))
