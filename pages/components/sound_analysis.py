"""The Analysis section of Sound: mel spectrogram, MFCC, chroma, onsets and pitch, computed when it is opened."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.input_picker import Recording
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import AnalysisKnobs, SpectrogramKnobs
from zoo.exhibits.sound.results import Analysis

CURVE, ONSET = "#C17C00", "#0F6B5C"
HEIGHT = 160  # pixels of a chart
STEPS = {"fmin": 5, "fmax": 10, "n_mfcc": 1}
PITCHES = "C, C♯, D, D♯, E, F, F♯, G, G♯, A, A♯, B"


@st.cache_data(max_entries=50, show_spinner="Analysing with librosa…")
def analysis(key: str, knobs: AnalysisKnobs, _sound: Sound) -> Analysis:
    return exhibit.analysis(_sound, knobs)


@st.fragment
def draw_analysis(recording: Recording, settings: SpectrogramKnobs) -> None:
    """``settings``: of the spectrogram above, which the analysis shares."""
    section = st.expander(
        "Analysis", icon=":material/monitoring:", key="analysis", on_change="rerun", bind="query-params"
    )
    if not section.open:
        return
    with section, layout.errors_as_sentences():
        st.caption("Five views of the same window by librosa. They share the settings of the spectrogram.")
        columns = st.columns(3)
        values = {}
        for column, (name, step) in zip(columns, STEPS.items(), strict=True):
            with column:
                values[name] = knob_widgets.knob(AnalysisKnobs, name, name, step=step)
        knobs = parse_knobs(AnalysisKnobs, **settings.model_dump(), **values)
        result = analysis(recording.key, knobs, recording.sound)
        draw_pictures(result, knobs)
        draw_curves(result)
        with st.container(horizontal=True):
            layout.download("Analysis as PNG", lambda: encode_png(result.picture), "sound-analysis.png", "image/png")
            layout.download_record("Analysis as JSON", find_operation("sound-analysis"), result)
        source, own = source_of(recording, "sound.wav"), {"sound.wav": recording}
        draw_code_snippets("sound-analysis", {"sound": source}, knobs, own, "Use the analysis from code")


def draw_pictures(result: Analysis, knobs: AnalysisKnobs) -> None:
    """The views with a row a band, coefficient or pitch class, the first row at the bottom."""
    size = (960, HEIGHT)
    views = {
        "Mel spectrogram": (1 + result.mel / knobs.top_db, "Loudness of each mel band over time, low bands below."),
        "MFCC": (
            exhibit.scale_rows(result.mfcc),
            f"{len(result.mfcc)} mel-frequency cepstral coefficients, each scaled to its range, the first one below.",
        ),
        "Chroma": (result.chroma, f"Energy of the twelve pitch classes over all octaves, from below: {PITCHES}."),
    }
    for title, (values, description) in views.items():
        st.markdown(f"**{title}**")
        st.image(exhibit.color_image(values, size), width="stretch", alt=f"{title} over five seconds")
        st.caption(description)


def draw_curves(result: Analysis) -> None:
    """Onset strength with the onsets, and the fundamental frequency, over time."""
    axis = alt.Axis(title="seconds", grid=False, **charts.AXIS)
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, result.seconds], nice=False), axis=axis)
    strength = pd.DataFrame({"time": result.times, "strength": result.onset_strength})
    curve = alt.Chart(strength).mark_line(color=CURVE).encode(x=x, y=alt.Y("strength:Q", axis=value_axis("strength")))
    rules = alt.Chart(pd.DataFrame({"time": result.onset_times})).mark_rule(color=ONSET, strokeWidth=2).encode(x=x)
    st.markdown("**Onset strength**", help="The increase of energy from one frame to the next. Lines mark the onsets.")
    onsets = ", ".join(f"{time:.1f} s" for time in result.onset_times.tolist()) or "none"
    st.altair_chart((rules + curve).properties(height=HEIGHT), alt=f"Onset strength, with onsets at: {onsets}")
    voiced = result.fundamental_frequency > 0
    pitch = pd.DataFrame({"time": result.times[voiced], "hertz": result.fundamental_frequency[voiced]})
    points = alt.Chart(pitch).mark_circle(color=CURVE, size=18, opacity=1).encode(x=x)
    points = points.encode(y=alt.Y("hertz:Q", axis=value_axis("Hz")))
    st.markdown(
        "**Fundamental frequency**",
        help="The pitch by YIN. It is reliable for a single pitched sound, and not for noise.",
    )
    median = f"{np.median(pitch['hertz']):.0f} Hz" if len(pitch) else "none"
    st.altair_chart(points.properties(height=HEIGHT), alt=f"Fundamental frequency over time, median {median}")


def value_axis(title: str) -> alt.Axis:
    return alt.Axis(title=title, grid=False, **charts.AXIS)
