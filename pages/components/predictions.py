"""A classifier's answer as bars, on every page that names classes."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.core.answers import Answer


def draw_answer(
    answer: Answer, facts: str, known: str, families: tuple[dict[str, str], dict[str, str]] | None = None
) -> None:
    """Bars from the most probable class down, and the warning when none may fit. ``known``: what the model tells apart.

    ``families``: the family of each class in the answer, and the colour of each family.
    """
    st.markdown(f"**{answer.model}** · {facts} · {answer.milliseconds:.0f} ms")
    if answer.unsure:
        st.warning(f"Not sure of this one: it may be none of the {known} this model knows.", icon=":material/help:")
    rows = pd.DataFrame([{"class": p.label, "odds": p.probability} for p in answer.predictions])
    # A least width for the labels has the bars of several models begin at one line.
    names = alt.Axis(labelLimit=170, minExtent=125, ticks=False, domain=False, **charts.INK)
    y = alt.Y("class:N", sort=None, title=None, axis=names)
    bars = alt.Chart(rows).encode(y=y, x=alt.X("odds:Q", scale=alt.Scale(domain=[0, 1.45]), axis=None))
    odds = bars.mark_text(align="left", dx=4, fontSize=13, color=charts.TEXT)
    marks = bars.mark_bar(cornerRadius=3)
    if families:
        family_of, colours = families
        rows["family"] = rows["class"].map(family_of)
        marks = bars.mark_bar(cornerRadius=3).encode(color=charts.color_by("family", colours))
    chart = marks + odds.encode(text=alt.Text("odds:Q", format=".1%"))
    spoken = ", ".join(f"{p.label} {p.probability:.0%}" for p in answer.predictions)
    st.altair_chart(chart.properties(height=30 * len(rows) + 8), alt=f"Bar chart of {answer.model}: {spoken}")
