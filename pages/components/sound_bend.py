"""The part of Sound in which the visitor bends the clip: speed, pitch, reverb, noise and filters move the answer."""

from functools import partial

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout
from pages.components.audio_player import audio_player
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.data_urls import data_url
from pages.components.escape import literal
from pages.components.input_picker import Recording
from pages.components.model_titles import model_title
from pages.components.pins import draw_pin
from pages.components.predictions import draw_notes
from pages.components.sound_bend_curve import draw_curve
from zoo.core.answers import Answer
from zoo.core.errors import InputError
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound, encode_wav
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import RATE, WINDOW, BendKnobs, SoundKnobs, SpectrogramKnobs
from zoo.exhibits.sound.results import Bend, SoundClassification

AS_IT_IS, BENT = "as it is", "bent"
COLORS = {AS_IT_IS: "#8A8F8C", BENT: "#0F6B5C"}
STEPS = {"speed": 0.05, "pitch": 0.5, "reverb": 1, "high_pass": 50, "low_pass": 50}
NOISE = ("noise", "snr", "seed")
PRESETS = {
    "Telephone": {"high_pass": 300, "low_pass": 3400},
    "Hall": {"reverb": 60},
    "Behind a wall": {"low_pass": 400, "reverb": 25},
    "Slow tape": {"speed": 0.6},
    "Fast tape": {"speed": 1.6},
    "Windy street": {"noise": "pink", "snr": 0},
}
SIZE = (640, 240)  # pixels of a spectrogram
MAX_CLASSES = 6  # of the chart


@st.cache_data(max_entries=200, show_spinner=False)
def bend(key: str, knobs: BendKnobs, _sound: Sound, _original: SoundClassification) -> Bend:
    return exhibit.bend(_sound, knobs, _original)


@st.fragment
def draw_bend(
    recording: Recording, knobs: SoundKnobs, settings: SpectrogramKnobs, original: SoundClassification
) -> None:
    """``knobs``, ``settings``: of the answer and of the spectrogram on the page. ``original``: that answer."""
    section = st.expander("Bend the clip", icon=":material/tune:", key="bend", on_change="rerun", bind="query-params")
    if not section.open:
        return
    with section, layout.errors_as_sentences():
        st.caption(
            "How far can the sound change before the answer does? The effects come in this order: speed, pitch, "
            "reverb, noise, filters. Models, start and mask are those of above."
        )
        draw_presets()
        answer = st.container()  # before the sliders: on a phone they would hide it
        chosen = choose_effects(knobs)
        with answer:
            try:
                with st.spinner("Bending…"):
                    result = bend(recording.key, chosen, recording.sound, original)
            except InputError as error:
                st.error(literal(error), icon=":material/error:")
                return
            draw_change(result)
        draw_players(recording, chosen, result, settings)
        draw_notes(result.notes, [*recording.sound.notes, *original.notes])  # above, they would move the sliders
        with st.container(horizontal=True):
            layout.download("Bent sound", partial(bent_wav, result), "sound-bend.wav", "audio/wav")
            layout.download_record("Both answers as JSON", find_operation("sound-bend"), result)
        bars = {p.label: p.probability for p in best_answer(result.bent).predictions} if result.bent.answers else {}
        draw_pin("sound-bend", {"sound": recording.text}, chosen, partial(draw_change, result), bars)
        draw_curve(recording, chosen)
        source, own = source_of(recording, "sound.wav"), {"sound.wav": recording}
        draw_code_snippets("sound-bend", {"sound": source}, chosen, own, "Bend a sound from code")


def draw_presets() -> None:
    """A button for each, which sets all effects, and one that turns all off."""
    with st.container(horizontal=True):
        for name, values in PRESETS.items():
            st.button(name, key=f"preset-{name}", on_click=set_effects, args=(values,))
        st.button("All off", icon=":material/restart_alt:", key="preset-off", on_click=set_effects, args=({},))


def set_effects(values: dict[str, object]) -> None:
    for name in (*STEPS, *NOISE):
        default = BendKnobs.model_fields[name].default
        if name in values or name in st.session_state:
            st.session_state[name] = values.get(name, default)


def choose_effects(knobs: SoundKnobs) -> BendKnobs:
    """A widget for each effect, three in a row; those of the noise where there is some."""
    columns, values = st.columns(3), {}
    for index, (name, step) in enumerate(STEPS.items()):
        with columns[index % 3]:
            values[name] = knob_widgets.knob(BendKnobs, name, name, step=step)
    with columns[2]:
        values["noise"] = knob_widgets.knob(BendKnobs, "noise", "noise")
    if values["noise"] != "none":
        for column, name in zip(columns, ("snr", "seed"), strict=False):
            with column:
                values[name] = knob_widgets.knob(BendKnobs, name, name)
    return parse_knobs(BendKnobs, **knobs.model_dump() | values)


def best_answer(result: SoundClassification) -> Answer:
    """The average of several models, else the answer of the only one."""
    return result.ensemble or result.answers[0]


def in_words(result: SoundClassification) -> str:
    if result.too_quiet:
        return "too quiet to classify"
    answer = best_answer(result)
    best = answer.predictions[0]
    return f"{'unsure: ' * answer.unsure}{literal(best.label)}, {best.probability:.0%}"


def draw_change(result: Bend) -> None:
    """The answer before and after in a line, and the probabilities of the classes that either lists."""
    st.markdown(f"#### {in_words(result.original)} → {in_words(result.bent)}")
    before = best_answer(result.original)
    st.caption(literal(f"{model_title(before.model)} · {before.restriction}"))
    rows = probabilities_of(result)
    y = alt.Y("class:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, ticks=False, domain=False, **charts.AXIS))
    bars = alt.Chart(rows).encode(
        y=y,
        yOffset=alt.YOffset("sound:N", sort=list(COLORS)),
        x=alt.X("probability:Q", scale=alt.Scale(domain=[0, 1.2]), axis=None),
    )
    marks = bars.mark_bar(cornerRadius=2).encode(color=charts.color_by("sound", COLORS, legend=True))
    labels = bars.mark_text(align="left", dx=4, fontSize=12, color=charts.TEXT)
    chart = marks + labels.encode(text=alt.Text("probability:Q", format=".1%"))
    values = "; ".join(f"{row['class']} {row['sound']} {row['probability']:.0%}" for row in rows.to_dict("records"))
    st.altair_chart(chart.properties(height=34 * MAX_CLASSES + 40), alt=f"Probabilities before and after: {values}")


def probabilities_of(result: Bend) -> pd.DataFrame:
    """A row a class and sound, the most probable classes first. A class that an answer does not list has no row."""
    listed = {
        name: {p.label: p.probability for p in best_answer(one).predictions} if one.answers else {}
        for name, one in ((AS_IT_IS, result.original), (BENT, result.bent))
    }
    labels = {label for probabilities in listed.values() for label in probabilities}
    highest = sorted(labels, key=lambda label: -max(one.get(label, 0.0) for one in listed.values()))
    rows = [
        {"class": label, "sound": name, "probability": listed[name][label]}
        for label in highest[:MAX_CLASSES]
        for name in COLORS
        if label in listed[name]
    ]
    return pd.DataFrame(rows)


def draw_players(recording: Recording, knobs: BendKnobs, result: Bend, settings: SpectrogramKnobs) -> None:
    """Both sounds, to hear and to see."""
    original = exhibit.window(recording.sound, knobs.start)
    bent = exhibit.window(Sound(result.samples, RATE))
    pairs = ((AS_IT_IS, original, f"{knobs.start}"), (BENT, bent, f"{knobs}"))
    for column, (name, samples, key) in zip(st.columns(2, gap="large"), pairs, strict=True):
        with column:
            st.markdown(f"**{name.capitalize()}**")
            draw_player(name, f"{name} {recording.key} {key}", samples, settings, recording.text)


def draw_player(name: str, key: str, samples: exhibit.Samples, settings: SpectrogramKnobs, text: str) -> None:
    same = settings.model_copy(update={"start": 0.0})
    drawn = exhibit.spectrogram(Sound(samples, RATE), same)
    audio_player(
        key,
        data_url(encode_wav(Sound(samples, RATE)), "audio/wav"),
        exhibit.waveform_envelope(samples),
        exhibit.draw_spectrogram(drawn.decibels, drawn.top_db, size=SIZE),
        WINDOW,
        exhibit.axis_ticks(drawn),
        f"Waveform and spectrogram, {name}: {text}",
        name=f"player-{name}",
    )


def bent_wav(result: Bend) -> bytes:
    return encode_wav(Sound(result.samples, RATE))
