"""The charts of a training: loss and accuracy by epoch, the learning-rate finder, calibration, the confusion matrix."""

import itertools
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.exhibits.train import measures
from zoo.exhibits.train.results import Curves

TEAL, ORANGE, BLUE, RED = "#0F6B5C", "#C4621A", "#2F6FA3", "#A63D57"
CELL, SMALL_CELL = "cell", 12  # the selection of the matrix; from so many classes on, no numbers are drawn


def draw_curves(curves: Curves) -> None:
    """Loss and accuracy by epoch, a rule where all layers begin to train, and the finder."""
    if not curves.epochs:
        st.caption("The first epoch is being trained.")
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            draw_loss(curves)
        with right:
            draw_accuracy(curves)
    if curves.finder:
        draw_finder(curves)


def epoch_rows(curves: Curves) -> pd.DataFrame:
    rows = [{**vars(epoch), "place": place} for place, epoch in enumerate(curves.epochs, 1)]
    return pd.DataFrame(rows)


def draw_loss(curves: Curves) -> None:
    """Training and validation loss."""
    rows = epoch_rows(curves)
    losses = rows.melt(
        id_vars=["place", "stage", "run", "learning_rate"],
        value_vars=["loss", "validation_loss"],
        var_name="of",
        value_name="nats",
    ).replace({"of": {"loss": "training", "validation_loss": "validation"}})
    chart = alt.Chart(losses).mark_line(point=len(rows) < 15)
    chart = chart.encode(
        x=place(),
        y=alt.Y("nats:Q", title="loss (nats)", scale=alt.Scale(zero=False), axis=alt.Axis(**charts.AXIS)),
        color=charts.color_by("of", {"training": ORANGE, "validation": TEAL}, legend=True),
        detail="run:N",
        tooltip=["place", "stage", "run", "of", alt.Tooltip("nats:Q", format=".4f")],
    )
    last = curves.epochs[-1]
    text = f"Loss by epoch: {last.loss:.3f} in training and {last.validation_loss:.3f} in validation now"
    st.altair_chart(with_stages(chart, curves).properties(height=230), alt=text)


def draw_accuracy(curves: Curves) -> None:
    """The accuracy on the validation pictures."""
    rows = epoch_rows(curves)
    chart = alt.Chart(rows).mark_line(point=len(rows) < 15, color=TEAL)
    percent = alt.Axis(format="%", **charts.AXIS)
    y = alt.Y("validation_accuracy:Q", title="validation accuracy", scale=alt.Scale(domain=[0, 1]), axis=percent)
    accuracy = alt.Tooltip("validation_accuracy:Q", format=".1%")
    chart = chart.encode(x=place(), y=y, detail="run:N", tooltip=["place", "stage", "run", accuracy])
    text = f"Validation accuracy by epoch: {curves.epochs[-1].validation_accuracy:.1%} now"
    st.altair_chart(with_stages(chart, curves).properties(height=230), alt=text)


def place() -> alt.X:
    return alt.X("place:Q", title="epoch", scale=alt.Scale(nice=False), axis=alt.Axis(tickMinStep=1, **charts.AXIS))


def with_stages(chart: alt.Chart, curves: Curves) -> alt.Chart | alt.LayerChart:
    """The chart with a dashed rule at each epoch that begins another stage or run."""
    starts = [
        n + 0.5
        for n, (before, after) in enumerate(itertools.pairwise(curves.epochs), 1)
        if (before.stage, before.run) != (after.stage, after.run)
    ]
    if not starts:
        return chart
    rule = alt.Chart(pd.DataFrame({"place": starts})).mark_rule(strokeDash=[5, 4], color=charts.TEXT)
    return chart + rule.encode(x="place:Q")


def draw_finder(curves: Curves) -> None:
    """The loss at each learning rate of the finder, with the suggestion marked."""
    rows = pd.DataFrame(curves.finder, columns=["learning rate", "loss"])
    x = alt.X("learning rate:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~e", tickCount=6, **charts.AXIS))
    y = alt.Y("loss:Q", title="smoothed loss", scale=alt.Scale(zero=False), axis=alt.Axis(**charts.AXIS))
    chart = alt.Chart(rows).mark_line(color=BLUE).encode(x=x, y=y)
    if curves.suggestion:
        mark = pd.DataFrame({"learning rate": [curves.suggestion], "text": [f"suggestion: {curves.suggestion:.2g}"]})
        rule = alt.Chart(mark).mark_rule(strokeDash=[5, 4], size=2, color=charts.TEXT).encode(x="learning rate:Q")
        text = alt.Chart(mark).mark_text(align="left", dx=6, fontSize=13, color=charts.TEXT)
        chart = chart + rule + text.encode(x="learning rate:Q", y=alt.value(14), text="text:N")
    st.altair_chart(
        chart.properties(height=200, title=alt.Title("Learning-rate finder", color=charts.TEXT, fontSize=14)),
        alt=f"Smoothed loss by learning rate; the finder suggests {curves.suggestion:.2g}",
    )


def draw_reliability(labels: Sequence[int], probabilities: Sequence[Sequence[float]], name: str = "") -> None:
    """Accuracy in bins of confidence, against the diagonal of perfect calibration."""
    result = measures.reliability(labels, probabilities)
    rows = pd.DataFrame(
        {
            "from": result.edges[:-1],
            "to": result.edges[1:],
            "confidence": result.confidence,
            "accuracy": result.accuracy,
            "pictures": result.count,
        }
    ).dropna()
    percent = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], **charts.AXIS)
    domain = alt.Scale(domain=[0, 1], nice=False)
    bars = alt.Chart(rows).mark_bar(color=TEAL, opacity=0.85)
    bars = bars.encode(
        x=alt.X("from:Q", title="confidence", scale=domain, axis=percent),
        x2="to:Q",
        y=alt.Y("accuracy:Q", scale=domain, axis=percent),
        y2=alt.datum(0),
        tooltip=["pictures", alt.Tooltip("confidence:Q", format=".1%"), alt.Tooltip("accuracy:Q", format=".1%")],
    )
    corners = pd.DataFrame({"from": [0.0, 1.0], "accuracy": [0.0, 1.0]})
    diagonal = alt.Chart(corners).mark_line(strokeDash=[5, 4], color=charts.TEXT)
    diagonal = diagonal.encode(x=alt.X("from:Q", title="confidence"), y="accuracy:Q")
    text = f"{name}Reliability diagram: expected calibration error {result.error:.1%}"
    st.altair_chart((bars + diagonal).properties(height=260), alt=text)


def draw_confusion(
    counts: Sequence[Sequence[int]], classes: Sequence[str], key: str = "", on_select: Any = "ignore", name: str = ""
) -> None:
    """True classes down, predicted ones across. With a ``key`` a click selects a cell: see ``clicked``."""
    matrix = np.asarray(counts)
    rows = pd.DataFrame(
        [
            {"true": a, "predicted": b, "pictures": int(matrix[i, j]), "part": matrix[i, j] / max(1, matrix[i].sum())}
            for i, a in enumerate(classes)
            for j, b in enumerate(classes)
        ]
    )
    rows["kind"] = np.where(rows["true"] == rows["predicted"], "right", "wrong")
    axis = {"labelLimit": 110, **charts.AXIS}
    base = alt.Chart(rows).encode(
        x=alt.X("predicted:N", sort=list(classes), axis=alt.Axis(orient="top", labelAngle=-30, **axis)),
        y=alt.Y("true:N", sort=list(classes), axis=alt.Axis(**axis)),
        tooltip=["true", "predicted", "pictures"],
    )
    cells = base.mark_rect(cornerRadius=3, stroke=charts.TEXT, strokeWidth=0.3, cursor="pointer" if key else "default")
    cells = cells.encode(
        color=charts.color_by("kind", {"right": TEAL, "wrong": RED}),
        opacity=alt.Opacity("part:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1.0]), legend=None),
    )
    if key:
        cells = cells.add_params(alt.selection_point(name=CELL, fields=["true", "predicted"]))
    chart = cells
    if len(classes) <= SMALL_CELL:
        # Black on white and the reverse would need to know the theme: the numbers stand on a disc of their own.
        ink = alt.condition("datum.part > 0.5", alt.value("white"), alt.value(charts.TEXT))
        chart = cells + base.mark_text(fontSize=14).encode(text="pictures:Q", color=ink)
    side = int(np.clip(44 * len(classes), 150, 520)) + 70
    wrong = [f"{r.pictures} {r.true} as {r.predicted}" for r in rows.itertuples() if r.kind == "wrong" and r.pictures]
    text = f"{name}Confusion matrix: {np.trace(matrix)} of {matrix.sum()} right" + "".join(f"; {one}" for one in wrong)
    options = {"key": key, "on_select": on_select, "selection_mode": CELL} if key else {}
    st.altair_chart(chart.properties(height=side), alt=text, **options)


def clicked(key: str) -> tuple[str, str] | None:
    """True and predicted class of the cell that was clicked last; None where the selection was taken away."""
    state = st.session_state.get(key)
    points = state["selection"].get(CELL) if state else None
    return (points[0]["true"], points[0]["predicted"]) if points else None
