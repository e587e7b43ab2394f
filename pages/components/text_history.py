"""The texts that a visitor had generated in this session: the one on screen, and those before and after it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from pages.components import job_progress
from zoo.core.jobs import Job
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate.knobs import GenerateKnobs
from zoo.exhibits.generate.results import Generation

JOB, WANTED, OF = "generate-job", "generate-wanted", "generate-job-of"
TEXTS, PLACE, KEPT = "generated-texts", "generated-text-on-screen", "generated-text-of-job"
SEED, MAX_SEED = "seed", 9999
MAX_TEXTS = 20  # that are kept
POLL_INTERVAL = 0.2  # seconds between two readings of a text that is being generated


@dataclass(frozen=True)
class GeneratedText:
    """A text with what it was generated from. ``seconds``: how long it took."""

    prompt: str
    knobs: GenerateKnobs
    result: Generation
    seconds: float


def texts() -> list[GeneratedText]:
    """All of this session that are kept, the oldest first."""
    kept: list[GeneratedText] = st.session_state.setdefault(TEXTS, [])
    return kept


def want(prompt: str = "", new_seed: bool = False) -> None:
    """Generate a text when the page is drawn next: a callback, which may change the seed on the page.

    Without a ``prompt`` it is the one on the page then, as the knobs are: what was typed just before a click counts.
    """
    if new_seed:
        st.session_state[SEED] = random.choice([seed for seed in range(MAX_SEED + 1) if seed != st.session_state[SEED]])
    st.session_state[WANTED] = prompt


def start_wanted(prompt: str, knobs: GenerateKnobs) -> None:
    """Start the job of the text that is wanted; on the first view, that of this prompt. Raises BusyError."""
    if JOB not in st.session_state and not texts():
        st.session_state.setdefault(WANTED, "")
    wanted = st.session_state.pop(WANTED, None)
    if wanted is not None:
        given = (wanted or prompt, knobs)
        job_progress.start_job(JOB, partial(exhibit.generate, *given), title="generate")
        st.session_state[OF] = given


def draw_running(draw_samples: Callable[[Generation], None]) -> bool:
    """Whether the job has ended. Until then draws its text as it comes; then keeps it, a stopped one as far as it got.

    ``draw_samples`` draws a text in the making.
    """
    job: Job[Any] | None = st.session_state.get(JOB)
    if job is None:
        return True
    done = job_progress.finished(job, draw_samples, interval=POLL_INTERVAL, cancel_label="Stop", keep=False)
    if not job.ended:
        return False
    result: Generation | None = job.result() if done else job_progress.kept(job)
    if result is not None and st.session_state.get(KEPT) != job.id:
        prompt, knobs = st.session_state[OF]
        seconds = job.latest.elapsed if job.latest is not None else 0.0
        st.session_state[TEXTS] = [*texts(), GeneratedText(prompt, knobs, result, seconds)][-MAX_TEXTS:]
        st.session_state[PLACE] = len(texts()) - 1
        st.session_state[KEPT] = job.id
    return True


def current() -> GeneratedText | None:
    """The text on screen."""
    return texts()[st.session_state[PLACE]] if texts() else None


def draw_navigation(keys: Mapping[str, str], replace_prompt: Callable[[str], None]) -> None:
    """Which text this is, and buttons for the ones before and after it.

    ``keys``: the key of each knob's widget. ``replace_prompt`` puts a prompt into the field.
    """
    count = len(texts())
    if count < 2:
        return
    place = st.session_state[PLACE]
    for label, other, icon in (("Earlier", place - 1, "arrow_back"), ("Later", place + 1, "arrow_forward")):
        st.button(
            label,
            icon=f":material/{icon}:",
            disabled=not 0 <= other < count,
            on_click=_go_to,
            args=(other, keys, replace_prompt),
        )
    st.caption(f"Text {place + 1} of {count}", width="content")


def _go_to(place: int, keys: Mapping[str, str], replace_prompt: Callable[[str], None]) -> None:
    """Another text on screen, with the prompt and the knobs that it was generated from."""
    st.session_state[PLACE] = place
    text = texts()[place]
    for name, key in keys.items():
        st.session_state[key] = getattr(text.knobs, name)
    replace_prompt(text.prompt)
