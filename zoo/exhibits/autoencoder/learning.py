"""The students' operation: learn from pictures as a job, from a start or from a state."""

from collections.abc import Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from PIL import Image
from torch import Tensor

from zoo.core.background import advanced_in_background
from zoo.core.cards import find_card
from zoo.core.inputs import STATE_BYTES, as_archive, read_file
from zoo.core.live_training import LiveTraining
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.exhibits.autoencoder.knobs import START, LearnKnobs
from zoo.exhibits.autoencoder.pictures import PictureSet, read_pictures, sheet
from zoo.exhibits.autoencoder.replay import spread
from zoo.exhibits.autoencoder.results import Curves, LearningRun, LearnPreview
from zoo.exhibits.autoencoder.state import from_state, to_state
from zoo.exhibits.autoencoder.students import WATCHED, Snapshot, Students, snapshot

StateLike: TypeAlias = "str | PathLike[str] | bytes"
POINTS = 256  # of a curve


def live_students(
    knobs: LearnKnobs, state: bytes | None = None, pictures: Tensor | None = None
) -> LiveTraining[Students]:
    """Students that learn while one looks at them. ``state``: they go on from it, with ``knobs``.

    ``pictures``: (N, 3, 64, 64) uint8, the first of the stream. Raises InputError for a state that cannot be used,
    TooLargeError for one that is too large, BusyError where too many people train.
    """
    training = LiveTraining(partial(_make, knobs, state, pictures), knobs.seed)
    if state is not None:
        training.steps = training.inspect(lambda students: students.steps)
    return training


def _make(knobs: LearnKnobs, state: bytes | None, pictures: Tensor | None, device: str) -> Students:
    students = from_state(state, device) if state is not None else Students(knobs, device)
    students.change(knobs)
    if pictures is not None:
        students.add(pictures)
    return students


def learn(archive: "str | PathLike[str]", state: StateLike = "", knobs: LearnKnobs | None = None) -> Steps[LearningRun]:
    """Let both students learn from the pictures of an archive; a job.

    ``archive``: a zip, a tar, a folder, or one picture. ``state``: of an earlier run, which goes on. Closed early, the
    job returns what there is. The preview of a record is a ``LearnPreview``. Raises InputError for an archive without
    pictures or a state that cannot be used, and what ``read_archive`` raises.
    """
    return _learn(as_archive(archive), state_bytes(state), knobs or LearnKnobs())


def _learn(path: Path, state: bytes | None, knobs: LearnKnobs) -> Steps[LearningRun]:
    brought = yield from advanced_in_background(reading(path), "Reading the pictures")
    training = live_students(knobs, state, brought.pixels)
    yield PAUSE
    begun, watched = training.steps, spread(brought.pixels, WATCHED)
    before = training.inspect(partial(snapshot, pictures=watched))
    yield PAUSE
    try:
        yield from training.run(begun + knobs.steps, partial(_preview, watched))
    except GeneratorExit:
        if training.steps == begun:
            raise
    after, data, count = training.inspect(
        lambda students: (snapshot(students, watched), to_state(students), len(students.replay))
    )
    return LearningRun(
        steps=training.steps - begun,
        pictures=count,
        before=before.errors,
        after=after.errors,
        curves=curves_of(training.metrics),
        restriction=find_card(START).restriction,
        picture=sheet_of(after),
        state=data,
        left_out=brought.left_out,
    )


def reading(path: Path) -> Steps[PictureSet]:
    """Read the pictures of an archive, one a step. Raises what ``read_pictures`` raises."""
    for number, brought in enumerate(read_pictures(path), 1):
        if brought is not None:
            return brought
        yield Progress(0, message=f"Picture {number:,}")  # the steps to count are those that follow
    raise AssertionError("The last item of read_pictures is the result.")


def sheet_of(state: Snapshot) -> Image.Image:
    """Three rows: pictures, the pixel student's reconstructions, the perceptual student's."""
    return sheet([state.pictures, *state.reconstructions])


def curves_of(metrics: Sequence[tuple[int, Mapping[str, float]]]) -> Curves:
    """The losses of a training, thinned to at most ``POINTS``."""
    chosen = metrics[:: max(1, -(-len(metrics) // POINTS))]
    return Curves(
        tuple(step for step, _ in chosen),
        tuple(values["pixel"] for _, values in chosen),
        tuple(values["perceptual"] for _, values in chosen),
    )


def state_bytes(state: StateLike) -> bytes | None:
    """The bytes of a state by its path; None where none is given. Raises InputError, TooLargeError."""
    if isinstance(state, bytes):
        return state
    return read_file(Path(state), STATE_BYTES) if str(state) else None


def _preview(watched: Tensor, students: Students) -> LearnPreview:
    state = snapshot(students, watched)
    return LearnPreview(state.errors, sheet_of(state))
