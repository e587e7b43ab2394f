"""Fine-tuning of the language model on a visitor's text: upload, loss curves, samples."""

from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core import visitor_folders
from zoo.core.inputs import Document
from zoo.core.knobs import parse_knobs
from zoo.core.texts import TEXT_LIMITS, decode_text
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate.knobs import FineTuneKnobs
from zoo.exhibits.generate.results import FineTuning

JOB, TEXT = "fine-tune-job", "fine-tune-text"


def draw_fine_tuning(model: str) -> None:
    """From an uploaded text to a user model."""
    st.caption("Upload a text of at least a thousand characters: your letters, a book, a speech. It is not sent away.")
    file = input_picker.upload_field("Your text", TEXT, TEXT_LIMITS.max_bytes)
    input_picker.keep_received(TEXT, file, decode_text, TEXT_LIMITS.max_bytes)
    if TEXT not in st.session_state:
        draw_code_snippets("generate-fine-tune", {"document": "text.txt"}, parse_knobs(FineTuneKnobs, model=model))
        return
    text: str = st.session_state[TEXT]
    st.caption(f"{len(text):,} characters: {literal(repr(text[:120]))}…")
    title = st.text_input("Title", FineTuneKnobs().title, max_chars=storage.MAX_TITLE)
    values = {
        "steps": knob_widgets.knob(FineTuneKnobs, "steps", "fine_tune_steps", step=10),
        "learning_rate": knob_widgets.knob(
            FineTuneKnobs, "learning_rate", "fine_tune_learning_rate", step=1e-5, format="%.5f"
        ),
    }
    with layout.errors_as_sentences():
        knobs = parse_knobs(FineTuneKnobs, title=title, model=model, **values)
        if st.button("Train", icon=":material/play_arrow:"):
            owner = workspace().owner
            visitor_folders.set_address(owner, st.context.ip_address)
            storage.check_quota(owner)
            job_progress.start_job(JOB, partial(exhibit.fine_tune, Document(text), knobs, owner), title="fine-tune")
        draw_code_snippets("generate-fine-tune", {"document": "text.txt"}, knobs)
    if job := st.session_state.get(JOB):
        job_progress.finished(job, draw_losses)


def draw_losses(state: FineTuning) -> None:
    """Both loss curves, and what the model generates now."""
    rows = [{"step": n, "loss": value, "of": "training"} for n, value in enumerate(state.loss, start=1)]
    rows += [{"step": step, "loss": value, "of": "validation"} for step, value in state.validation_loss]
    colour = charts.color_by("of", {"training": "#C4621A", "validation": "#0F6B5C"}, legend=True)
    x = alt.X("step:Q", axis=alt.Axis(tickMinStep=1, **charts.AXIS))
    y = alt.Y("loss:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title="nats per token", **charts.AXIS))
    lines = alt.Chart(pd.DataFrame(rows)).mark_line().encode(x=x, y=y, color=colour)
    latest = state.validation_loss[-1][1]
    st.altair_chart(lines.properties(height=220), alt=f"Loss by step; the validation loss is {latest:.2f} now")
    if state.sample:
        st.markdown(f"*{literal(state.sample)}*")
