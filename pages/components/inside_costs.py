"""Statistics over depth, the flame graph of a prediction, and what gradient checkpointing costs and saves."""

import gzip
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, job_progress, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.inside_flame import flame_graph
from pages.components.inside_input import Opened
from pages.components.inside_tour import VIEW_CODE
from pages.components.inside_tree import size_of
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import inside as exhibit
from zoo.exhibits.inside.knobs import CheckpointingKnobs, StatisticsKnobs, TraceKnobs
from zoo.exhibits.inside.results import Checkpointing, Statistics, Trace

THIS, OTHER = "this input", "compared"
COLOURS = {THIS: "#2F6FA3", OTHER: "#B23A3A"}
SLOWEST = 10  # operators in the table below the flame graph


@st.cache_data(max_entries=50, show_spinner="Computing the examples…")
def statistics(key: str, knobs: StatisticsKnobs, _value: object) -> Statistics:
    return exhibit.statistics(_value, knobs)  # type: ignore[arg-type]


def draw_statistics(opened: Opened) -> None:
    """Mean, standard deviation, dead units and the distance from what is compared, from the first layer to the last."""
    compare = knob_widgets.knob(StatisticsKnobs, "compare", "compare")
    more: dict[str, object] = {}
    if compare == "attack":
        more["epsilon"] = knob_widgets.knob(StatisticsKnobs, "epsilon", "epsilon")
    if compare == "other model":
        more["other"] = knob_widgets.knob(StatisticsKnobs, "other", "other")
    knobs = parse_knobs(StatisticsKnobs, model=opened.card.name, compare=compare, **more)
    result = statistics(opened.key, knobs, opened.value)
    if result.compared:
        st.markdown(f"Compared with {literal(result.compared)}")
    first, second = st.columns(2)
    with first:
        _draw_lines(result, "std", "standard deviation")
        _draw_one(result, "distance", "distance", "Norm of the difference over the norm of the output")
    with second:
        _draw_lines(result, "mean", "mean")
        _draw_one(result, "dead", "dead units", f"Units above zero nowhere on {result.examples} examples")
    layout.download_record("Statistics as JSON", find_operation("inside-statistics"), result)
    draw_code_snippets("inside-statistics", {"input": opened.source}, knobs, opened.own, VIEW_CODE)


def _draw_lines(result: Statistics, name: str, title: str) -> None:
    rows = [
        {"layer": row.index, "name": row.layer, "kind": row.kind, "of": label, title: value}
        for row in result.layers
        for label, value in ((THIS, getattr(row, name)), (OTHER, getattr(row, f"other_{name}")))
        if value is not None
    ]
    compared = any(row["of"] == OTHER for row in rows)
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point={"size": 14})
        .encode(
            x=_depth(rows),
            y=alt.Y(f"{title}:Q", title=title, axis=alt.Axis(**charts.AXIS)),
            color=charts.color_by("of", COLOURS, legend=compared),
            strokeDash=alt.StrokeDash("of:N", legend=None, sort=list(COLOURS)),
            tooltip=["name", "kind", "of", alt.Tooltip(f"{title}:Q", format=".4g")],
        )
    )
    st.altair_chart(chart.properties(height=250), alt=f"The {title} of every layer's output, from first to last")


def _draw_one(result: Statistics, name: str, title: str, description: str) -> None:
    rows = [
        {"layer": row.index, "name": row.layer, title: value}
        for row in result.layers
        if (value := getattr(row, name)) is not None
    ]
    if not rows:
        return
    st.caption(f"{title.capitalize()}: {description[0].lower()}{description[1:]}.")
    axis = alt.Axis(format="%" if name == "dead" else ".2g", **charts.AXIS)
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(color=COLOURS[OTHER if name == "distance" else THIS])
        .encode(
            x=_depth(rows),
            y=alt.Y(f"{title}:Q", title=title, axis=axis),
            tooltip=["name", alt.Tooltip(f"{title}:Q", format=".3g")],
        )
    )
    st.altair_chart(chart.properties(height=200), alt=f"{title} of every layer, from first to last")


def _depth(rows: Sequence[Mapping[str, Any]]) -> alt.X:
    last = max((row["layer"] for row in rows), default=0)
    return charts.steps_x(last, "layer, in the order of the forward pass", "layer")


@st.cache_data(max_entries=20, show_spinner="Recording one prediction…")
def trace(model: str, key: str, number: int, _opened: Opened) -> Trace:
    return exhibit.trace_of(_opened.card, _opened.prepared)


def draw_flame(opened: Opened) -> None:
    """The flame graph, a table of the slowest operators, and the trace as a file."""
    number = st.session_state.setdefault("inside-recording", 0)
    result = trace(opened.card.name, opened.key, number, opened)
    gpu = f" · at most {size_of(result.gpu_peak_bytes)} of GPU memory" if result.gpu_peak_bytes is not None else ""
    st.markdown(
        f"One prediction on {result.device}: **{result.milliseconds:.1f} ms** under the profiler, which slows it "
        f"down · {len(result.spans):,} spans{gpu}"
    )
    label = f"Flame graph of one prediction by {opened.card.name}"
    flame_graph(f"{opened.card.name} {opened.key} {number}", result.spans, label)
    st.caption("Orange: layers. Blue: operators of PyTorch. What lies below a span was called by it. Click to enlarge.")
    _draw_slowest(result)
    with st.container(horizontal=True):
        st.button("Record again", icon=":material/refresh:", key="inside-again", on_click=_record_again)
        layout.download(
            "Chrome trace", lambda: gzip.compress(result.chrome), "inside-trace.json.gz", "application/gzip"
        )
    st.caption("The file opens in [Perfetto](https://ui.perfetto.dev) and in Chrome under chrome://tracing.")
    draw_code_snippets(
        "inside-trace", {"input": opened.source}, parse_knobs(TraceKnobs, model=opened.card.name), opened.own, VIEW_CODE
    )


def _record_again() -> None:
    st.session_state["inside-recording"] += 1


def _draw_slowest(result: Trace) -> None:
    """Operators by the time that they take themselves, without what they call."""
    own: dict[str, float] = {}
    calls: dict[str, int] = {}
    around: list[tuple[int, str, bool]] = []
    for span in result.spans:
        del around[span.depth :]
        if around and not around[-1][2]:
            own[around[-1][1]] -= span.duration_ms
        if not span.is_layer:
            own[span.name] = own.get(span.name, 0.0) + span.duration_ms
            calls[span.name] = calls.get(span.name, 0) + 1
        around.append((span.depth, span.name, span.is_layer))
    rows = sorted(own, key=lambda name: -own[name])[:SLOWEST]
    table = pd.DataFrame(
        {"operator": rows, "calls": [calls[name] for name in rows], "own time (ms)": [own[name] for name in rows]}
    )
    with st.expander("The operators that take the most time themselves", icon=":material/table:"):
        two_digits = st.column_config.NumberColumn(format="%.2f")
        st.dataframe(table, hide_index=True, column_config={"own time (ms)": two_digits})


def draw_training(opened: Opened) -> None:
    """The job that measures a training step, and its result beside the knob of the batch."""
    batch = knob_widgets.knob(CheckpointingKnobs, "batch", "batch")
    st.caption(
        "A training step on copies of your input, on a copy of the network: forward pass, loss, gradients of all "
        "parameters. Measured without and with gradient checkpointing."
    )
    knobs = parse_knobs(CheckpointingKnobs, model=opened.card.name, batch=batch)
    steps = partial(exhibit.checkpointing, opened.value, knobs)
    key = f"{opened.card.name} {opened.key} {batch}"
    result = job_progress.job_button("checkpointing", key, "Measure a training step", steps, "training memory")
    if result is not None:
        _draw_training(result)
    draw_code_snippets("inside-checkpointing", {"input": opened.source}, knobs, opened.own, VIEW_CODE)


def _draw_training(result: Checkpointing) -> None:
    names = ("without", "with checkpointing")
    costs = (result.without, result.checkpointed)
    saved = 1 - result.checkpointed.saved_bytes / max(1, result.without.saved_bytes)
    longer = result.checkpointed.milliseconds / max(1e-9, result.without.milliseconds) - 1
    st.markdown(f"Checkpointing keeps **{saved:.0%} less** for the backward pass; a step takes **{longer:+.0%}** time.")
    for title, values in (
        ("saved tensors (MB)", [cost.saved_bytes / 1e6 for cost in costs]),
        ("most memory at once (MB)", [cost.peak_bytes / 1e6 for cost in costs]),
        ("time of a step (ms)", [cost.milliseconds for cost in costs]),
    ):
        rows = pd.DataFrame({"step": names, title: values})
        bars = alt.Chart(rows).encode(
            x=alt.X(f"{title}:Q", title=title, axis=alt.Axis(**charts.AXIS)),
            y=alt.Y("step:N", sort=list(names), title=None, axis=alt.Axis(minExtent=130, **charts.AXIS)),
        )
        marks = bars.mark_bar(cornerRadius=3).encode(color=alt.Color("step:N", sort=list(names), legend=None))
        text = bars.mark_text(align="left", dx=4, color=charts.TEXT).encode(text=alt.Text(f"{title}:Q", format=",.1f"))
        written = ", ".join(f"{name} {value:,.1f}" for name, value in zip(names, values, strict=True))
        st.altair_chart((marks + text).properties(height=95), alt=f"{title}: {written}")
    st.caption(
        f"Batch of {result.batch} on {result.device}; {len(result.blocks)} blocks are computed again. Parameters take "
        f"{result.parameter_bytes / 1e6:.1f} MB more, and their gradients as much. Largest difference of a gradient: "
        f"{result.gradient_difference:.1e} of the largest."
    )
    layout.download_record("Costs as JSON", find_operation("inside-checkpointing"), result)
