"""The charts of Adversarial: probabilities against epsilon, the transfer matrix, margins by queries, accuracies."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.core.cards import Card
from zoo.exhibits.adversarial import EpsilonCurve, SurrogateAttack, TransferMatrix

BLUE, RED, GREEN = "#2F6FA3", "#A63D57", "#0F6B5C"
LINE = 15  # pixels from one line of a label to the next


def percent_axis() -> alt.Axis:
    """From 0 to 100 %."""
    return alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], **charts.AXIS)


def draw_epsilon_curve(curve: EpsilonCurve, rows: pd.DataFrame) -> None:
    """``rows``: from ``epsilon_rows``. A dashed line marks the smallest epsilon that fools the model."""
    ticks = alt.Axis(values=[0, 0.5, 1, 2, 4, 8, 16, 32], format="~g", **charts.AXIS)
    x = alt.X("epsilon:Q", title="epsilon (/ 255)", scale=alt.Scale(type="symlog", constant=1), axis=ticks)
    y = alt.Y("probability:Q", axis=percent_axis(), scale=alt.Scale(domain=[0, 1], nice=False))
    colours = dict(zip(rows["class"].unique(), (BLUE, RED), strict=False))
    chart = alt.Chart(rows).mark_line(point=True)
    chart = chart.encode(x=x, y=y, color=charts.color_by("class", colours, legend=True))
    if curve.smallest_epsilon is not None:
        rule = alt.Chart(pd.DataFrame({"epsilon": [curve.smallest_epsilon]})).mark_rule(strokeDash=[5, 4], size=2)
        chart += rule.encode(x="epsilon:Q", color=alt.value(charts.TEXT))
    described = ", ".join(f"{point.original_probability:.0%} at {point.epsilon:g}" for point in curve.points)
    st.altair_chart(chart.properties(height=280), alt=f"Probability of {curve.original} against epsilon: {described}")


def epsilon_rows(curve: EpsilonCurve) -> pd.DataFrame:
    """One row for each point and class."""
    labels = [curve.original, curve.target or "best other class"]
    return pd.DataFrame(
        [
            {"epsilon": point.epsilon, "class": label, "probability": probability}
            for point in curve.points
            for label, probability in zip(labels, (point.original_probability, point.other_probability), strict=True)
        ]
    )


def draw_transfer_matrix(matrix: TransferMatrix) -> None:
    """Attacked models down, tested models across: the predicted class, and whether it changed."""
    rows = pd.DataFrame(
        [
            {
                "attacked model": cell.source,
                "tested model": cell.victim,
                "before": cell.before,
                "after": cell.after,
                "result": "fooled" if cell.fooled else "not fooled",
            }
            for cell in matrix.cells
        ]
    )
    # Names in several lines: on a phone Vega would drop those that overlap.
    lines = {"labelExpr": "split(datum.value, '-')", "labelOverlap": False}
    padding = 4 + LINE * max(name.count("-") for name in matrix.models)  # the first line stands at the axis
    axis = alt.Axis(labelAngle=0, labelLimit=190, orient="top", labelPadding=padding, **lines, **charts.AXIS)
    base = alt.Chart(rows).encode(
        x=alt.X("tested model:N", axis=axis, sort=None),
        y=alt.Y("attacked model:N", axis=alt.Axis(labelLimit=160, **lines, **charts.AXIS), sort=None),
        tooltip=list(rows.columns),
    )
    cells = base.mark_rect(cornerRadius=4, stroke="white").encode(
        color=charts.color_by("result", {"fooled": RED, "not fooled": GREEN})
    )
    text = base.mark_text(color="white", fontSize=13, limit=170).encode(text="after:N")
    described = "; ".join(
        f"{cell.victim} {'is fooled' if cell.fooled else 'is not fooled'} by the attack on {cell.source}"
        for cell in matrix.cells
    )
    height = 70 * len(matrix.models) + 40
    st.altair_chart((cells + text).properties(height=height), alt=f"Transfer of attacks: {described}")


def draw_margins(result: SurrogateAttack) -> None:
    """The margin after each fit of the surrogate; below the dashed line the model is fooled."""
    rows = pd.DataFrame({"queries": result.queries, "margin": result.margins})
    chart = alt.Chart(rows).encode(
        x=alt.X("queries:Q", axis=alt.Axis(tickMinStep=1, **charts.AXIS)),
        y=alt.Y("margin:Q", title="margin (log-probability)", axis=alt.Axis(**charts.AXIS)),
        tooltip=["queries", alt.Tooltip("margin:Q", format=".2f")],
    )
    line = chart.mark_line(point=True, color=BLUE)
    zero = alt.Chart(pd.DataFrame({"margin": [0.0]})).mark_rule(strokeDash=[5, 4], size=2)
    zero = zero.encode(y="margin:Q", color=alt.value(charts.TEXT))
    described = ", ".join(
        f"{margin:.2f} after {count}" for count, margin in zip(result.queries, result.margins, strict=True)
    )
    st.altair_chart((line + zero).properties(height=280), alt=f"Margin by queries: {described}")


def draw_accuracies(cards: tuple[Card, ...]) -> None:
    """The accuracies in the cards of a network trained as usual and of one trained adversarially."""
    rows = pd.DataFrame(
        [
            {"model": card.name, "metric": metric.name, "accuracy": metric.value, "measured on": metric.dataset}
            for card in cards
            for metric in card.metrics
        ]
    )
    chart = alt.Chart(rows).mark_bar(cornerRadiusEnd=3)
    chart = chart.encode(
        x=alt.X("accuracy:Q", axis=percent_axis(), scale=alt.Scale(domain=[0, 1], nice=False)),
        y=alt.Y("metric:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, **charts.AXIS)),
        yOffset=alt.YOffset("model:N", sort=None),
        color=charts.color_by(
            "model", dict(zip([card.name for card in cards], (RED, GREEN), strict=True)), legend=True
        ),
        tooltip=["model", "metric", alt.Tooltip("accuracy:Q", format=".1%"), "measured on"],
    )
    described = "; ".join(f"{card.name}: {metric.name} {metric.formatted}" for card in cards for metric in card.metrics)
    st.altair_chart(chart.properties(height=300), alt=f"Accuracy with and without adversarial training: {described}")
