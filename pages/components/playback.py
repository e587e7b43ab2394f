"""Step, slow motion and play: a training that goes on while the visitor looks at it."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.components import layout, reloads
from zoo.core.live_training import LiveTraining
from zoo.core.plurals import counted

PAUSE, SLOW, PLAY = "Pause", "Slow motion", "Play"
ICONS = {PAUSE: ":material/pause:", SLOW: ":material/slow_motion_video:", PLAY: ":material/play_arrow:"}
INTERVALS = {PAUSE: None, SLOW: 0.8, PLAY: 0.35}  # seconds from one run of the fragment to the next
LEFT = "It paused when you left: Play goes on from here."
BURST = 0.3  # seconds of training in a run of the fragment while it plays


def draw_playback(
    training: LiveTraining[Any],
    key: str,
    draw: Callable[[], None],
    *,
    restart: Callable[[], object],
    kept: Sequence[str],
    total: int | None = None,
    unit: str = "step",
) -> None:
    """The controls, then what ``draw`` shows of the training, drawn anew after each step or moment of training.

    ``restart``: makes the training anew; called as a callback. ``kept``: keys of the session, by which a reload of the
    page finds it. ``total``: the step at which it pauses by itself. A page that is left, or a browser that is closed,
    runs no fragment: the training waits as it is.
    """
    stopped = st.session_state.pop(f"{key}-stop", False)
    if stopped or (total is not None and training.steps >= total):
        pause(key)
    mode = st.session_state.setdefault(mode_key(key), PAUSE)
    if mode == PAUSE and st.session_state.pop(f"{key}-playing", False):  # by no button: the page was left
        st.session_state[f"{key}-left"] = True
    st.fragment(run_every=INTERVALS[mode])(_draw)(training, key, draw, restart, kept, total, unit)


def mode_key(key: str) -> str:
    """Where the session keeps whether it plays: a page that sets it to ``PLAY`` begins by itself."""
    return f"{key}-mode"


def pause(key: str) -> None:
    """Before the controls are drawn, or as a callback: of what makes the training another one."""
    st.session_state[mode_key(key)] = PAUSE
    _by_button(key)


def pause_within(key: str) -> None:
    """While the fragment is drawn, of a training that cannot go on: the page is drawn anew, paused."""
    st.session_state[f"{key}-stop"] = True
    st.rerun()


def _draw(
    training: LiveTraining[Any],
    key: str,
    draw: Callable[[], None],
    restart: Callable[[], object],
    kept: Sequence[str],
    total: int | None,
    unit: str,
) -> None:
    ended = total is not None and training.steps >= total
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}-controls"):
        st.segmented_control(
            "Training",
            list(ICONS),
            key=mode_key(key),
            required=True,
            format_func=lambda mode: f"{ICONS[mode]} {mode}",
            label_visibility="collapsed",
            on_change=draw_anew,
            args=(key,),
            disabled=ended,
            wrap=True,
        )
        st.button(
            "Step",
            key=f"{key}-step",
            icon=":material/skip_next:",
            help=f"One {unit}, then it waits.",
            on_click=_step,
            args=(key,),
            disabled=ended,
        )
        st.button(
            "Restart", key=f"{key}-restart", icon=":material/restart_alt:", on_click=_restart, args=(key, restart)
        )
        count = st.empty()
    if st.session_state.pop(f"{key}-changed", False):
        st.rerun()  # the interval of a fragment is set where the page draws it
    mode = st.session_state[mode_key(key)]
    st.session_state[f"{key}-playing"] = mode != PAUSE
    if mode == PAUSE and st.session_state.get(f"{key}-left"):
        st.caption(LEFT)
    count.caption(_progress(training, total, unit))  # before the step too: it would be gone while that is computed
    with layout.errors_as_sentences():
        _advance(training, key, total)
        if training.steps or reloads.WORK in st.session_state:
            reloads.keep([*kept, f"{key}-playing"])
        count.caption(_progress(training, total, unit))
        draw()
    if total is not None and training.steps >= total and not ended:
        st.rerun()


def _progress(training: LiveTraining[Any], total: int | None, unit: str) -> str:
    return counted(training.steps, unit) if total is None else f"{training.steps:,} of {counted(total, unit)}"


def _advance(training: LiveTraining[Any], key: str, total: int | None) -> None:
    mode, single = st.session_state[mode_key(key)], st.session_state.pop(f"{key}-single", False)
    left = total - training.steps if total is not None else None
    if left == 0 or (mode == PAUSE and not single):
        return
    if mode == PLAY:
        training.advance(left if left is not None else 10**9, BURST)
    else:
        training.advance()


def _by_button(key: str) -> None:
    for each in ("playing", "left"):
        st.session_state.pop(f"{key}-{each}", None)


def draw_anew(key: str) -> None:
    """As a callback within the fragment: the whole page is drawn, as its knobs or the interval have changed."""
    _by_button(key)
    st.session_state[f"{key}-changed"] = True


def _step(key: str) -> None:
    """Of a training that runs, the button is a pause at the next step. The page around is drawn as it is after it."""
    st.session_state[f"{key}-single"] = True
    pause(key)
    draw_anew(key)


def _restart(key: str, restart: Callable[[], object]) -> None:
    restart()
    draw_anew(key)
