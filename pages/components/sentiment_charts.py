"""Charts of Sentiment: probabilities by class, coloured words, polarities of rewrites, statistics of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from pages.components.escape import literal
from zoo.core.answers import Answer
from zoo.exhibits import sentiment as exhibit
from zoo.exhibits.sentiment.results import AnnotatedRow, AnnotatedTable, Rewrites, WordContribution, WordContributions

COLOURS = {"negative": "#B23A3A", "neutral": "#8A8F8C", "positive": "#2E7D4F"}
POLARITY = "Polarity is the probability of positive minus that of negative, from -1 to 1."
OWN_CLASS = "#2F6FA3"  # of the classes of a user model
FULL_COLOUR = 0.2  # the least contribution that gets the full colour, so that weak words stay pale


def draw_probabilities(answer: Answer) -> None:
    """A bar per class: in the order negative, neutral, positive, or else the most probable first."""
    st.markdown(f"**{literal(answer.model)}** · {literal(answer.restriction)} · {answer.milliseconds:.1f} ms")
    by_label = {prediction.label: prediction.probability for prediction in answer.predictions}
    colours = colours_of(by_label)
    ordered = {label: by_label[label] for label in colours}
    rows = pd.DataFrame({"label": ordered.keys(), "probability": ordered.values()})
    axis = alt.Axis(ticks=False, domain=False, minExtent=70, **charts.AXIS)
    y = alt.Y("label:N", sort=list(ordered), title=None, axis=axis)
    x = alt.X("probability:Q", scale=alt.Scale(domain=[0, 1.15]), axis=None)
    bars = alt.Chart(rows).encode(y=y, x=x)
    values = bars.mark_text(align="left", dx=4, fontSize=14, color=charts.TEXT)
    chart = bars.mark_bar(cornerRadius=3).encode(color=charts.color_by("label", colours))
    chart += values.encode(text=alt.Text("probability:Q", format=".1%"))
    text = ", ".join(f"{label} {probability:.0%}" for label, probability in ordered.items())
    st.altair_chart(chart.properties(height=34 * len(rows)), alt=f"Bar chart of {answer.model}: {text}")


def colours_of(labels: Iterable[str]) -> dict[str, str]:
    """The classes with their colours, sentiments in their order; other classes have one colour, in the given order."""
    given = list(labels)
    if set(given) <= COLOURS.keys():
        return {label: colour for label, colour in COLOURS.items() if label in given}
    return dict.fromkeys(given, OWN_CLASS)


def draw_words(words: tuple[WordContribution, ...], label: str = "") -> None:
    """The text, each word on green or red, by its contribution to the polarity or to the class ``label``."""
    strongest = max([abs(word.contribution) for word in words], default=0) or 1
    spans = []
    for word in words:
        relative = word.contribution / max(strongest, FULL_COLOUR)
        colour = COLOURS["positive" if relative > 0 else "negative"]
        background = f"background:color-mix(in srgb, {colour} {abs(relative):.0%}, transparent)"
        text_colour = "color:white" if abs(relative) > 0.6 else ""
        style = f"{background};{text_colour};padding:2px 5px;border-radius:5px"
        spans.append(f'<span style="{style}" title="{word.contribution:+.3f}">{escape(word.word)}</span>')
    st.html(f'<p style="font-size:1.15rem;line-height:2.1;margin:0;overflow-wrap:anywhere">{" ".join(spans)}</p>')
    evidence = f"for {literal(label)}, red ones against it" if label else "for positive, red ones for negative"
    st.caption(f"Green words are evidence {evidence}.")


def draw_rewrites(result: Rewrites) -> None:
    """A bar per version of the text: its polarity, or else a table where there is none."""
    if any(version.polarity is None for version in result.rewrites):
        rows = [(each.name, each.text, each.label, each.probability) for each in result.rewrites]
        config = {"probability": st.column_config.NumberColumn(format="percent")}
        columns = ["rewrite", "text", "label", "probability"]
        st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, column_config=config)
        return
    draw_polarities(result)


def draw_polarities(result: Rewrites) -> None:
    """The bars."""
    rows = [
        {"rewrite": version.name, "text": version.text, "label": version.label, "polarity": version.polarity}
        for version in result.rewrites
    ]
    axis = alt.Axis(labelLimit=200, ticks=False, domain=False, minExtent=140, **charts.AXIS)
    x = alt.X(
        "polarity:Q", scale=alt.Scale(domain=[-1, 1]), axis=alt.Axis(title="polarity", tickCount=5, **charts.AXIS)
    )
    colour = alt.condition(alt.datum.polarity < 0, alt.value(COLOURS["negative"]), alt.value(COLOURS["positive"]))
    tooltip = ["text", "label", alt.Tooltip("polarity:Q", format="+.2f")]
    y = alt.Y("rewrite:N", sort=None, title=None, axis=axis)
    bars = alt.Chart(pd.DataFrame(rows)).mark_bar(cornerRadius=3).encode(x=x, y=y, color=colour, tooltip=tooltip)
    text = ", ".join(f"{row['rewrite']} {row['polarity']:+.2f}" for row in rows)
    st.altair_chart(bars.properties(height=30 * len(rows) + 50), alt=f"Bar chart of polarities: {text}")
    st.caption(POLARITY)


def draw_tables(contributions: WordContributions, rewrites: Rewrites) -> None:
    """The numbers behind the colours and the bars."""
    with st.expander("Contributions and rewrites as tables", icon=":material/table:"):
        st.dataframe(
            pd.DataFrame([{"word": word.word, "contribution": word.contribution} for word in contributions.words]),
            hide_index=True,
        )
        st.dataframe(pd.DataFrame(map(asdict, rewrites.rewrites)), hide_index=True)


def draw_statistics(result: AnnotatedTable) -> None:
    """Rows by label, and the histogram of polarities."""
    left, right = st.columns(2)
    counts = pd.DataFrame({"label": result.counts.keys(), "rows": result.counts.values()})
    axis = alt.Axis(tickMinStep=1, format=",d", **charts.AXIS)
    colours = colours_of(result.counts)
    y = alt.Y("label:N", sort=list(colours), title=None, axis=alt.Axis(**charts.AXIS))
    bars = alt.Chart(counts).mark_bar(cornerRadius=3).encode(x=alt.X("rows:Q", axis=axis), y=y)
    bars = bars.encode(color=charts.color_by("label", colours))
    left.altair_chart(bars.properties(height=160), alt="Bar chart: rows of each class")
    if not any(result.histogram):
        return
    edges = [2 * index / len(result.histogram) - 1 for index in range(len(result.histogram))]
    histogram = pd.DataFrame({"polarity": edges, "rows": result.histogram})
    bins = alt.X("polarity:O", axis=alt.Axis(format=".1f", labelAngle=0, labelOverlap=True, **charts.AXIS))
    columns = alt.Chart(histogram).mark_bar().encode(x=bins, y=alt.Y("rows:Q", axis=axis))
    right.altair_chart(columns.properties(height=160), alt="Histogram: rows by polarity")


def draw_rows(result: AnnotatedTable) -> None:
    """Confusion matrix and mistakes where the table has labels, and the least certain rows."""
    if result.confusion:
        st.markdown("**Confusion matrix: true label by row, predicted label by column**")
        matrix = pd.DataFrame.from_dict(result.confusion, orient="index").fillna(0).astype(int)
        st.dataframe(matrix.rename_axis("true").sort_index(axis=0).sort_index(axis=1))
        st.markdown("**The most confident mistakes**")
        st.dataframe(_frame(result.mistakes), hide_index=True)
    st.markdown("**The least certain rows**")
    chosen = st.pills(
        "Predicted label",
        list(result.counts),
        selection_mode="multi",
        format_func=literal,
        key="table-filter",
        wrap=True,
    )
    uncertain = [row for row in result.uncertain if not chosen or row.label in chosen]
    st.dataframe(_frame(uncertain), hide_index=True)


def _frame(rows: Sequence[AnnotatedRow]) -> pd.DataFrame:
    """A row's own cells and the added columns, under the names that the written table has."""
    if not rows:
        return pd.DataFrame()
    names = exhibit.added_columns(list(rows[0].cells))
    return pd.DataFrame(
        [row.cells | dict(zip(names, (row.label, row.probability, row.polarity), strict=True)) for row in rows]
    )
