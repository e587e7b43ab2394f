"""The long-recording tab of Sound: a file of up to four hours in, its events over time out."""

import dataclasses
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts, job_progress, knob_widgets, layout
from pages.components.escape import literal
from pages.components.model_titles import model_title, titles
from pages.components.predictions import draw_notes
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards
from zoo.core.jobs import Job
from zoo.core.knobs import parse_knobs
from zoo.core.plurals import counted
from zoo.core.sounds import SOUND_LIMITS, encode_wav, sound_part
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import RATE, TimelineKnobs
from zoo.exhibits.sound.results import Event, Timeline

CATEGORY_COLORS = {
    "Animals": "#0F6B5C",
    "Natural soundscapes": "#2F6FA3",
    "Human, non-speech": "#C17C00",
    "Interior and domestic": "#74518F",
    "Exterior and urban": "#A63D57",
}
OTHER_COLOR = "#5F6B66"  # of a model whose classes have no category
MAX_PLAYED = 30  # seconds of an event
MAX_ROWS = 20  # of the table without scrolling


def draw_long_recording(model: str) -> TimelineKnobs:
    """``model``: chosen until the visitor chooses another. Returns the knobs that are on screen."""
    stored = job_progress.store_upload("long", "A long recording", SOUND_LIMITS.max_bytes)
    if stored is None:
        hours = SOUND_LIMITS.max_stream_seconds / 3600
        st.caption(f"Up to {hours:.0f} hours, such as birds at dawn or a street. The file stays on this machine.")
        return parse_knobs(TimelineKnobs, model=model)
    path, _ = stored
    left, middle, right = st.columns(3)
    names = list(dict.fromkeys([*(card.name for card in exhibit_cards("sound")), ENSEMBLE, model]))
    with left:
        options = {"options": names, "labels": titles(names), "start": model}
        chosen = knob_widgets.knob(TimelineKnobs, "model", "timeline_model", **options)
    with middle:
        hop = knob_widgets.knob(TimelineKnobs, "hop", "hop", step=0.5)
    with right:
        threshold = knob_widgets.knob(TimelineKnobs, "threshold", "threshold")
    knobs = parse_knobs(TimelineKnobs, model=chosen, hop=hop, threshold=threshold)
    if st.button("Find events", type="primary"):
        job_progress.start_job("long-job", lambda: exhibit.timeline(path, knobs), title="sound-timeline")
    draw_job(path)
    return knobs


def draw_job(path: Path) -> None:
    """Progress with the events so far, then the result. The events of a job that was cancelled stay."""
    job: Job[Timeline] | None = st.session_state.get("long-job")
    if job is None:
        return
    if job_progress.finished(job, draw_so_far, keep=False):
        draw_timeline(job.result(), path)
    elif so_far := job_progress.kept(job):
        st.markdown(f"These are the events up to {exhibit.format_time(so_far.seconds)}.")
        draw_timeline(so_far, path)


def draw_so_far(result: Timeline) -> None:
    """The last events, while the job runs."""
    newest = [f"{exhibit.format_time(event.start)} {event.label}" for event in result.events[-5:]]
    st.text(" · ".join(newest))


def draw_timeline(result: Timeline, path: Path) -> None:
    """Events over the loudness of the recording. A click on one plays it."""
    quiet = f", {result.quiet_windows:,} of them too quiet" if result.quiet_windows else ""
    length, events, windows = exhibit.format_time(result.seconds), len(result.events), result.windows
    st.markdown(f"**{counted(events, 'event')}** in {length} · {counted(windows, 'window')}{quiet}")
    st.caption(literal(f"{model_title(result.model)} · {result.restriction}"))
    draw_notes(result.notes)
    if not result.events:
        st.info("No class reached the threshold in any window: lower the threshold and start again.")
        return
    table = pd.DataFrame([dataclasses.asdict(event) for event in result.events])
    selected = event_chart(table, result)
    with st.expander("The events as a table", icon=":material/table:"):
        st.dataframe(table.round(2), hide_index=True, height="content" if len(table) <= MAX_ROWS else "auto")
    if selected is not None:
        play_event(result.events[selected], path)
    with st.container(horizontal=True):
        layout.download("Events as CSV", lambda: exhibit.events_csv(result), "sound-timeline.csv", "text/csv")
        layout.download_record("Timeline as JSON", find_operation("sound-timeline"), result)


def event_chart(table: pd.DataFrame, result: Timeline) -> int | None:
    """The chart, and the index of the event that was clicked."""
    loudness = pd.DataFrame({"time": np.linspace(0, result.seconds, len(result.peaks)), "peak": result.peaks})
    domain = alt.Scale(domain=[0, result.seconds], nice=False)
    minutes = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02.0f')"
    axis = alt.Axis(labelExpr=minutes, title="minutes and seconds", grid=False, **charts.AXIS)
    area = alt.Chart(loudness).mark_area(color="#8A8F8C", opacity=0.6)
    area = area.encode(x=alt.X("time:Q", scale=domain, axis=None), y=alt.Y("peak:Q", axis=None))
    click = alt.selection_point(name="event", fields=["index"], on="click")
    labels = alt.Axis(title=None, ticks=False, domain=False, labelLimit=140, **charts.AXIS)
    tooltip = [alt.Tooltip("from:N"), alt.Tooltip("label:N"), alt.Tooltip("probability:Q", format=".0%")]
    bars = (
        alt.Chart(table.assign(index=range(len(table)), **{"from": table["start"].map(exhibit.format_time)}))
        .mark_bar(cornerRadius=3, cursor="pointer")
        .encode(
            x=alt.X("start:Q", scale=domain, axis=axis),
            x2="stop:Q",
            y=alt.Y("label:N", sort="-x", axis=labels),
            color=charts.color_by("category", CATEGORY_COLORS | {"": OTHER_COLOR}),
            opacity=alt.condition(click, alt.value(1.0), alt.value(0.35)),
            tooltip=tooltip,
        )
        .add_params(click)
        .properties(height=24 * table["label"].nunique() + 20)
    )
    listed = ", ".join(f"{event.label} at {exhibit.format_time(event.start)}" for event in result.events[:20])
    chart = alt.vconcat(area.properties(height=50), bars, spacing=4)
    state: Any = st.altair_chart(chart, key="timeline", on_select="rerun", alt=f"Timeline: {listed}")
    points = state.selection.get("event", [])
    index = points[0].get("index") if points else None
    return None if index is None or index >= len(result.events) else int(index)


def play_event(event: Event, path: Path) -> None:
    start, seconds = event.start, min(event.stop - event.start, MAX_PLAYED)
    time = exhibit.format_time(start)
    st.markdown(f"**{literal(event.label)}** at {time}, probability {event.probability:.0%}")
    with layout.errors_as_sentences():
        part = sound_part(path, RATE, start, seconds)
        st.audio(encode_wav(part), format="audio/wav", autoplay=True, alt=f"{event.label} at {time}")
