"""Sound: the classes of five seconds and the evidence for them, of the live microphone, and of a long recording."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from pages.components import input_picker, knob_widgets, layout
from pages.components.audio_player import audio_player
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.data_urls import data_url
from pages.components.escape import literal
from pages.components.input_picker import Recording
from pages.components.model_titles import model_title, titles
from pages.components.official_models import choose_hub_model, downloaded
from pages.components.pins import draw_pin
from pages.components.predictions import draw_answer, draw_notes, draw_summary
from pages.components.sound_analysis import draw_analysis
from pages.components.sound_bend import draw_bend
from pages.components.sound_classes import NONE_OF, draw_classes
from pages.components.sound_live import draw_live
from pages.components.sound_timeline import CATEGORY_COLORS, draw_long_recording
from zoo.core.answers import ENSEMBLE, Answer
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import InputError
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound, encode_wav
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import DEFAULT_MODEL, RATE, WINDOW, ExplanationKnobs, SoundKnobs, SpectrogramKnobs
from zoo.exhibits.sound.results import SoundClassification, SoundExplanation, Spectrogram

HOW = """
A **spectrogram** shows a sound as a picture: time runs to the right, frequency upwards, and bright cells are loud. The
frequencies are spaced on the mel scale and loudness is in decibels, both as in human hearing.

- **YAMNet** is a MobileNetV1 ([Howard et al. 2017](https://arxiv.org/abs/1704.04861)) that Google trained on AudioSet,
  two million clips of YouTube ([Gemmeke et al. 2017](https://doi.org/10.1109/ICASSP.2017.7952261)). Its upper layers
  were fine-tuned here. As it was published it is a model too: it scores 521 classes, speech and music among them.
- **The spectrogram network** is a MobileNetV2 ([Sandler et al. 2018](https://arxiv.org/abs/1801.04381)). It starts from
  Google's ImageNet weights and was fine-tuned here on log-mel spectrograms
  ([Palanisamy et al. 2020](https://arxiv.org/abs/2007.11154)).
- **AudioNet** applies one-dimensional convolutions to the waveform itself
  ([Dai et al. 2016](https://arxiv.org/abs/1610.00087)). It was trained here from scratch. Its first layer starts as
  Gabor filters on the mel scale ([Zeghidour et al. 2017](https://arxiv.org/abs/1711.01161)).

All but the published YAMNet were trained on the 50 classes of ESC-50
([Piczak 2015](https://doi.org/10.1145/2733373.2806390)), five-second clips from freesound.org, with pairs of clips
mixed ([Tokozume et al. 2017](https://arxiv.org/abs/1711.10282)). Human listeners classified 81.3% of such clips
correctly. The average of several is a weighted geometric mean of their probabilities.

The **time mask** and the **frequency mask** are those of SpecAugment
([Park et al. 2019](https://arxiv.org/abs/1904.08779)), with which the spectrogram network was trained. The **heat map**
is Grad-CAM ([Selvaraju et al. 2016](https://arxiv.org/abs/1610.02391)): the last feature map, each channel weighted by
its gradient. The spectrogram is darkened where there is no evidence for the class.
"""
CATEGORY_STYLE = """
<style>
.category-bar { display: flex; height: 0.6rem; border-radius: 0.3rem; overflow: hidden }
.categories { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; font-size: 0.85rem; margin-top: 0.3rem }
.categories i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 0.15rem; margin-right: 0.35rem }
</style>
"""
TIME_MASK = ("time_mask_start", "time_mask_width")
FREQUENCY_MASK = ("frequency_mask_start", "frequency_mask_width")


@st.cache_data(max_entries=500, show_spinner="Classifying…")
def classify(key: str, knobs: SoundKnobs, _sound: Sound) -> SoundClassification:
    return exhibit.classify(_sound, knobs)


@st.cache_data(max_entries=200, show_spinner="Computing Grad-CAM…")
def explanation(key: str, knobs: ExplanationKnobs, _sound: Sound) -> SoundExplanation:
    return exhibit.explanation(_sound, knobs)


@st.cache_data(max_entries=200, show_spinner=False)
def spectrogram(key: str, knobs: SpectrogramKnobs, _sound: Sound) -> Spectrogram:
    return exhibit.spectrogram(_sound, knobs)


@st.cache_data(max_entries=20, show_spinner=False)
def wav_url(key: str, start: float, _samples: Any) -> str:
    return data_url(encode_wav(Sound(_samples, RATE)), "audio/wav")


def draw_categories(categories: dict[str, float]) -> None:
    """One stacked bar of the probabilities of ESC-50's major categories, with a legend."""
    parts = [(name, CATEGORY_COLORS[name], f"{probability:.0%}") for name, probability in categories.items()]
    bars = "".join(f'<span style="background:{colour};width:{width}"></span>' for _, colour, width in parts)
    legend = "".join(f'<span><i style="background:{colour}"></i>{name} {width}</span>' for name, colour, width in parts)
    st.html(
        f"{CATEGORY_STYLE}<div class='category-bar' aria-hidden='true'>{bars}</div>"
        f"<div class='categories'>{legend}</div>"
    )


def draw_first(container: Any, result: SoundClassification) -> None:
    """The answer in a line, and the categories below it."""
    if result.too_quiet:
        container.subheader("Too quiet to classify", anchor=False)
        return
    with container:
        draw_summary(container, result.ensemble or result.answers[0])
        if result.categories:
            draw_categories(result.categories)


def draw_answers(result: SoundClassification) -> None:
    """The most probable classes by each model, and by their average."""
    answers: list[Answer] = [*result.answers, *([result.ensemble] if result.ensemble else [])]
    for answer in answers:
        categories = None
        card = find_card(DEFAULT_MODEL if answer.model == ENSEMBLE else answer.model)
        if result.categories and card.config.get("categories"):  # other models have classes of their own
            categories = ({p.label: exhibit.category_of(card, p.label) for p in answer.predictions}, CATEGORY_COLORS)
        draw_answer(replace(answer, model=model_title(answer.model)), answer.restriction, "sounds", categories)
    if any(answer.unsure for answer in answers):
        st.caption(f"{NONE_OF} The classes are listed below.")


def choose_start(recording: Recording) -> float:
    """The start of the window, where the sound is longer than one."""
    last = int(round(10 * (recording.sound.seconds - WINDOW), 6)) / 10  # the slider's steps are tenths of a second
    if last <= 0:
        return 0.0
    return float(knob_widgets.knob(SoundKnobs, "start", "start", highest=last, step=0.1))


def choose_mask() -> dict[str, Any]:
    """A SpecAugment mask on the input of the networks."""
    st.markdown("**Mask a part of the input**", help="How much can be masked before the classes change?")
    values = {}
    for column, names in zip(st.columns(2), (TIME_MASK, FREQUENCY_MASK), strict=True):
        with column:
            values |= {name: knob_widgets.knob(SoundKnobs, name, name) for name in names}
    return values | {"mask_value": knob_widgets.knob(SoundKnobs, "mask_value", "mask_value")}


def choose_spectrogram(start: float) -> SpectrogramKnobs:
    """How the spectrogram is drawn."""
    with st.popover("Spectrogram settings", icon=":material/tune:"):
        st.caption("For the picture only: the networks compute spectrograms with settings of their own.")
        names = ("n_fft", "hop_length", "n_mels", "top_db")
        values = {name: knob_widgets.knob(SpectrogramKnobs, name, name) for name in names}
    return parse_knobs(SpectrogramKnobs, start=start, **values)


def choose_heat_map(recording: Recording, result: SoundClassification) -> tuple[str, float]:
    """The class that is explained, and the opacity of the heat map in [0, 1].

    Another sound, or another part of it, begins with its most probable class.
    """
    left, right = st.columns(2, vertical_alignment="bottom")
    labels = [prediction.label for prediction in result.answers[0].predictions]
    window = (recording.key, result.start)
    if st.session_state.setdefault("explained window", window) != window:
        st.session_state["explained window"] = window
        st.session_state["target"] = labels[0]
    with left:
        target = knob_widgets.knob(ExplanationKnobs, "target", "target", options=labels)
    with right:
        opacity = knob_widgets.knob(ExplanationKnobs, "opacity", "opacity")
    return str(target or labels[0]), opacity / 100


def heat_map(recording: Recording, result: SoundClassification, target: str, knobs: SoundKnobs) -> Any:
    """Grad-CAM by the first model under the same mask; None for a model that has no feature map."""
    same = knobs.model_dump(include={"start", "mask_value", *TIME_MASK, *FREQUENCY_MASK})
    chosen = parse_knobs(ExplanationKnobs, model=result.answers[0].model, target=target, **same)
    try:
        return explanation(recording.key, chosen, recording.sound).heat
    except InputError as error:
        st.caption(literal(error))
        return None


def draw_sound(recording: Recording, result: SoundClassification, knobs: SoundKnobs) -> SpectrogramKnobs:
    """Player, waveform and spectrogram, under the heat map and with the mask shaded."""
    view, below = st.container(), st.container()
    with below:
        target, opacity = ("", 0.0) if result.too_quiet else choose_heat_map(recording, result)
        with st.container(horizontal=True):
            settings = choose_spectrogram(knobs.start)
            downloads = st.container(horizontal=True)
    drawn = spectrogram(recording.key, settings, recording.sound)
    heat = heat_map(recording, result, target, knobs) if opacity else None
    picture = exhibit.draw_spectrogram(drawn.decibels, drawn.top_db, heat, opacity, knobs)
    samples = exhibit.window(recording.sound, knobs.start)
    with view:
        audio_player(
            f"{recording.key} {knobs.start}",
            wav_url(recording.key, knobs.start, samples),
            exhibit.waveform_envelope(samples),
            picture,
            WINDOW,
            exhibit.axis_ticks(drawn),
            f"Waveform and spectrogram of: {recording.text}",
        )
    with downloads:
        layout.download("Spectrogram", lambda: encode_png(picture), "spectrogram.png", "image/png")
        layout.download("Sound", lambda: encode_wav(Sound(samples, RATE)), "sound.wav", "audio/wav")
    return settings


def place_for(recording: Recording) -> Callable[[], Any]:
    """Makes containers. What they held of another sound is gone at once, before the new one is classified."""
    new = st.session_state.get("sound on screen") != recording.key
    st.session_state["sound on screen"] = recording.key
    return lambda: st.empty().container() if new else st.container()


def draw_short_sound() -> tuple[Recording, SoundKnobs]:
    """The tab for five seconds of a sound; the recording and the knobs that are on screen."""
    recording = input_picker.choose_recording()
    place = place_for(recording)
    summary = place()
    left, right = st.columns([3, 2], gap="large")
    below = st.container()
    with right:
        answers = place()
        options = [card.name for card in exhibit_cards("sound")] + downloaded("sound")
        models = knob_widgets.knob(SoundKnobs, "model", "model", options=options, labels=titles(options))
        choose_hub_model("sound")
        top_k = knob_widgets.knob(SoundKnobs, "top_k", "top_k")
    with left:
        view = place()
        start = choose_start(recording)
        mask = choose_mask()
    knobs = parse_knobs(SoundKnobs, model=models, top_k=top_k, start=start, **mask)
    with answers, layout.errors_as_sentences():
        result = classify(recording.key, knobs, recording.sound)
        draw_first(summary, result)
        draw_notes(result.notes, recording.sound.notes)
        draw_answers(result)
        with st.container(horizontal=True):
            layout.download_record("Predictions as JSON", find_operation("sound"), result)
            layout.link_to_here(recording)
        with view:
            settings = draw_sound(recording, result, knobs)
        with below:
            best = [(result.ensemble or result.answers[0]).predictions] if result.answers else []
            probabilities = {p.label: p.probability for predictions in best for p in predictions}
            draw_pin("sound", {"sound": recording.text}, knobs, partial(draw_answers, result), probabilities)
            if not result.too_quiet:
                draw_bend(recording, knobs, settings, result)
            draw_analysis(recording, settings)
    return recording, knobs


layout.header("sound")
tabs = [":material/graphic_eq: Short sound", ":material/mic: Live", ":material/timeline: Long recording"]
short, live, long = st.tabs(tabs, key="tab", on_change="rerun")
with short:
    recording, knobs = draw_short_sound()
    if short.open:
        draw_code_snippets("sound", {"sound": source_of(recording, "sound.wav")}, knobs, {"sound.wav": recording})
with live:
    if live.open:  # the microphone stops when the tab is left
        draw_live(knobs.model)
with long, layout.errors_as_sentences():
    timeline = draw_long_recording(knobs.model[0])
    if long.open:
        draw_code_snippets("sound-timeline", {"recording": "recording.mp3"}, timeline)

draw_classes(knobs.model, recording, knobs.start)
layout.how_it_works(HOW)
with st.expander("The models", icon=":material/account_tree:"):
    for name in knobs.model:
        layout.model_facts(find_card(name))
