"""The two-dimensional map of the features of all pictures, with a rectangle that selects some."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.exhibits.train.results import Scored, Training

BRUSH = "brush"
COLORS = ("#0F6B5C", "#C17C00", "#A63D57", "#2F6FA3", "#7A9A2E", "#74518F", "#B8622D", "#5E6B66")


def draw_map(training: Training, scored: Sequence[Scored], key: str) -> list[Scored] | None:
    """Each picture as a point of the colour of its label; those in the visitor's rectangle, None without one."""
    rows = pd.DataFrame(
        [
            {
                "x": one.position[0],
                "y": one.position[1],
                "label": one.label,
                "predicted": one.predicted,
                "doubt": "doubtful label" if one.issue else "label",
                "pictures": one.split,
            }
            for one in scored
        ]
    )
    colors = {name: COLORS[number % len(COLORS)] for number, name in enumerate(training.classes)}
    shape = alt.Shape(
        "doubt:N",
        scale=alt.Scale(domain=["label", "doubtful label"], range=["circle", "triangle-up"]),
        legend=alt.Legend(
            title=None, orient="bottom", labelColor=charts.TEXT, labelFontSize=13, symbolFillColor=charts.TEXT
        ),
    )
    scale, hidden = (
        alt.Scale(zero=False, nice=False, padding=12),
        alt.Axis(labels=False, ticks=False, title=None, grid=False),
    )
    chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=70, opacity=0.8)
        .encode(
            x=alt.X("x:Q", scale=scale, axis=hidden),
            y=alt.Y("y:Q", scale=scale, axis=hidden),
            color=charts.color_by("label", colors, legend=True),
            shape=shape,
            tooltip=["label", "predicted", "doubt", "pictures"],
        )
        .add_params(alt.selection_interval(name=BRUSH))
    )
    described = ", ".join(f"{count} {label}" for label, count in rows["label"].value_counts().items())
    state = st.altair_chart(
        chart.properties(height=420),
        key=key,
        on_select="rerun",
        selection_mode=BRUSH,
        alt=f"Map of the features of {len(rows)} pictures: {described}",
    )
    return inside(scored, dict(state["selection"].get(BRUSH) or {}))


def inside(scored: Sequence[Scored], rectangle: dict[str, list[float]]) -> list[Scored] | None:
    """The pictures in a rectangle of the map: its two sides as ``x`` and ``y``; None where there is no rectangle."""
    if not {"x", "y"} <= rectangle.keys():
        return None
    (left, right), (bottom, top) = sorted(rectangle["x"]), sorted(rectangle["y"])
    return [one for one in scored if left <= one.position[0] <= right and bottom <= one.position[1] <= top]
