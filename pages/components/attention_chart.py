"""The attention weights between the words of a sentence and of its translation, as a heat map."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.exhibits.translate.results import AlignedSentence

ROW_HEIGHT, HEADER_HEIGHT = 26, 60  # pixels


def draw_attention_weights(sentence: AlignedSentence) -> None:
    """A field for each pair of words: source words above, target words on the left."""
    # A word may occur twice in a sentence: its index makes the label unique, and is cut off where it is drawn.
    rows = [
        {"source": f"{s}.{source}", "target": f"{t}.{target}", "weight": float(sentence.weights[t, s])}
        for t, target in enumerate(sentence.target)
        for s, source in enumerate(sentence.source)
    ]
    axis = {"labelExpr": "slice(datum.label, indexof(datum.label, '.') + 1)", **charts.AXIS}
    x = alt.X("source:N", sort=None, title=None, axis=alt.Axis(labelAngle=-40, orient="top", **axis))
    y = alt.Y("target:N", sort=None, title=None, axis=alt.Axis(**axis))
    color = alt.Color("weight:Q", scale=alt.Scale(domain=[0, 1], range=["#0F6B5C08", "#0F6B5C"]), legend=None)
    fields = alt.Chart(pd.DataFrame(rows)).mark_rect(cornerRadius=3)
    chart = fields.encode(x=x, y=y, color=color, tooltip=alt.Tooltip("weight:Q", format=".0%"))
    best = [sentence.source[int(row.argmax())] for row in sentence.weights]
    pairs = ", ".join(f"{target} to {source}" for target, source in zip(sentence.target, best, strict=True))
    height = HEADER_HEIGHT + ROW_HEIGHT * len(sentence.target)
    st.altair_chart(chart.properties(height=height), alt=f"Greatest attention weights: {pairs}")
