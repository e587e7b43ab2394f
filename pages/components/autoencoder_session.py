"""The visitor's students: made when the page is opened, and kept in the session."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components import playback
from zoo.core.live_training import LiveTraining
from zoo.examples import example
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import Errors, LearnKnobs, Snapshot, Students

KEY = "autoencoder"
SESSION = "autoencoder-session"
NOTES = "autoencoder-notes"  # about the files that came last
EXAMPLES = ("chelsea", "coffee", "rocket", "flower", "china", "astronaut")
STEPS_EACH, MOST_STEPS, SECONDS = 4, 40, 2.0  # at once for pictures that come in, with a limit on the time


@dataclass
class Session:
    """``signature``: of the knobs that make other students. ``version``: changes where the weights do.

    ``history``: of (step, errors), as they were drawn. ``added``: pictures that the visitor brought. ``drawn``: the
    newest snapshot, with what it was made of.
    """

    signature: tuple[Any, ...]
    training: LiveTraining[Students]
    version: int = 0
    added: int = 0
    history: list[tuple[int, tuple[Errors, ...]]] = field(default_factory=list)
    drawn: tuple[tuple[int, ...], Snapshot] | None = None

    def snapshot(self) -> Snapshot:
        """The students' reconstructions of the watched pictures; a point of the history."""
        made_of = self.training.inspect(
            lambda students: (students.steps, students.replay.offered, len(students.waiting))
        )
        if self.drawn and self.drawn[0] == made_of:
            return self.drawn[1]
        state = self.training.inspect(exhibit.snapshot)
        self.drawn = made_of, state
        if not self.history or self.history[-1][0] != state.steps:
            self.history.append((state.steps, state.errors))
            if len(self.history) > 600:
                self.history = self.history[::2]
        return state


def signature_of(knobs: LearnKnobs, examples: bool) -> tuple[Any, ...]:
    return knobs.start, knobs.seed, examples


def session(knobs: LearnKnobs, examples: bool) -> Session:
    """The visitor's students, with these knobs. Raises what making them raises."""
    signature = signature_of(knobs, examples)
    kept: Session | None = st.session_state.get(SESSION)
    if kept is None or kept.signature != signature:
        begin(knobs, examples)
        return session(knobs, examples)
    if kept.training.inspect(lambda students: students.knobs) != knobs:
        kept.training.inspect(lambda students: students.change(knobs))
    return kept


def begin(knobs: LearnKnobs, examples: bool, state: bytes | None = None) -> None:
    """New students, or those of a state. What there was stays where the state cannot be used."""
    before: Session | None = st.session_state.get(SESSION)
    pictures = example_tensors() if examples and state is None else None
    if before is not None and state is None:
        del st.session_state[SESSION]  # first: it takes a place
    training = exhibit.live_students(knobs, state, pictures)
    training.inspect(lambda students: None)  # it is made now, and its errors are told
    st.session_state[SESSION] = Session(signature_of(knobs, examples), training)
    st.session_state.pop(NOTES, None)
    playback.pause(KEY)


def add(kept: Session, pictures: Any) -> int:
    """Add (N, 3, 64, 64) uint8 pictures to the stream, each once, and learn from them for some steps: how many."""
    added = kept.training.inspect(lambda students: students.add(pictures))
    kept.added += added
    kept.training.advance(min(MOST_STEPS, STEPS_EACH * max(1, added)), SECONDS)
    return added


@st.cache_resource(show_spinner=False)
def example_tensors(names: Sequence[str] = EXAMPLES) -> Any:
    """(N, 3, 64, 64) uint8 of bundled photographs."""
    return exhibit.to_tensors([example(name) for name in names])
