"""The part of GAN in the plane: its controls, its stage, and what can be taken from it."""

import io
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components import layout, playback
from pages.components.code_snippets import draw_code_snippets
from pages.components.gan_knobs import (
    DRAWN,
    FILE,
    OWN_FILE,
    OWN_STROKES,
    choose_distribution,
    choose_knobs,
    draw_canvas,
)
from pages.components.gan_presets import draw_presets, set_back
from pages.components.gan_stage import gan_stage, stage_data
from pages.components.pins import draw_pin
from zoo.exhibits import find_operation
from zoo.exhibits import gan as exhibit
from zoo.exhibits.gan import Coverage, Frame, GameTraining
from zoo.exhibits.gan.knobs import GameKnobs, GameTrainKnobs

KEY, KEPT = "gan", "gan-training"
Points = NDArray[np.floating]  # (N, 2)
COLLAPSED_AFTER = 300  # updates of the generator
COLLAPSED = 0.5  # share of the points that are near the few modes: else they are on their way


def draw_game() -> None:
    """Everything about points in the plane."""
    with layout.errors_as_sentences():
        name, points = choose_distribution()
        if name == FILE and points is None:
            st.info("Choose a file with x and y of a point on each line: they become the real points.")
            return
        draw_presets(KEY)
        place = st.container()
        with st.expander("Networks and losses", icon=":material/tune:", expanded=False):
            knobs = choose_knobs(name)
        with place:
            if name == DRAWN:
                left, right = st.columns([1, 3], gap="medium")
                with left:
                    points = draw_canvas()
                with right:
                    draw_training(points, DRAWN, knobs)
            else:
                draw_training(points, name, knobs)
        draw_snippets(points, knobs)


def draw_training(points: Points | None, name: str, knobs: GameKnobs) -> None:
    """Controls and stage. Another distribution or another knob begins anew."""
    text = as_text(points) if points is not None else ""
    signature = (name, text, knobs)

    def restart() -> None:
        target = exhibit.of_own_points(points) if points is not None else exhibit.named(knobs.distribution)
        st.session_state.pop(KEPT, None)  # first: it takes a place
        st.session_state[KEPT] = (signature, exhibit.live(target, knobs))

    with layout.errors_as_sentences():
        if KEPT not in st.session_state or st.session_state[KEPT][0] != signature:
            restart()
        training: GameTraining = st.session_state[KEPT][1]
        draw = partial(draw_state, training, knobs, name, points)
        playback.draw_playback(training, KEY, draw, restart=restart, kept=[KEPT, OWN_FILE, OWN_STROKES], unit="update")


def draw_state(training: GameTraining, knobs: GameKnobs, name: str, points: Points | None) -> None:
    """The game as it is: a sentence, the stage, files."""
    frames, reached, target, diverged = training.inspect(
        lambda game: (game.take_frames(), game.coverage(), game.target, game.diverged)
    )
    mode = st.session_state[playback.mode_key(KEY)]
    if diverged:
        if mode != playback.PAUSE:
            playback.pause_within(KEY)
        st.error(diverged, icon=":material/error:")
        st.button("Set the knobs back", icon=":material/undo:", on_click=set_back, args=(KEY,), key="gan-set-back")
    else:
        st.markdown(sentence(frames[-1], reached, training.steps // (knobs.discriminator_steps + 1)))
    seconds = playback.INTERVALS[mode] or 0.0
    data = stage_data(target, frames, reached, training.metrics, seconds if mode == playback.PLAY else 0.0)
    gan_stage(data, key="gan-stage")
    if mode == playback.PAUSE:
        with st.container(horizontal=True):
            draw_files(training, points)
            place = st.container(width="content")
            layout.link_within_fragment()
        frozen = {**data, "frames": data["frames"][-1:]}
        settings = {
            "points": name,
            "updates": f"{training.steps:,}",
            "modes covered": f"{reached.count} of {len(reached.covered)}",
        }
        draw_pin("gan", settings, knobs, partial(gan_stage, frozen), row=place)


def sentence(frame: Frame, reached: Coverage, rounds: int) -> str:
    """The answer: what the generator reaches, and which network is next."""
    total = len(reached.covered)
    if frame.update == 0:
        return f"Nothing is learnt yet. The first update is of the **{frame.next}**. Press Play, or Step."
    state = f"**{reached.count} of {total} modes** covered, {reached.near:.0%} of the generated points near one"
    if not reached.count:
        state = f"**No mode** of {total} is covered yet, {reached.near:.0%} of the generated points are near one"
    elif rounds >= COLLAPSED_AFTER and reached.count <= total / 2 and reached.near >= COLLAPSED:
        state = f":material/warning: **Mode collapse**: {state}"
    return f"{state}. Last update: {frame.trained}; next: **{frame.next}**."


def draw_files(training: GameTraining, points: Points | None) -> None:
    """What can be taken: weights, the record as the API returns it, and points."""
    operation = find_operation("gan-train")
    result = partial(training.inspect, lambda game: exhibit.result_of(game, training.metrics))
    data = partial(training.inspect, exhibit.state_of)
    layout.download("Weights", data, "gan.safetensors", "application/octet-stream")
    layout.download("Record as JSON", lambda: operation.json(result(), indent=2), "gan-train.json", "application/json")
    if points is not None:
        layout.download("Real points", partial(as_text, points), "points.csv", "text/csv")
    layout.download("Generated points", lambda: as_text(result().points), "generated.csv", "text/csv")


def draw_snippets(points: Points | None, knobs: GameKnobs) -> None:
    trained = GameTrainKnobs(**knobs.model_dump())
    draw_code_snippets("gan-train", {"points": "points.csv"} if points is not None else {}, trained)


def as_text(points: Points) -> str:
    """Points as CSV."""
    file = io.StringIO()
    np.savetxt(file, points, fmt="%.6g", delimiter=",")
    return file.getvalue()
