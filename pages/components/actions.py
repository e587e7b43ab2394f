"""What buttons do, as callbacks: a run of the page may be interrupted by the next, and a click in it be lost."""

import time
from collections.abc import Callable

import streamlit as st

from pages.components.escape import literal
from zoo.core.errors import ZooError
from zoo.core.storage import storage_error

REFUSAL = "why the last button did nothing"
READING = 15.0  # seconds that the sentence stays: fragments draw the page anew every two


def refusal_of(action: Callable[[], object]) -> str:
    """Do it; the sentence of an expected error or of a full disk, empty where all went well."""
    try:
        action()
    except (ZooError, OSError) as error:
        known = error if isinstance(error, ZooError) else storage_error(error)
        if known is None:
            raise
        return str(known)
    return ""


def attempt(action: Callable[[], object]) -> None:
    """Do it. ``draw_refusal`` draws the sentence of an expected error or of a full disk."""
    st.session_state.pop(REFUSAL, None)
    if sentence := refusal_of(action):
        st.session_state[REFUSAL] = (time.monotonic(), sentence)


def draw_refusal() -> None:
    """Why the button that was just pressed did nothing."""
    at, sentence = st.session_state.get(REFUSAL, (0.0, ""))
    if sentence and time.monotonic() - at < READING:
        st.warning(literal(sentence), icon=":material/info:")
