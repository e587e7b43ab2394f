"""All models: filtered, sorted, in a table and a chart to choose from, measured, and compared side by side."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from pages.components.models_compare import MOST, draw_comparison
from pages.components.models_data import best, label, listed
from pages.components.models_measure import draw_measuring
from zoo.exhibits.models.results import Facts, Machine

SORTS = ("name", "task", "size on disk", "parameters", "MACs", "latency here", "metric")
FILTERS = ("search", "tasks", "sources", "restrictions")
AXES = ("latency here (ms)", "size on disk (MB)", "MACs (G)", "parameters (M)")
COLUMNS = {
    "M parameters": st.column_config.NumberColumn(format="%.2f", help="Parameters of the network, in millions."),
    "G MACs": st.column_config.NumberColumn(format="%.3f", help="Multiply-accumulates of one forward pass, in 10⁹."),
    "MB on disk": st.column_config.NumberColumn(format="%.2f", help="The file of weights, in 10⁶ bytes."),
    "MB in memory": st.column_config.NumberColumn(format="%.1f", help="Weights and buffers as computed with."),
    "first ms": st.column_config.NumberColumn(format="%.1f", help="The first call after loading."),
    "p50 ms": st.column_config.NumberColumn(format="%.2f", help="The median latency of a call on this machine."),
    "p95 ms": st.column_config.NumberColumn(format="%.2f", help="95 of 100 calls are faster."),
    "load ms": st.column_config.NumberColumn(format="%.0f", help="From files to a network on the device."),
    "a second": st.column_config.NumberColumn(format="%.1f", help="Inputs a second, batch 1."),
    "a second, batch 8": st.column_config.NumberColumn(format="%.1f", help="Inputs a second, batch 8."),
    "metric": st.column_config.TextColumn(help="The first metric of the card; its data stands beside it."),
}


def draw_all() -> None:
    """The view of all models."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        everything = listed()
        models = chosen_models(everything.models)
    if not models:
        st.info("No model meets these filters.", icon=":material/filter_alt_off:")
        return
    table, chart = st.columns([3, 2], gap="medium")
    with table:
        picked = draw_table(models)
        draw_measuring(models, picked)
        draw_machine(everything.machine, models)
    with chart:
        picked += [name for name in draw_scatter(models) if name not in picked]
    draw_comparison(models, picked[:MOST])


def chosen_models(models: Sequence[Facts]) -> list[Facts]:
    """The models that filters and search let through, in the chosen order."""
    used = sum(bool(st.session_state.get(key)) for key in FILTERS)
    with st.popover(f"Filter and sort{f' ({used})' if used else ''}", icon=":material/tune:"):
        words = st.text_input("Search", placeholder="name, task, data, paper", key="search", bind="query-params")
        tasks = sorted({model.task for model in models})
        chosen_task = st.multiselect("Task", tasks, key="tasks", bind="query-params")
        sources = sorted({model.source for model in models})
        chosen_source = st.multiselect("Source", sources, key="sources", bind="query-params")
        licences = sorted({model.restriction for model in models})
        chosen_licence = st.multiselect("Restriction", licences, key="restrictions", bind="query-params")
        by = st.selectbox("Sort by", SORTS, key="sort", bind="query-params")
    kept = [
        model
        for model in models
        if (not chosen_task or model.task in chosen_task)
        and (not chosen_source or model.source in chosen_source)
        and (not chosen_licence or model.restriction in chosen_licence)
        and all(word in searched_text(model) for word in words.lower().split())
    ]
    return sorted(kept, key=lambda model: sort_key(model, by))


def searched_text(model: Facts) -> str:
    data = " ".join(entry.name for entry in model.training_data)
    parts = (model.name, model.title, model.task, model.architecture, model.licence, model.restriction, data)
    return " ".join((*parts, model.citation)).lower()


def sort_key(model: Facts, by: str) -> tuple[float | str, str]:
    """What a model is sorted by; unknown values come last, and of metrics the highest first."""
    fastest, unknown = best(model), float("inf")
    keys: dict[str, float | str] = {
        "name": label(model),
        "task": model.task,
        "size on disk": model.size_bytes,
        "parameters": model.parameters,
        "MACs": model.costs.macs if model.costs else unknown,
        "latency here": fastest.p50_ms if fastest else unknown,
        "metric": -model.metrics[0].value if model.metrics else unknown,
    }
    return keys[by], model.name


def row(model: Facts) -> dict[str, object]:
    """One model as a row of the table."""
    fastest = best(model)
    metric = model.metrics[0] if model.metrics else None
    return {
        "model": label(model),
        "task": model.task,
        "metric": f"{metric.name} {metric.text}" if metric else "",
        "p50 ms": fastest.p50_ms if fastest else None,
        "M parameters": model.parameters / 1e6,
        "G MACs": model.costs.macs / 1e9 if model.costs else None,
        "MB on disk": model.size_bytes / 1e6,
        "MB in memory": model.costs.memory_bytes / 1e6 if model.costs else None,
        "p95 ms": fastest.p95_ms if fastest else None,
        "first ms": fastest.first_ms if fastest else None,
        "load ms": fastest.load_ms if fastest else None,
        "a second": fastest.per_second_1 if fastest else None,
        "a second, batch 8": fastest.per_second_8 if fastest else None,
        "device": (fastest.device + (" (machine busy)" if fastest.busy else "")) if fastest else "",
        "measured on": f"{metric.dataset} ({metric.provenance})" if metric else "",
        "restriction": model.restriction,
        "architecture": model.architecture,
        "stored as": model.dtype,
        "weights": model.weights,
        "source": model.source if model.on_this_machine else f"{model.source}, to be fetched",
        "licence": model.licence,
        "trained on": "; ".join(entry.name for entry in model.training_data),
    }


def draw_table(models: Sequence[Facts]) -> list[str]:
    """The table; the names of the rows that are selected."""
    names = "-".join(model.name for model in models)  # a selection is of rows: another table has another
    event = st.dataframe(
        pd.DataFrame([row(model) for model in models]),
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        placeholder="–",
        key=f"table-{hash(names)}",
        alt=f"Table of {len(models)} models with their facts",
    )
    noun = "model" if len(models) == 1 else "models"
    st.caption(f"{len(models)} {noun}. Select two to {MOST} rows, or points of the chart, to compare them.")
    return [models[index].name for index in event.selection.rows]


def draw_machine(machine: Machine | None, models: Sequence[Facts]) -> None:
    """What the measurements were made on, and which of them are in doubt."""
    if machine is None or not any(model.measured for model in models):
        return
    memory = f"{machine.memory_bytes / 1e9:.0f} GB"
    st.caption(
        f"Measured on {machine.cpu}, {machine.cores} cores, {memory}, {machine.system}, torch {machine.torch}, "
        f"{machine.threads} threads."
    )
    busy = [label(model) for model in models if any(each.busy for each in model.measured)]
    if busy:
        st.caption(f":material/warning: Machine busy while measuring: {', '.join(busy)}. Measure these again.")


def draw_scatter(models: Sequence[Facts]) -> list[str]:
    """A point per model that has the chosen metric; the names of those that are selected."""
    names = {metric.name for model in models for metric in model.metrics}
    metrics = sorted(names, key=lambda name: (-sizes(models, name), name))
    if not metrics:
        return []
    left, right = st.columns(2)
    name = left.selectbox("Metric", metrics, key="metric", bind="query-params")
    axis = right.selectbox("Against", AXES, index=1, key="against", bind="query-params")
    points = [point for model in models if (point := scatter_point(model, str(name), axis))]
    if not points:
        st.info("None of these models has both values: measure them first.", icon=":material/speed:")
        return []
    data = pd.DataFrame(points)
    x = alt.X(
        "x:Q",
        title=axis,
        scale=alt.Scale(type="log", nice=False, padding=30),
        axis=alt.Axis(tickCount=5, **charts.AXIS),
    )
    y = alt.Y("y:Q", title=name, scale=alt.Scale(zero=False, padding=20), axis=alt.Axis(**charts.AXIS))
    pick = alt.selection_point(name="pick", fields=["name"], toggle="true")
    tooltip = ["model", "data", alt.Tooltip("x:Q", title=axis), alt.Tooltip("text:N", title=str(name))]
    base = alt.Chart(data).encode(x=x, y=y, tooltip=tooltip)
    dots = base.mark_circle(size=160).encode(
        color=alt.Color("data:N", legend=None), opacity=alt.condition(pick, alt.value(1.0), alt.value(0.35))
    )
    labels = base.mark_text(dy=-14, fontSize=12, color=charts.TEXT).encode(text="model:N")
    text = ", ".join(f"{point['model']} {point['text']}" for point in points)
    chart = (dots.add_params(pick) + labels).properties(height=360)
    event = st.altair_chart(
        chart, on_select="rerun", selection_mode="pick", key="scatter", alt=f"{name} by {axis}: {text}"
    )
    st.caption("A colour is one set of data: compare the metric within a colour alone.")
    return [entry["name"] for entry in event.selection.get("pick", []) if entry.get("name")]


def sizes(models: Sequence[Facts], name: str) -> int:
    """How many different sizes the models with this metric have: what there is to compare in the chart."""
    return len({model.parameters for model in models if any(metric.name == name for metric in model.metrics)})


def scatter_point(model: Facts, metric_name: str, axis: str) -> dict[str, object] | None:
    """A model's place in the chart; None where it has not both values."""
    metric = next((each for each in model.metrics if each.name == metric_name), None)
    fastest = best(model)
    values = {
        AXES[0]: fastest.p50_ms if fastest else None,
        AXES[1]: model.size_bytes / 1e6,
        AXES[2]: model.costs.macs / 1e9 if model.costs else None,
        AXES[3]: model.parameters / 1e6,
    }
    x = values[axis]
    if metric is None or not x:
        return None
    values_of = {"x": x, "y": metric.value, "text": metric.text, "data": metric.dataset}
    return {"name": model.name, "model": label(model), **values_of}
