"""Augmented sentences with their changes marked, and learning curves."""

from collections.abc import Iterable, Sequence
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, layout
from zoo.exhibits import sentiment
from zoo.exhibits.augment.results import DiffSpan, LearningCurve
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL
from zoo.exhibits.sentiment.labels import LABELS

TAGS = {"same": "span", "added": "ins", "removed": "del"}
COLORS = {"added": "#2E7D4F", "removed": "#B23A3A"}
SMALLEST = 0.005  # change of polarity with a digit to show
SERIES = {"original": "#C4621A", "augmented": "#0F6B5C"}


@st.cache_data(max_entries=200, show_spinner=False)
def labels_and_polarities(texts: tuple[str, ...]) -> list[tuple[str, float]]:
    """The sentiment and the polarity of each text."""
    rows = sentiment.probabilities(DEFAULT_MODEL, texts)
    return [(LABELS[int(row.argmax())], float(row[-1] - row[0])) for row in rows]


def draw_sentences(text: str, sentences: Iterable[tuple[str, Sequence[DiffSpan], str]]) -> None:
    """New sentences: text, diff to the original, and how each was made; below each, whether its sentiment changed."""
    sentences = list(sentences)
    (label, polarity), *predictions = labels_and_polarities((text, *(new for new, _, _ in sentences)))
    st.caption(f"The original is {label}, with a polarity of {polarity:+.2f}.")
    for (_, diff, operation), (new_label, new_polarity) in zip(sentences, predictions, strict=True):
        spans = " ".join(map(_span, diff))
        st.html(f'<p style="font-size:1.05rem;margin:0;overflow-wrap:anywhere">{spans}</p>')
        kept = "still" if new_label == label else "now"
        change = new_polarity - polarity
        changed = f"changed by {change:+.2f}" if abs(change) >= SMALLEST else "unchanged"
        st.caption(f"{operation} · {kept} {new_label}, polarity {changed}")


def _span(span: DiffSpan) -> str:
    tag, style = TAGS[span.kind], ""
    if span.kind in COLORS:
        background = f"color-mix(in srgb, {COLORS[span.kind]} 22%, transparent)"
        style = f' style="background:{background};border-radius:4px;padding:1px 4px"'
    return f"<{tag}{style}>{escape(span.text)}</{tag}>"


def draw_learning_curve(curve: LearningCurve) -> None:
    """Accuracy against rows; a bar spans one standard deviation over the draws on either side."""
    rows = pd.DataFrame(
        {
            "rows": point.rows,
            "training data": "augmented" if point.augmented else "original",
            "accuracy": point.accuracy,
            "deviation": point.deviation,
        }
        for point in curve.points
    )
    bars = rows.assign(low=rows["accuracy"] - rows["deviation"], high=rows["accuracy"] + rows["deviation"])
    bars[["low", "high"]] = bars[["low", "high"]].clip(0, 1)  # an accuracy above 100 % would stretch the axis
    sizes = sorted({point.rows for point in curve.points})
    ticks = alt.Axis(title="training rows", values=sizes, format="d", **charts.AXIS)
    x = alt.X("rows:Q", scale=alt.Scale(type="log", nice=False, padding=12), axis=ticks)
    axis = alt.Axis(format="%", title="held-out accuracy", tickCount=5, **charts.AXIS)
    y = alt.Y("accuracy:Q", scale=alt.Scale(zero=False, nice=False, padding=8), axis=axis)
    base = alt.Chart(bars).encode(x=x, color=charts.color_by("training data", SERIES, legend=True))
    chart = base.mark_line(point=True).encode(y=y) + base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q")
    values = ", ".join(
        f"{point.rows} rows {'augmented' if point.augmented else 'original'} {point.accuracy:.1%}"
        for point in curve.points
    )
    st.altair_chart(chart.properties(height=340), alt=f"Accuracy against rows: {values}")
    layout.download("Learning curve as CSV", rows.to_csv(index=False), "learning-curve.csv", "text/csv")
