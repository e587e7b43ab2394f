"""Autoencoder: two students learn from a visitor's pictures, one by pixels and one by a perceptual loss too."""

from functools import partial
from typing import Any

import streamlit as st

from pages.components import autoencoder_session as students_of
from pages.components import knob_widgets, layout, page_state, playback
from pages.components.actions import attempt, draw_refusal, refusal_of
from pages.components.autoencoder_codes import draw_learnt
from pages.components.autoencoder_session import KEY, SESSION, Session
from pages.components.autoencoder_stream import draw_camera, draw_inputs, draw_notes
from pages.components.autoencoder_wall import draw_curves, draw_wall, sentence
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.pins import draw_pin
from zoo.core.cards import find_card
from zoo.core.images import encode_png
from zoo.core.inputs import STATE_BYTES
from zoo.core.plurals import counted
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import START, LearnKnobs, Snapshot

HOW = """
An **autoencoder** is an encoder, which turns a picture into a *code* of 128 numbers, and a decoder, which draws the
picture again from them ([Hinton and Salakhutdinov 2006](https://doi.org/10.1126/science.1127647)). Nobody labels
anything: the picture itself is the target. Both students here have the layers of the DCGAN
([Radford et al. 2016](https://arxiv.org/abs/1511.06434)) and the same size, and see the same batches.

- The **pixel student** minimises the mean squared error of pixels. Where it is not sure of the place of an edge, the
  mean of all places has the lowest error: a blur.
- The **perceptual student** minimises that error and the distance of early activations of a network
  ([Johnson et al. 2016](https://arxiv.org/abs/1603.08155)): an edge that is a pixel off costs less than no edge.
- The **perceptual distance** is that of LPIPS ([Zhang et al. 2018](https://arxiv.org/abs/1801.03924)) with equal
  weights, by all stages of that network, from 0 for the same picture to 2. It is adversarially trained, so that a
  student cannot lower the distance by patterns that nobody sees.
- The **replay buffer** holds up to 512 pictures of the stream. A batch is the four newest pictures and four from the
  buffer. Without it, the students forget ([McCloskey and Cohen 1989](https://doi.org/10.1016/S0079-7421(08)60536-8)).
"""
REFUSED = "autoencoder-state-refused"  # the id of the last state that could not be used, and why
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005)


def choose_knobs() -> tuple[LearnKnobs, bool]:
    """How the students learn, and whether the examples are in the stream."""
    with st.expander("How they learn", icon=":material/tune:"):
        left, middle, right = st.columns(3, gap="medium")
        values: dict[str, Any] = {}
        with left:
            values["start"] = knob_widgets.knob(LearnKnobs, "start", "start")
            page_state.remember("examples")
            examples = st.toggle(
                "Examples in the stream",
                True,
                key="examples",
                bind="query-params",
                help="Six photographs to begin with; without them, the stream is your pictures alone. "
                "Like another start, this begins anew.",
            )
            values["replay"] = knob_widgets.knob(LearnKnobs, "replay", "replay")
        with middle:
            values["pixel_weight"] = knob_widgets.knob(LearnKnobs, "pixel_weight", "pixel_weight")
            values["perceptual_weight"] = knob_widgets.knob(LearnKnobs, "perceptual_weight", "perceptual_weight")
        with right:
            page_state.remember("learning_rate")
            field = LearnKnobs.model_fields["learning_rate"]
            values["learning_rate"] = st.select_slider(
                str(field.title), RATES, 0.001, key="learning_rate", bind="query-params", help=field.description
            )
            values["seed"] = knob_widgets.knob(LearnKnobs, "seed", "seed")
    return LearnKnobs(**values), examples


def draw_state(kept: Session) -> None:
    """The answer, the pictures, the curves."""
    waiting, begun = kept.training.inspect(lambda students: (len(students.waiting), bool(len(students.gallery()))))
    if not begun:
        st.info("Add a picture: both students learn from it.", icon=":material/add_photo_alternate:")
        return
    state = kept.snapshot()
    st.markdown(sentence(state.errors, state.steps))
    draw_wall(state)
    if waiting:
        st.caption(f"{counted(waiting, 'picture')} {'waits' if waiting == 1 else 'wait'}: one comes in at each step.")
    draw_curves(kept.training.metrics, kept.history)


def draw_files(kept: Session, knobs: LearnKnobs, examples: bool) -> None:
    """What can be taken, a state that is brought back, and the pin."""
    state: Snapshot = kept.snapshot()
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.download(
            "State",
            partial(kept.training.inspect, exhibit.to_state),
            "autoencoder.safetensors",
            "application/octet-stream",
        )
        layout.download("Pictures", lambda: encode_png(exhibit.sheet_of(state)), "autoencoder.png", "image/png")
        layout.download("Record as JSON", partial(record, kept, state), "autoencoder.json", "application/json")
        with st.popover("Bring back a state", icon=":material/upload_file:"):
            st.caption("A safetensors file that was downloaded here: weights, optimiser, pictures and steps.")
            file = st.file_uploader(
                "State", key="autoencoder-state", max_upload_size=STATE_BYTES // 2**20, label_visibility="collapsed"
            )
            take = partial(bring_back, knobs, examples, file)
            st.button("Bring it back", disabled=file is None, on_click=take, key="bring-back")
            refused = st.session_state.get(REFUSED)
            if file is not None and refused and refused[0] == file.file_id:
                st.error(literal(f"{file.name}: {refused[1]}"), icon=":material/error:")
        place = st.container(width="content")
        layout.link_to_here()
    draw_pin("autoencoder", {"steps": f"{state.steps:,}"}, knobs, partial(draw_wall, state), row=place)


def bring_back(knobs: LearnKnobs, examples: bool, file: Any) -> None:
    """As a callback: students of the file, or why it cannot be used; what there was stays then."""
    sentence = refusal_of(partial(students_of.begin, knobs, examples, file.getvalue()))
    st.session_state[REFUSED] = (file.file_id, sentence) if sentence else None


def record(kept: Session, state: Snapshot) -> bytes:
    """Steps, curves and errors as JSON."""
    from pydantic_core import to_json

    values = {
        "steps": state.steps,
        "knobs": kept.training.inspect(lambda students: students.knobs.model_dump()),
        "errors": state.errors,
        "curves": exhibit.curves_of(kept.training.metrics),
        "history": [{"step": step, "errors": errors} for step, errors in kept.history],
    }
    return to_json(values, indent=2)


layout.header("autoencoder")
st.caption(
    "Both networks are called *students* here: the pixel student and the perceptual student. The 128 numbers are a "
    "picture's *code*."
)
inputs, answer, settings = st.container(), st.container(), st.container()
with settings:
    knobs, examples = choose_knobs()
with answer, layout.errors_as_sentences():
    kept = students_of.session(knobs, examples)
    with inputs:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="picker"):
            draw_inputs(kept)
        draw_notes()
    draw_refusal()
    restart = partial(attempt, partial(students_of.begin, knobs, examples))
    playback.draw_playback(kept.training, KEY, lambda: draw_state(kept), restart=restart, kept=[SESSION])
    if st.session_state[playback.mode_key(KEY)] != playback.PAUSE:
        st.caption("Pause to see what was learnt, and to take it home.")
    elif kept.training.inspect(lambda students: len(students.gallery())):
        draw_files(kept, knobs, examples)
        st.subheader("What was learnt", anchor=False)
        draw_learnt(kept)
if SESSION in st.session_state:
    draw_camera(st.session_state[SESSION])
layout.how_it_works(HOW)
draw_code_snippets("autoencoder-learn", {"archive": "pictures.zip"}, knobs)
with st.expander("The bundled start", icon=":material/account_tree:"):
    layout.model_facts(find_card(START))
