"""The part of Digits where one draws, or uploads, and both networks answer."""

from functools import partial

import numpy as np
import streamlit as st

from pages.components import browser_network, digits_board, input_picker, knob_widgets, layout, page_state
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.digits_inside import draw_inside
from pages.components.escape import literal
from pages.components.input_picker import Picture
from pages.components.model_titles import model_title, titles
from pages.components.pins import draw_pin
from pages.components.predictions import draw_notes
from zoo.core.answers import Prediction
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.snippets import ExampleFile, Source
from zoo.examples import DIGIT_EXAMPLES
from zoo.exhibits import digits as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.digits.drawing import DRAWINGS, draw_strokes, ink_of_strokes
from zoo.exhibits.digits.knobs import DigitsKnobs
from zoo.exhibits.digits.results import DigitAnswer, Digits

EXAMPLES = tuple(sample.name for sample in DIGIT_EXAMPLES)
BOARD, EMPTY = "digits-board", "nothing"


@st.cache_resource(show_spinner="Loading the networks…")
def networks_file(models: tuple[str, ...]) -> bytes:
    return exhibit.browser_file(list(models))


def choose_models() -> list[str]:
    options = sorted(card.name for card in exhibit_cards("digits"))
    return list(knob_widgets.knob(DigitsKnobs, "model", "model", options=options, labels=titles(options)))


def draw_drawing() -> None:
    """The canvas, what stands behind the answers, and the settings."""
    page_state.remember("drawing")
    chosen = st.pills(
        "Draw it yourself, or begin with",
        list(DRAWINGS),
        key="drawing",
        bind="query-params",
        on_change=_renew,
        wrap=True,
    )
    board = st.container()
    with st.expander("Settings", icon=":material/tune:"):
        models = choose_models()
        no_digit = knob_widgets.knob(DigitsKnobs, "not_a_digit", "not_a_digit")
        local = not st.toggle(
            "Compute on the server",
            key="server",
            bind="query-params",
            help="Otherwise your browser computes the answers while you draw.",
        )
    with board:
        _draw_board(chosen or EMPTY, models, no_digit, local)


def _renew() -> None:
    """Another example is drawn over what is on the canvas, also the same one again."""
    st.session_state["digits-version"] = st.session_state.get("digits-version", 0) + 1


@st.fragment
def _draw_board(chosen: str, models: list[str], no_digit: float, local: bool) -> None:
    knobs = parse_knobs(DigitsKnobs, model=models, not_a_digit=no_digit, top_k=11)
    version = f"{chosen} {st.session_state.get('digits-version', 0)} {' '.join(models)}"
    board = st.container()
    with layout.errors_as_sentences():
        number, drawn = digits_board.latest_drawing(f"{BOARD}-{'-'.join(models)}")
        fresh = st.session_state.get("digits-drawn") != (version, number)
        start = DRAWINGS.get(chosen, [])
        if drawn is None or (fresh and st.session_state.get("digits-of") != version):
            drawn = [[*stroke] for stroke in start]
        st.session_state["digits-of"], st.session_state["digits-drawn"] = version, (version, number)
        ink = ink_of_strokes(drawn)
        result = exhibit.read_ink(ink, knobs)
        with board:
            readers = [digits_board.Reader(*_title(name)) for name in models]
            digits_board.draw_board(
                f"{BOARD}-{'-'.join(models)}",
                readers,
                browser_network.publish(networks_file(tuple(models))),
                no_digit,
                start,
                version,
                _values(result, models),
                number,
                local,
            )
        if result.blank:
            st.caption("What each hidden unit sees, and the evidence in the pixels, is drawn here.")
            example = ExampleFile(find_operation("digits").example["image"])
            draw_code_snippets("digits", {"image": example}, knobs)
            return
        draw_notes(result.notes)
        draw_inside(result)
        picture = Picture(f"strokes {number}", draw_strokes(drawn), "A drawing", None)
        draw_ending(result, picture, knobs)


def _title(name: str) -> tuple[str, tuple[str, ...]]:
    card = find_card(name)
    return card.title, tuple(each.label for each in card.classes)


def _values(result: Digits, models: list[str]) -> list[float]:
    """What the browser's networks would give: the picture, then the probabilities in the order of the classes."""
    rows = [result.normalised.ravel()]
    for name, answer in zip(models, result.answers, strict=True):
        by_label = {each.label: each.probability for each in answer.predictions}
        rows.append(np.array([by_label.get(each.label, 0.0) for each in find_card(name).classes], np.float32))
    return [round(float(value), 5) for value in np.concatenate(rows)]


def draw_upload() -> None:
    """A picture of a digit instead of a drawing."""
    picture = input_picker.choose_picture(EXAMPLES)
    summary = st.container()
    left, right = st.columns(2, gap="large")
    left.image(picture.image, width=280, alt=picture.text)
    with right:
        models = choose_models()
        no_digit = knob_widgets.knob(DigitsKnobs, "not_a_digit", "not_a_digit")
    with layout.errors_as_sentences():
        knobs = parse_knobs(DigitsKnobs, model=models, not_a_digit=no_digit)
        result = exhibit.digits(picture.image, knobs)
        best = result.answers[0]
        summary.subheader(_sentence(best), anchor=False)
        with right:
            draw_notes(result.notes)
            for answer in result.answers:
                st.markdown(f"{_named(answer)} · {answer.milliseconds:.0f} ms")
        if not result.blank:
            draw_inside(result)
        draw_ending(result, picture, knobs)


def _sentence(answer: DigitAnswer) -> str:
    label = answer.label.capitalize()  # "Not a digit"
    return f"{label}, {answer.probability:.0%}" if answer.probability else label  # without ink nothing was computed


def _named(answer: DigitAnswer) -> str:
    return f"**{literal(model_title(answer.model))}**: {_sentence(answer)}"


def draw_ending(result: Digits, picture: Picture, knobs: DigitsKnobs) -> None:
    """Downloads, the pin and the code."""
    with st.container(horizontal=True):
        layout.download_record("Result as JSON", find_operation("digits"), result)
        layout.download("Drawing", lambda: encode_png(picture.image), "digit.png", "image/png")
        layout.download("Evidence", lambda: encode_png(result.picture), "evidence.png", "image/png")
        place = st.container(width="content")
        layout.link_within_fragment()
    best: tuple[Prediction, ...] = result.answers[0].predictions
    draw_pin(
        "digits",
        {"picture": picture.text},
        knobs,
        partial(_draw_pinned, result),
        {each.label: each.probability for each in best},
        row=place,
    )
    source: Source = source_of(picture, "picture.png")
    draw_code_snippets("digits", {"image": source}, knobs, {"picture.png": picture})


def _draw_pinned(result: Digits) -> None:
    st.image(result.picture, alt="The normalised picture, and the evidence of each network")
    for answer in result.answers:
        st.markdown(_named(answer))
