"""What the runtime is doing, live: models in memory with their controls, queue, jobs, memory over time, settings."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts
from pages.components.actions import attempt, draw_refusal
from pages.components.escape import literal
from pages.components.models_data import megabytes
from pages.components.workspaces import workspace
from zoo.core.cards import bundled_cards
from zoo.core.knobs import parse_knobs
from zoo.core.runtime import get_runtime
from zoo.core.runtime_stats import LoadedModel, RuntimeStats
from zoo.core.user_models import SOURCE
from zoo.exhibits import models as exhibit
from zoo.exhibits.models.knobs import MemoryKnobs

TO_LOAD = "to-load"
INTERVAL = 2.0  # seconds between two readings


def draw_runtime() -> None:
    """The view of the runtime."""
    live()
    draw_loading()
    st.subheader("Settings in force", anchor=False)
    settings = get_runtime().stats().settings or {}
    st.table(pd.DataFrame({"value": settings.values()}, index=list(settings)))
    st.caption("Environment variables of the server. The same record comes from `GET /api/v1/stats`.")


@st.fragment(run_every=INTERVAL)
def live() -> None:
    """What changes, read again every two seconds."""
    stats = get_runtime().stats()
    draw_counts(stats)
    draw_models(stats)
    draw_jobs(stats)
    draw_history(stats)


def draw_counts(stats: RuntimeStats) -> None:
    rate = "none yet" if stats.hit_rate is None else f"{stats.hit_rate:.0%}"
    budget = "" if stats.budget_bytes is None else f" of {megabytes(stats.budget_bytes)}"
    values = {
        "Device": stats.device or "not chosen yet",
        "Models' memory": f"{megabytes(stats.bytes_used)}{budget}",
        "Predictions": f"{stats.predictions:,}",
        "In the queue": f"{stats.queue_length}",
        "Jobs": f"{stats.active_jobs} + {stats.queued_jobs} waiting",
        "Mean wait": f"{stats.mean_wait_ms:.1f} ms",
        "Mean run": f"{stats.mean_run_ms:.1f} ms",
        "Cache hits": rate,
        "Evictions": f"{stats.evictions}",
    }
    with st.container(horizontal=True):
        for name, value in values.items():
            st.metric(name, value, width="content")


def draw_models(stats: RuntimeStats) -> None:
    """Each model in memory, the last used first, with its buttons."""
    st.markdown("**Models in memory**")
    draw_refusal()
    if not stats.loaded:
        st.caption("None: a model is loaded when it is first used.")
    for model in reversed(stats.loaded):
        draw_model(model)


def draw_model(model: LoadedModel) -> None:
    in_use = f"in use by {model.in_use}" if model.in_use else f"last used {model.idle_seconds:.0f} s ago"
    pinned = " · pinned" if model.pinned else ""
    name = "own models of visitors" if model.name == SOURCE else model.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}** · {megabytes(model.bytes)} · {in_use}{pinned}", width="stretch")
        if model.name == SOURCE or not exhibit.may_control(workspace().owner):
            return
        action = "unpin" if model.pinned else "pin"
        control("Unpin" if model.pinned else "Pin", ":material/keep:", model.name, action)
        control("Unload", ":material/eject:", model.name, "unload")


def control(text: str, icon: str, name: str, action: str) -> None:
    st.button(text, icon=icon, key=f"{action}-{name}", on_click=attempt, args=[partial(act, name, action)])


def act(name: str, action: str) -> None:
    """One action on a model."""
    exhibit.memory(knobs=parse_knobs(MemoryKnobs, model=name, action=action), owner=workspace().owner)


def draw_loading() -> None:
    """A bundled model into memory, before somebody needs it."""
    if not exhibit.may_control(workspace().owner):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Load a model", [card.name for card in bundled_cards()], key=TO_LOAD)
        st.button("Load", icon=":material/download_for_offline:", key="load", on_click=attempt, args=[load_chosen])


def load_chosen() -> None:
    act(st.session_state[TO_LOAD], "load")


def draw_jobs(stats: RuntimeStats) -> None:
    """All jobs by their titles; one's own with a button that cancels."""
    st.markdown("**Jobs**")
    if not stats.jobs:
        st.caption("None.")
        return
    mine = get_runtime().jobs_of(workspace().owner)
    others = list(stats.jobs)
    for job in mine:
        record = job.latest
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{literal(job.title)}** (yours) · {job.state}{progress_of(record)}", width="stretch")
            st.button("Cancel", icon=":material/cancel:", key=f"cancel-{job.id}", on_click=job.cancel)
        same = next((each for each in others if each.title == job.title), None)
        if same is not None:
            others.remove(same)
    for each in others:
        place = f", number {each.position} in the queue" if each.position else ""
        total = f" · step {each.step}{f' of {each.total}' if each.total else ''}" if each.step else ""
        st.markdown(f"**{literal(each.title)}** · {each.state}{place}{total}")


def progress_of(record: Any) -> str:
    return f" · step {record.step}{f' of {record.total}' if record.total else ''}" if record else ""


def draw_history(stats: RuntimeStats) -> None:
    """Memory and processor time of the process, and of a CUDA device, over the last minutes."""
    rows = [
        {"seconds": -sample.seconds_ago, "value": value, "series": name}
        for sample in stats.history
        for name, value in {
            "memory of the process (GB)": gigabytes(sample.process_bytes),
            "processor (cores)": None if sample.cpu_percent is None else sample.cpu_percent / 100,
            "memory of the device (GB)": gigabytes(sample.device_bytes),
            "device in use (fraction)": None if sample.device_percent is None else sample.device_percent / 100,
        }.items()
        if value is not None
    ]
    st.markdown("**Memory and utilisation**")
    if not rows:
        st.caption("Nothing measured yet.")
        return
    data = pd.DataFrame(rows)
    axis = alt.Axis(tickCount=4, **charts.AXIS)
    for column, (name, part) in zip(
        st.columns(data["series"].nunique()), data.groupby("series", sort=False), strict=True
    ):
        line = (
            alt.Chart(part)
            .mark_line(point=len(part) < 3)
            .encode(x=alt.X("seconds:Q", title="seconds", axis=axis), y=alt.Y("value:Q", title=None, axis=axis))
        )
        last = part["value"].iloc[-1]
        with column:
            st.caption(f"{name}: {last:.2f}")
            st.altair_chart(line.properties(height=140), alt=f"{name} over time, now {last:.2f}")


def gigabytes(size: int | None) -> float | None:
    return None if size is None else size / 1e9
