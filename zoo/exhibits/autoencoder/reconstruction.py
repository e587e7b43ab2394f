"""Reconstruct pictures by both students, and morph one picture into another."""

import io
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import torch
from PIL import Image

from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.inputs import ImageLike, as_image
from zoo.core.runtime import get_runtime
from zoo.core.srgb import notes_of
from zoo.exhibits.autoencoder.codes import interpolate
from zoo.exhibits.autoencoder.knobs import START, LearnKnobs, MorphKnobs, ReconstructKnobs, Student
from zoo.exhibits.autoencoder.learning import StateLike, sheet_of, state_bytes
from zoo.exhibits.autoencoder.pictures import to_image, to_tensors
from zoo.exhibits.autoencoder.results import Morph, Reconstruction
from zoo.exhibits.autoencoder.state import from_state
from zoo.exhibits.autoencoder.students import Students, snapshot

T = TypeVar("T")
MAX_PICTURES = 16  # of a request
FRAME, END = 60, 700  # milliseconds that a frame stays, and that the first and the last do


def reconstruct(
    pictures: Sequence[ImageLike], state: StateLike = "", knobs: ReconstructKnobs | None = None
) -> Reconstruction:
    """The reconstructions of one to 16 pictures by both students, and how far they are from the pictures.

    ``state``: of students that have learnt; without one, the bundled start. Raises InputError for no picture, too many
    or a state that cannot be used.
    """
    if not 0 < len(pictures) <= MAX_PICTURES:
        raise InputError(f"Give 1 to {MAX_PICTURES} pictures at a time, not {len(pictures)}.")
    images = [as_image(picture) for picture in pictures]
    pixels, data = to_tensors(images), state_bytes(state)
    with_students(lambda students: None, None)  # loading is not part of the time
    start = time.perf_counter()
    state_now = with_students(partial(snapshot, pictures=pixels), data)
    milliseconds = 1000 * (time.perf_counter() - start)
    notes = tuple(dict.fromkeys(note for image in images for note in notes_of(image)))
    restriction = find_card(START).restriction
    return Reconstruction(state_now.errors, state_now.steps, milliseconds, restriction, sheet_of(state_now), notes)


def morph(pictures: Sequence[ImageLike], state: StateLike = "", knobs: MorphKnobs | None = None) -> Morph:
    """Pictures on the straight line between the codes of two pictures, as the decoder draws them.

    Raises InputError for another number of pictures than two, or a state that cannot be used.
    """
    knobs = knobs or MorphKnobs()
    if len(pictures) != 2:
        raise InputError(f"Give two pictures, the first and the last, not {len(pictures)}.")
    pixels = to_tensors([as_image(picture) for picture in pictures])
    frames, distance = with_students(
        partial(morph_frames, pixels=pixels, student=knobs.student, count=knobs.frames), state_bytes(state)
    )
    size = (knobs.size, knobs.size)
    resized = tuple(frame.resize(size, Image.Resampling.BICUBIC) for frame in frames)
    return Morph(knobs.student, distance, find_card(START).restriction, resized)


def morph_frames(
    students: Students, pixels: torch.Tensor, student: Student, count: int
) -> tuple[list[Image.Image], float]:
    """``count`` pictures from the first to the second of (2, 3, 64, 64) uint8, and the distance of their codes."""
    first, last = students.codes(pixels, student)
    decoded = students.decode(interpolate(first, last, count), student)
    return [to_image(frame) for frame in decoded], float((first - last).norm())


def with_students(function: Callable[[Students], T], state: bytes | None) -> T:
    """What ``function`` makes of the students of a state, or of the bundled start. Raises InputError, TooLargeError."""

    def call() -> T:
        device = get_runtime().device
        return function(from_state(state, device) if state is not None else Students(LearnKnobs(), device))

    return get_runtime().run(call, seed=0)


def encode_gif(frames: Sequence[Image.Image]) -> bytes:
    """An animated GIF from the first frame to the last and back, without end."""
    forth = [frame.quantize(128, dither=Image.Dither.NONE) for frame in frames]
    cycle = [*forth, *forth[-2:0:-1]]
    durations = [END if index in (0, len(forth) - 1) else FRAME for index in range(len(cycle))]
    file = io.BytesIO()
    cycle[0].save(file, "gif", save_all=True, append_images=cycle[1:], duration=durations, loop=0)
    return file.getvalue()
