"""Buttons that measure models on this machine, as a job with progress and cancel."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.components.actions import attempt, draw_refusal
from pages.components.job_progress import finished, start_job
from pages.components.models_data import label
from pages.components.workspaces import workspace
from zoo.core.knobs import parse_knobs
from zoo.exhibits import models as exhibit
from zoo.exhibits.models.knobs import BenchmarkKnobs
from zoo.exhibits.models.results import Facts

JOB = "benchmark-job"


def draw_measuring(models: Sequence[Facts], picked: Sequence[str]) -> None:
    """A button for all models that are here, one for those picked, and the progress of what runs."""
    if not exhibit.may_control(workspace().owner):
        return
    here = [model.name for model in models if model.on_this_machine]
    chosen = [name for name in here if name in picked]
    names = {model.name: label(model) for model in models}
    with st.container(horizontal=True):
        start(f"Measure all {len(here)}", here, "measure-all")
        if chosen:
            start(f"Measure {', '.join(names[name] for name in chosen)}", chosen, "measure-picked")
    draw_progress()


def start(text: str, names: Sequence[str], key: str) -> None:
    """A button that measures models."""
    hint = "Load time, latency, throughput and memory on every device of this machine: some seconds for each model."
    begin = partial(attempt, partial(measure, tuple(names)))
    st.button(text, icon=":material/speed:", key=key, disabled=not names, help=hint, on_click=begin)


def measure(names: tuple[str, ...]) -> None:
    """Start the job. Raises BusyError when no more may be started."""
    steps = partial(exhibit.benchmark, knobs=parse_knobs(BenchmarkKnobs, model=list(names)), owner=workspace().owner)
    start_job(JOB, steps, title="models-benchmark")


def draw_progress() -> None:
    """The job that measures, until it has ended; then the page is drawn with what it measured."""
    draw_refusal()
    job = st.session_state.get(JOB)
    if job is None:
        return
    if finished(job):
        busy = [model.name for model in job.result().models if any(each.busy for each in model.measured)]
        names = ", ".join(label(model) for model in job.result().models)
        st.success(f"Measured: {names}.", icon=":material/check:")
        if busy:
            st.caption(f"Machine busy: {', '.join(busy)}.")
