"""The live tab of Sound: the microphone's last five seconds are classified about once a second."""

import time
from collections import deque
from dataclasses import dataclass, field

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, layout
from pages.components.microphone import microphone, received
from pages.components.predictions import draw_summary
from zoo.core.knobs import bound, parse_knobs
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import SoundKnobs
from zoo.exhibits.sound.results import SoundClassification

KEY = "live-microphone"
CHART_SECONDS = 30.0  # seconds of the chart
LINES = 5  # classes in it
COLORS = ["#0F6B5C", "#C17C00", "#2F6FA3", "#A63D57", "#74518F"]


@dataclass
class Live:
    """``answered``: the number of the last window with an answer. ``moments``: when, and the probabilities by class."""

    answered: int = 0
    latest: SoundClassification | None = None
    moments: deque[tuple[float, dict[str, float]]] = field(default_factory=deque)


@st.fragment
def draw_live(models: list[str]) -> None:
    """``models``: those that classify. A window that the browser has sent reruns this part of the page alone."""
    live: Live = st.session_state.setdefault("live", Live())
    top, below = st.container(), st.container()
    with below, layout.errors_as_sentences():
        window = received(KEY)
        if window is not None:
            live.answered = window.number
            knobs = parse_knobs(SoundKnobs, model=models, top_k=bound(SoundKnobs.model_fields["top_k"], "le"))
            add_answer(live, exhibit.classify(window.sound, knobs), time.monotonic())
    with top:
        microphone(KEY, live.answered)
    with below:
        draw_latest(live)
    st.caption(
        "About once a second, the last five seconds go to this server, which classifies them with the models chosen "
        "under Short sound. They are kept nowhere and go nowhere else. Leaving this tab stops the microphone."
    )


def add_answer(live: Live, result: SoundClassification, now: float) -> None:
    """Keep the answer, and of those before the ones of the last thirty seconds."""
    answers = [result.ensemble or result.answers[0]] if result.answers else []
    live.latest = result
    live.moments.append((now, {p.label: p.probability for answer in answers for p in answer.predictions}))
    while now - live.moments[0][0] > CHART_SECONDS:
        live.moments.popleft()


def draw_latest(live: Live) -> None:
    """The last answer in a line, and the chart."""
    if live.latest is None:
        st.markdown("Start the microphone, and make a sound: knock, clap, whistle, type.")
        return
    if live.latest.too_quiet:
        st.subheader("Too quiet to classify", anchor=False)
    else:
        draw_summary(st.container(), live.latest.ensemble or live.latest.answers[0])
    rows = last_probabilities(live)
    if rows.empty:
        return
    names = list(dict.fromkeys(rows["class"]))
    axis = alt.Axis(title="seconds ago", grid=False, labelExpr="-datum.value", **charts.AXIS)
    percent = alt.Axis(title="probability", format="%", grid=False, values=[0, 0.5, 1], **charts.AXIS)
    chart = alt.Chart(rows).mark_line(point=True, strokeWidth=3)
    chart = chart.encode(
        x=alt.X("time:Q", scale=alt.Scale(domain=[-CHART_SECONDS, 0], nice=False), axis=axis),
        y=alt.Y("probability:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=percent),
        color=charts.color_by("class", dict(zip(names, COLORS, strict=False)), legend=True),
    )
    text = f"Probabilities of the last {CHART_SECONDS:.0f} seconds, {len(live.moments)} answers: {', '.join(names)}"
    st.altair_chart(chart.properties(height=260), alt=text)


def last_probabilities(live: Live) -> pd.DataFrame:
    """A row a moment and class: ``time`` in seconds before the last moment, of the classes with the highest peaks.

    An answer lists the most probable classes: one that it does not list is below all these, and counts 0.
    """
    peaks: dict[str, float] = {}
    for _, probabilities in live.moments:
        for name, probability in probabilities.items():
            peaks[name] = max(probability, peaks.get(name, 0.0))
    names = sorted(peaks, key=lambda name: -peaks[name])[:LINES]
    now = live.moments[-1][0]
    return pd.DataFrame(
        {"time": moment - now, "class": name, "probability": probabilities.get(name, 0.0)}
        for name in names
        for moment, probabilities in live.moments
        if probabilities
    )
