"""A classifier's answer as a bar chart of probabilities, for every page with a classifier."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from pages.components.escape import literal
from zoo.core.answers import Answer


def draw_notes(notes: Sequence[str], elsewhere: Sequence[str] = ()) -> None:
    """What a result tells of its input, without those that stand beside the input."""
    for note in notes:
        if note not in elsewhere:
            st.info(literal(note), icon=":material/info:")


def draw_summary(container: Any, answer: Answer) -> None:
    """The most probable class in a line, before everything else."""
    best = answer.predictions[0]
    text = f"{literal(best.label)}, {best.probability:.0%}"
    container.subheader(f"Unsure: {text}" if answer.unsure else text, anchor=False)


def draw_answer(
    answer: Answer, facts: str, kind: str, categories: tuple[dict[str, str], dict[str, str]] | None = None
) -> None:
    """Bars in descending order of probability, with a warning where the answer is unsure.

    ``kind``: the noun for the model's classes, as in "classes" or "sounds". ``categories``: the category of each class
    in the answer, and the colour of each category.
    """
    st.markdown(f"**{literal(answer.model)}** · {literal(facts)} · {answer.milliseconds:.0f} ms")
    draw_confidence(answer, kind)
    draw_bars(answer, categories=categories)


def draw_confidence(answer: Answer, kind: str) -> None:
    """A warning where the answer is unsure."""
    if answer.unsure:
        st.warning(f"Low confidence: this may be none of the {kind} that the model has.", icon=":material/help:")


def draw_bars(answer: Answer, name: str = "", categories: tuple[dict[str, str], dict[str, str]] | None = None) -> None:
    """The bars alone. ``name``: begins the chart's alternative text."""
    rows = pd.DataFrame([{"class": p.label, "probability": p.probability} for p in answer.predictions])
    # With one minimum width of the labels, the bars of several models are aligned.
    axis = alt.Axis(labelLimit=170, minExtent=125, ticks=False, domain=False, **charts.AXIS)
    y = alt.Y("class:N", sort=None, title=None, axis=axis)
    bars = alt.Chart(rows).encode(y=y, x=alt.X("probability:Q", scale=alt.Scale(domain=[0, 1.45]), axis=None))
    labels = bars.mark_text(align="left", dx=4, fontSize=13, color=charts.TEXT)
    marks = bars.mark_bar(cornerRadius=3)
    if categories:
        category_of, colours = categories
        rows["category"] = rows["class"].map(category_of)
        marks = bars.mark_bar(cornerRadius=3).encode(color=charts.color_by("category", colours))
    chart = marks + labels.encode(text=alt.Text("probability:Q", format=".1%"))
    values = ", ".join(f"{p.label} {p.probability:.0%}" for p in answer.predictions)
    st.altair_chart(chart.properties(height=30 * len(rows) + 8), alt=f"{name}Bar chart of {answer.model}: {values}")
