"""An answer that stays on the page, to compare later ones with: what changed in the input, and in the probabilities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from zoo.core.knobs import Knobs

MAX_CHARACTERS = 80  # of a value


@dataclass(frozen=True)
class Pin:
    """``settings``: the input and the knobs, by name. ``draw``: draws the answer. ``probabilities``: by class."""

    settings: Mapping[str, Any]
    draw: Callable[[], None]
    probabilities: Mapping[str, float]


def draw_pin(
    page: str,
    inputs: Mapping[str, str],
    knobs: Knobs,
    draw: Callable[[], None],
    probabilities: Mapping[str, float] | None = None,
    row: Any = None,
) -> None:
    """A button that pins the answer on screen. A pinned one is drawn in a frame, with what has changed since.

    ``inputs``: names or texts of the inputs, by what they are. ``draw`` must not make widgets with keys of their own.
    ``row``: a container with other buttons, in which this one is drawn too.
    """
    key = f"pinned-{page}"
    current = Pin({**inputs, **knobs.model_dump()}, draw, probabilities or {})
    pinned: Pin | None = st.session_state.get(key)
    if pinned is None:
        text = "Keep this answer beside later ones."
        place = st if row is None else row
        place.button(
            "Pin", icon=":material/push_pin:", key=f"pin-{page}", help=text, on_click=_set, args=(key, current)
        )
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Pinned answer**", width="stretch")
            st.button("Pin the new one", key=f"repin-{page}", on_click=_set, args=(key, current))
            st.button("Unpin", icon=":material/keep_off:", key=f"unpin-{page}", on_click=_set, args=(key, None))
        for change in changes(pinned.settings, current.settings):
            st.text(change)
        if pinned.probabilities:
            _draw_changes(pinned.probabilities, current.probabilities)
        pinned.draw()


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line for each setting that differs; one in all where none does."""
    lines = [
        f"{name.replace('_', ' ')}: {_short(before.get(name))} → {_short(after.get(name))}"
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]
    return lines or ["This is the answer on screen. Change something: both will stand here."]


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"


def _draw_changes(before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """The probabilities of the classes that both answers list, or either; a class that is not listed has a gap."""
    names = list(dict.fromkeys([*after, *before]))
    rows = pd.DataFrame(
        {
            "class": names,
            "pinned": [before.get(name) for name in names],
            "now": [after.get(name) for name in names],
        }
    )
    rows["change"] = rows["now"] - rows["pinned"]
    percent = st.column_config.NumberColumn(format="percent")
    signed = st.column_config.NumberColumn(format="%+.3f")
    st.dataframe(
        rows, hide_index=True, column_config={"pinned": percent, "now": percent, "change": signed}, height="content"
    )


def _set(key: str, pin: Pin | None) -> None:
    st.session_state[key] = pin
