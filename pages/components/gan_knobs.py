"""The knobs of a GAN in the plane, and where its real points come from."""

from typing import Any

import numpy as np
import streamlit as st

from pages.components import knob_widgets, page_state
from pages.components.canvas import canvas
from pages.components.escape import literal
from zoo.core.errors import InputError, TooLargeError
from zoo.core.knobs import parse_knobs
from zoo.core.texts import decode_text
from zoo.exhibits.gan import along_strokes, of_own_points, parse_points
from zoo.exhibits.gan.knobs import Distribution, GameKnobs

DRAWN, FILE = "draw your own", "from a file"
OWN_STROKES, OWN_FILE = "gan-strokes", "gan-file"  # what the visitor brought, kept when the page is left
NAMED: tuple[str, ...] = Distribution.__args__  # type: ignore[attr-defined]
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.004, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
N_DRAWN = 240  # points along the strokes
MAX_BYTES = 2**20  # of a file of points
START = [
    [(0.28, 0.3), (0.28, 0.34)],
    [(0.72, 0.3), (0.72, 0.34)],
    [(0.2, 0.62), (0.35, 0.78), (0.65, 0.78), (0.8, 0.62)],
]


def choose_distribution() -> tuple[str, np.ndarray[Any, Any] | None]:
    """The name, and the visitor's own points, (N, 2), where they are read from a file.

    Of drawn points, and before a file is chosen, the points are None. Raises InputError, TooLargeError.
    """
    page_state.remember("distribution")
    chosen = st.segmented_control(
        "Distribution",
        [*NAMED, DRAWN, FILE],
        default=NAMED[0],
        required=True,
        key="distribution",
        bind="query-params",
        label_visibility="collapsed",
        help="What the real points are drawn from. The generator never sees one: it only learns what the discriminator "
        "makes of its own.",
        wrap=True,
    )
    if chosen == DRAWN:
        return DRAWN, None
    if chosen == FILE:
        return FILE, _points_of_file()
    return str(chosen), None


def _points_of_file() -> np.ndarray[Any, Any] | None:
    """Of the file that is chosen, or was before the page was left. Raises InputError, TooLargeError."""
    file = st.file_uploader(
        "Points as CSV: two numbers a line, as in 0.5,-1.2 or 0,5;-1,2",
        key="points-file",
        max_upload_size=1,
        on_change=lambda: st.session_state.pop(OWN_FILE, None),
    )
    known, name, points = st.session_state.get(OWN_FILE, ("", "", None))
    if file is None:
        if points is not None:
            st.caption(f"The points of {literal(name)}, as before.")
        return points
    if file.file_id == known:
        return points
    try:
        data = file.getvalue()
        if len(data) > MAX_BYTES:
            raise TooLargeError("The file has more than a megabyte: give at most 5,000 points.")
        points = parse_points(decode_text(data))
        of_own_points(points)
    except InputError as error:
        raise type(error)(f"{file.name}: {error}") from error
    st.session_state[OWN_FILE] = file.file_id, file.name, points
    return points


def draw_canvas() -> np.ndarray[Any, Any]:
    """The canvas, and the points along its strokes; before the visitor draws, those of a face."""
    start = st.session_state.get(OWN_STROKES, START)
    strokes = canvas("gan-drawing", "Draw a distribution", pen=0.012, start=start)
    if "strokes" in st.session_state.get("gan-drawing", {}):
        start = st.session_state[OWN_STROKES] = strokes
    return np.round(along_strokes(start, N_DRAWN), 3)


def choose_knobs(distribution: str) -> GameKnobs:
    """All knobs of both networks."""
    values: dict[str, Any] = {"distribution": distribution} if distribution in NAMED else {}
    left, middle, right = st.columns(3, gap="medium")
    with left:
        values["loss"] = knob_widgets.knob(GameKnobs, "loss", "loss")
        values["generator_rate"] = _rate("generator_rate")
        values["discriminator_rate"] = _rate("discriminator_rate")
        values["discriminator_steps"] = knob_widgets.knob(GameKnobs, "discriminator_steps", "discriminator_steps")
    with middle:
        values["hidden"] = knob_widgets.knob(GameKnobs, "hidden", "hidden", step=4)
        values["layers"] = knob_widgets.knob(GameKnobs, "layers", "layers")
        values["noise"] = knob_widgets.knob(GameKnobs, "noise", "noise")
        values["batch"] = knob_widgets.knob(GameKnobs, "batch", "batch", step=8)
    with right:
        values["r1"] = knob_widgets.knob(GameKnobs, "r1", "r1")
        values["penalty"] = knob_widgets.knob(GameKnobs, "penalty", "penalty", disabled=values["loss"] != "Wasserstein")
        values["seed"] = knob_widgets.knob(GameKnobs, "seed", "seed")
    return parse_knobs(GameKnobs, **values)


def _rate(name: str) -> float:
    """A learning rate, on a scale of ratios."""
    page_state.remember(name)
    page_state.drop_unless(name, RATES)
    field = GameKnobs.model_fields[name]
    return float(
        st.select_slider(
            str(field.title), RATES, field.default, key=name, help=field.description, bind="query-params",
            format_func=lambda rate: f"{rate:g}",
        )
    )  # fmt: skip
