"""Sound: what is heard in five seconds and why, and when a long recording holds what."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.audio_player import listening
from pages.components.code_snippets import written
from pages.components.input_picker import Recording
from pages.components.predictions import draw_answer
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import SOUND_LIMITS, Sound, encode_wav, sound_part
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound import Event, Heard, Timeline
from zoo.exhibits.sound.knobs import DEFAULT_MODEL, RATE, WINDOW, SoundKnobs, SpectrogramKnobs, TimelineKnobs

HOW = """
A **spectrogram** is a sound as a picture: time runs to the right, pitch upwards, and bright is loud. Pitches stand on
the mel scale and loudness in decibels, both as the ear tells them apart.

- **The spectrogram network** is a MobileNetV2 ([Sandler et al. 2018](https://arxiv.org/abs/1801.04381)) for photographs
  that we taught to read such pictures ([Palanisamy et al. 2020](https://arxiv.org/abs/2007.11154)).
- **AudioNet** hears the waveform itself, by one-dimensional convolutions alone
  ([Dai et al. 2016](https://arxiv.org/abs/1610.00087)). Its first layer starts as filters like the ear's
  ([Zeghidour et al. 2017](https://arxiv.org/abs/1711.01161)) and learns from there.

Both learnt 50 sounds from ESC-50 ([Piczak 2015](https://doi.org/10.1145/2733373.2806390)), clips of five seconds from
freesound.org, mixed with one another while training ([Tokozume et al. 2017](https://arxiv.org/abs/1711.10282)). People
who were asked got 81.3 % of such clips right. **Hiding** stretches of time and bands of pitch is SpecAugment
([Park et al. 2019](https://arxiv.org/abs/1904.08779)), by which the spectrogram network learnt not to lean on one cue.
The **light** on the spectrogram is Grad-CAM ([Selvaraju et al. 2016](https://arxiv.org/abs/1610.02391)): what speaks
for a class.
"""
FAMILIES = {
    "Animals": "#0F6B5C",
    "Nature and water": "#2F6FA3",
    "People": "#C17C00",
    "Indoors": "#74518F",
    "City": "#A63D57",
}
FAMILY_STYLE = """
<style>
.family-bar { display: flex; height: 1rem; border-radius: 0.3rem; overflow: hidden }
.families { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; font-size: 0.85rem; margin-top: 0.4rem }
.families i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 0.15rem; margin-right: 0.35rem }
</style>
"""
TIME_MASK, BAND_MASK = ("hide_from", "hide_seconds"), ("hide_band", "hide_bands")


@st.cache_data(max_entries=500, show_spinner="Listening…")
def ask(key: str, knobs: str, _sound: Sound) -> Heard:
    return exhibit.sound(_sound, SoundKnobs.model_validate_json(knobs))


@st.cache_data(max_entries=200, show_spinner=False)
def look(key: str, model: str, label: str, knobs: str, _samples: Any) -> Any:
    return exhibit.explain(_samples, model, label, SoundKnobs.model_validate_json(knobs))


@st.cache_data(max_entries=200, show_spinner=False)
def transform(key: str, start: float, knobs: SpectrogramKnobs, _samples: Any) -> exhibit.Spectrogram:
    return exhibit.spectrogram(_samples, knobs)


@st.cache_data(max_entries=20, show_spinner=False)
def playable(key: str, start: float, _samples: Any) -> str:
    return layout.data_url(encode_wav(Sound(_samples, RATE)), "audio/wav")


def draw_families(families: dict[str, float]) -> None:
    """One bar, cut by family, and what its colours mean."""
    parts = [(name, FAMILIES[name], f"{odds:.0%}") for name, odds in families.items()]
    cuts = "".join(f'<span style="background:{colour};width:{odds}"></span>' for _, colour, odds in parts)
    names = "".join(f'<span><i style="background:{colour}"></i>{name} {odds}</span>' for name, colour, odds in parts)
    st.html(f"{FAMILY_STYLE}<div class='family-bar' aria-hidden='true'>{cuts}</div><div class='families'>{names}</div>")


def draw_heard(heard: Heard) -> None:
    if heard.quiet:
        st.info("Too quiet to tell: nothing in these five seconds is louder than −50 dB.", icon=":material/volume_off:")
        return
    for answer in (*heard.answers, *([heard.ensemble] if heard.ensemble else [])):
        card = find_card(DEFAULT_MODEL if answer.model == ENSEMBLE else answer.model)
        family_of = {p.label: exhibit.family_of(card, p.label) for p in answer.predictions}
        draw_answer(answer, answer.restriction, "sounds", (family_of, FAMILIES))
    draw_families(heard.families)


def choose_hidden() -> dict[str, Any]:
    """What the networks may not hear."""
    st.markdown("**How much can be hidden before they fail?**")
    chosen = {}
    for column, names in zip(st.columns(2), (TIME_MASK, BAND_MASK), strict=True):
        with column:
            chosen |= {name: knob_widgets.knob(SoundKnobs, name, name) for name in names}
    return chosen | {"fill": knob_widgets.knob(SoundKnobs, "fill", "fill")}


def choose_drawing() -> SpectrogramKnobs:
    with st.popover("How it is drawn", icon=":material/tune:"):
        st.caption("For your eyes: the networks hear by their own settings.")
        names = SpectrogramKnobs.model_fields
        return parse_knobs(
            SpectrogramKnobs, **{name: knob_widgets.knob(SpectrogramKnobs, name, name) for name in names}
        )


def choose_light(heard: Heard) -> tuple[str, float]:
    """Which class to light up, and by how much the rest is dimmed: 0 to 1."""
    left, right = st.columns(2, vertical_alignment="bottom")
    label = left.selectbox("What speaks for", [p.label for p in heard.answers[0].predictions], key="what")
    return str(label), right.slider("Light (%)", 0, 100, 50, help="Dims all that does not speak for it.") / 100


def draw_sound(recording: Recording, samples: Any, heard: Heard, knobs: SoundKnobs) -> None:
    """Player, waveform and spectrogram, with light on what decided and a shade on what is hidden."""
    view, below = st.container(), st.container()
    with below:
        if not heard.quiet:
            best = (heard.ensemble or heard.answers[0]).predictions[0]
            st.markdown(f"#### {best.label}, {best.probability:.0%}")
        label, light = ("", 0.0) if heard.quiet else choose_light(heard)
        with st.container(horizontal=True):
            drawing = choose_drawing()
            downloads = st.container(horizontal=True)
    seen = transform(recording.key, knobs.start, drawing, samples)
    heat = None
    if light:
        heat = look(recording.key, heard.answers[0].model, label, knobs.model_dump_json(), samples)
    picture = exhibit.draw(seen, heat, light, knobs)
    with view:
        listening(
            f"{recording.key} {knobs.start}",
            playable(recording.key, knobs.start, samples),
            exhibit.waveform(samples),
            picture,
            WINDOW,
            exhibit.ticks(seen),
            f"Waveform and spectrogram of: {recording.text}",
        )
    with downloads:
        layout.download("Spectrogram", lambda: encode_png(picture), "spectrogram.png", "image/png")
        layout.download("Sound", lambda: encode_wav(Sound(samples, RATE)), "sound.wav", "audio/wav")


def moment() -> tuple[Recording, SoundKnobs]:
    recording = input_picker.choose_recording()
    seen, said = st.columns([3, 2], gap="large")
    with said:
        answers = st.container()
        options = [card.name for card in exhibit_cards("sound")]
        models = knob_widgets.knob(SoundKnobs, "model", "model", options=options) or [DEFAULT_MODEL]
        top_k = knob_widgets.knob(SoundKnobs, "top_k", "top_k")
    with seen:
        view, start, longest = st.container(), 0.0, recording.sound.seconds - WINDOW
        if longest > 0:
            start = knob_widgets.knob(SoundKnobs, "start", "start", highest=round(longest, 1), step=0.1)
        hidden = choose_hidden()
    knobs = parse_knobs(SoundKnobs, model=models, top_k=top_k, start=start, **hidden)
    with answers, layout.errors_as_sentences():
        heard = ask(recording.key, knobs.model_dump_json(), recording.sound)
        draw_heard(heard)
        with st.container(horizontal=True):
            text = json.dumps(dataclasses.asdict(heard), indent=2)
            layout.download("Answers as JSON", text, "answers.json", "application/json")
            layout.link_to_here(recording)
        with view:
            draw_sound(recording, exhibit.window(recording.sound, start), heard, knobs)
    return recording, knobs


def long_recording(models: list[str]) -> None:
    """A file of minutes or hours in, a line of events out."""
    kept = job_progress.store_upload("long", "A long recording", SOUND_LIMITS.max_bytes)
    if kept is None:
        hours = SOUND_LIMITS.max_stream_seconds / 3600
        st.caption(f"Up to {hours:.0f} hours: birds at dawn, a snorer, a street. Nothing leaves this machine.")
        return
    path, _ = kept
    left, middle, right = st.columns(3)
    names = [card.name for card in exhibit_cards("sound")] + [ENSEMBLE]
    model = left.selectbox("Who listens", names, index=names.index(models[0]))
    with middle:
        every = knob_widgets.knob(TimelineKnobs, "every", "every", step=0.5)
    with right:
        at_least = knob_widgets.knob(TimelineKnobs, "at_least", "at_least")
    knobs = parse_knobs(TimelineKnobs, every=every, at_least=at_least)
    if st.button("Listen to all of it", type="primary"):
        job_progress.start_job("long-job", lambda: exhibit.timeline(path, model, knobs), title="timeline")
    job = st.session_state.get("long-job")
    if job is not None and job_progress.finished(job):
        draw_timeline(job.result(), path)
        timeline_snippets(model, knobs)


def draw_timeline(result: Timeline, path: Path) -> None:
    """Events over the loudness of the recording; one that is clicked plays."""
    quiet = f", {result.quiet:,} of them quiet" if result.quiet else ""
    length = exhibit.clock(result.seconds)
    st.markdown(f"**{len(result.events):,} events** in {length} · {result.windows:,} windows{quiet}")
    if not result.events:
        st.info("Nothing was sure enough to count: lower the probability from which a class counts and listen again.")
        return
    table = pd.DataFrame([dataclasses.asdict(event) for event in result.events])
    chosen = event_chart(table, result)
    with st.expander("The events as a table", icon=":material/table:"):
        st.dataframe(table.round(2), hide_index=True)
    if chosen is not None:
        play(result.events[chosen], path)
    layout.download("Events as CSV", table.to_csv(index=False), "events.csv", "text/csv")


def event_chart(table: pd.DataFrame, result: Timeline) -> int | None:
    """The chart, and the place of the event that was clicked."""
    loudness = pd.DataFrame({"time": np.linspace(0, result.seconds, len(result.peaks)), "peak": result.peaks})
    domain = alt.Scale(domain=[0, result.seconds], nice=False)
    clock = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02.0f')"
    axis = alt.Axis(labelExpr=clock, title="minutes and seconds", grid=False, **charts.INK)
    above = alt.Chart(loudness).mark_area(color="#8A8F8C", opacity=0.6)
    waves = above.encode(x=alt.X("time:Q", scale=domain, axis=None), y=alt.Y("peak:Q", axis=None))
    click = alt.selection_point(name="event", fields=["place"], on="click")
    names = alt.Axis(title=None, ticks=False, domain=False, labelLimit=140, **charts.INK)
    times = [alt.Tooltip("from:N"), alt.Tooltip("label:N"), alt.Tooltip("probability:Q", format=".0%")]
    bars = (
        alt.Chart(table.assign(place=range(len(table)), **{"from": table["start"].map(exhibit.clock)}))
        .mark_bar(cornerRadius=3, cursor="pointer")
        .encode(
            x=alt.X("start:Q", scale=domain, axis=axis),
            x2="stop:Q",
            y=alt.Y("label:N", sort="-x", axis=names),
            color=charts.color_by("family", FAMILIES),
            opacity=alt.condition(click, alt.value(1.0), alt.value(0.35)),
            tooltip=times,
        )
        .add_params(click)
        .properties(height=24 * table["label"].nunique() + 20)
    )
    spoken = ", ".join(f"{event.label} at {exhibit.clock(event.start)}" for event in result.events[:20])
    chart = alt.vconcat(waves.properties(height=50), bars, spacing=4)
    state: Any = st.altair_chart(chart, key="timeline", on_select="rerun", alt=f"Timeline: {spoken}")
    points = state.selection.get("event", [])
    place = points[0].get("place") if points else None
    return None if place is None or place >= len(result.events) else int(place)


def timeline_snippets(model: str, knobs: TimelineKnobs) -> None:
    python = (
        "from pathlib import Path\n\nfrom zoo.core.runtime import get_runtime\n"
        "from zoo.exhibits.sound import TimelineKnobs, timeline\n\n"
        f"knobs = TimelineKnobs(every={knobs.every}, at_least={knobs.at_least})\n"
        f'job = get_runtime().submit(lambda: timeline(Path("recording.mp3"), "{model}", knobs))\n'
        "for event in job.result().events:\n    print(event)"
    )
    options = f"--model {model} --every {knobs.every} --at-least {knobs.at_least}"
    fields = f"-F model={model} -F every={knobs.every} -F at_least={knobs.at_least}"
    layout.use_from_code(
        python,
        f"python -m zoo sound-timeline recording.mp3 {options} --csv events.csv",
        f"curl -N {layout.address()}/api/v1/sound/timeline -F sound=@recording.mp3 {fields}",
    )


def play(event: Event, path: Path) -> None:
    start, stop = event.start, min(event.stop, event.start + 30)
    st.markdown(f"**{event.label}** at {exhibit.clock(start)}, {event.probability:.0%} sure")
    with layout.errors_as_sentences():
        part = sound_part(path, RATE, start, stop - start)
        st.audio(encode_wav(part), format="audio/wav", autoplay=True, alt=f"{event.label} at {exhibit.clock(start)}")


def snippets(recording: Recording, knobs: SoundKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    file = f'example_path("{recording.example}")' if recording.example else '"sound.wav"'
    imports = "from zoo.examples import example_path\n" if recording.example else ""
    python = (
        f"from pathlib import Path\n\n{imports}from zoo.exhibits.sound import RATE, SoundKnobs, decode_sound, sound\n\n"
        f"recording = decode_sound(Path({file}).read_bytes(), RATE)\n"
        f"for answer in sound(recording, SoundKnobs({settings.python})).answers:\n"
        "    for prediction in answer.predictions:\n"
        '        print(f"{prediction.probability:.1%} {prediction.label}")'
    )
    ours = f"$(python -m zoo example {recording.example})" if recording.example else "sound.wav"
    shell = f'python -m zoo sound "{ours}"{settings.shell} --json'
    layout.use_from_code(python, shell, f'curl {layout.address()}/api/v1/sound -F "sound=@{ours}"{settings.form}')


layout.header("sound")
short, long = st.tabs([":material/graphic_eq: A moment", ":material/timeline: A long recording"])
with short:
    recording, knobs = moment()
with long, layout.errors_as_sentences():
    long_recording(knobs.model)

layout.how_it_works(HOW)
snippets(recording, knobs)
with st.expander("The models", icon=":material/account_tree:"):
    for name in knobs.model:
        layout.model_facts(find_card(name))
