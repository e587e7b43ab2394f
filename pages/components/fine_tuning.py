"""A writer of one's own: a text in, lessons with their curve and samples, a model out."""

from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from zoo.core import user_models as storage
from zoo.core.knobs import parse_knobs
from zoo.core.texts import TEXT_LIMITS, decode_text
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate import TuneKnobs, Tuning


def teach(model: str) -> None:
    """From a text to a model."""
    st.caption("Bring a text, of a thousand characters at the least: your letters, a book, a speech. It stays here.")
    file = input_picker.upload_field("Your text", "lessons", TEXT_LIMITS.max_bytes)
    input_picker.keep_received("lessons", file, decode_text, TEXT_LIMITS.max_bytes, instead_of="lessons")
    if "lessons" not in st.session_state:
        return
    text: str = st.session_state.lessons
    st.caption(f"{len(text):,} characters: {text[:120]!r}…")
    title = st.text_input("What to call it", "My writer", max_chars=storage.MAX_TITLE)
    values = {
        "steps": knob_widgets.knob(TuneKnobs, "steps", "tune_steps", step=10),
        "rate": knob_widgets.knob(TuneKnobs, "rate", "tune_rate", step=1e-5, format="%.5f"),
    }
    with layout.errors_as_sentences():
        knobs = parse_knobs(TuneKnobs, **values)
        if st.button("Learn", icon=":material/play_arrow:"):
            storage.check_quota(job_progress.workspace().owner)
            steps = partial(exhibit.tune, text, title, knobs, model, job_progress.workspace().owner)
            job_progress.start_job("tune-job", steps, title="tune")
    if job := st.session_state.get("tune-job"):
        job_progress.finished(job, draw_lessons)


def draw_lessons(state: Tuning) -> None:
    """The curve, and what it would write now."""
    rows = [{"step": n, "nats": value, "of": "learnt"} for n, value in enumerate(state.loss, start=1)]
    rows += [{"step": step, "nats": value, "of": "held out"} for step, value in state.held_out]
    colour = charts.color_by("of", {"learnt": "#C4621A", "held out": "#0F6B5C"}, legend=True)
    x = alt.X("step:Q", axis=alt.Axis(tickMinStep=1, **charts.INK))
    y = alt.Y("nats:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title="nats a sub-word", **charts.INK))
    lines = alt.Chart(pd.DataFrame(rows)).mark_line().encode(x=x, y=y, color=colour)
    last = state.held_out[-1][1]
    st.altair_chart(lines.properties(height=220), alt=f"Loss by step; now {last:.2f} on what is held out")
    if state.sample:
        st.markdown(f"*{state.sample}*")
