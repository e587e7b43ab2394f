"""The linear probe of the students on labelled pictures: an example's or the visitor's."""

from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import job_progress, layout
from pages.components.autoencoder_session import Session
from pages.components.charts import AXIS, TEXT
from pages.components.escape import literal
from zoo.core.knobs import parse_knobs
from zoo.examples import example_path
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.autoencoder import Probe, ProbeKnobs

EXAMPLE = "fruit"
MAX_BYTES = 200 * 2**20


def draw_probe(kept: Session) -> None:
    """An archive of class folders, and the accuracy by each kind of features."""
    stored = job_progress.store_upload(
        "autoencoder-labelled", "A zip with a folder of pictures for each class; without one, drawn fruit", MAX_BYTES
    )
    path = stored[0] if stored else Path(example_path(EXAMPLE))
    key = f"{stored[1] if stored else EXAMPLE} {kept.training.steps}"
    steps = partial(_steps, kept, path)
    result = job_progress.job_button("autoencoder-probe", key, "Measure", steps, "autoencoder-probe")
    if result is not None:
        draw_scores(result)


def _steps(kept: Session, path: Path) -> object:
    """On the worker: the state is that of the moment in which the job begins."""
    state = kept.training.inspect(exhibit.to_state)
    return exhibit.probe(path, state, parse_knobs(ProbeKnobs))


def draw_scores(result: Probe) -> None:
    """A bar for each kind of features, with the baseline as a line."""
    rows = pd.DataFrame(
        [{"features": f"{each.features} ({each.dimensions:,})", "accuracy": each.accuracy} for each in result.scores]
    )
    order = rows.sort_values("accuracy", ascending=False)["features"].tolist()
    bars = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("accuracy:Q", title="accuracy on test pictures", scale=alt.Scale(domain=[0, 1]), axis=_percent()),
            y=alt.Y("features:N", title="features (numbers)", sort=order, axis=alt.Axis(**AXIS, labelLimit=260)),
            tooltip=["features:N", alt.Tooltip("accuracy:Q", format=".1%")],
        )
    )
    baseline = (
        alt.Chart(pd.DataFrame({"x": [result.baseline]})).mark_rule(color=TEXT, strokeDash=[4, 4]).encode(x="x:Q")
    )
    st.altair_chart((bars + baseline).properties(height=190), width="stretch")
    st.caption(
        f"Trained on {result.trained_on:,} pictures of {len(result.classes)} classes, measured on {result.tested_on:,} "
        f"others. Dashed: the accuracy of the most frequent class, {result.baseline:.0%}."
    )
    for sentence in result.left_out[:3]:
        st.caption(literal(f"Left out: {sentence}"))
    layout.download_record("Probe as JSON", find_operation("autoencoder-probe"), result)


def _percent() -> alt.Axis:
    return alt.Axis(**AXIS, format=".0%")
