"""Inputs of a page: an example, an upload, the camera or the microphone, or a text that is typed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from pages.components.live_text import live_text
from zoo.core.errors import ZooError
from zoo.core.images import IMAGE_LIMITS, decode_image, image_format_help, read_limited
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, sound_format_help
from zoo.examples import EXAMPLES, SOUND_EXAMPLES, Example, example_path
from zoo.exhibits.sound.knobs import RATE


@dataclass(frozen=True)
class Picture:
    """A decoded picture; ``key`` is the same for the same bytes, and ``example`` its name if it is one of ours."""

    key: str
    image: Image.Image
    text: str
    example: str | None


@dataclass(frozen=True)
class Recording:
    """A decoded sound; fields as a picture's."""

    key: str
    sound: Sound
    text: str
    example: str | None


def choose_picture() -> Picture:
    """An example one click away, an upload or the camera; the last one chosen stays until the next good one."""
    with st.container(horizontal=True, gap="small"):
        for sample in EXAMPLES:
            with st.container(width=104, gap="xxsmall", key=f"example-{sample.name}"):
                st.image(_thumbnail(sample.name), width=104, alt=sample.text)
                take_example(sample, "picture", width="stretch")
    upload, camera = st.tabs([":material/upload: Your picture", ":material/photo_camera: Camera"])
    with upload:
        file = upload_field("Your picture", "picture", IMAGE_LIMITS.max_bytes)
        st.caption(image_format_help)
    with camera:
        shot = None
        if st.toggle("Switch the camera on", key="camera_on"):
            shot = st.camera_input("Take a picture", key=f"camera{turn('picture')}", label_visibility="collapsed")
    text = "Your picture" if shot is None else "The camera's picture"
    keep_received(
        "picture",
        file or shot,
        lambda data: Picture(_digest(data), decode_image(data), text, None),
        IMAGE_LIMITS.max_bytes,
    )
    sample = chosen_example("picture", EXAMPLES)
    if sample is None:
        own: Picture = st.session_state.picture
        return own
    return Picture(f"example:{sample.name}", _example(sample.name), sample.text, sample.name)


def choose_recording() -> Recording:
    """An example one click away, an upload or the microphone; the last one chosen stays until the next good one."""
    with st.container(horizontal=True, gap="small"):
        for sample in SOUND_EXAMPLES:
            take_example(sample, "recording")
    upload, microphone = st.tabs([":material/upload: Your sound", ":material/mic: Microphone"])
    with upload:
        file = upload_field("Your sound", "recording", SOUND_LIMITS.max_bytes)
        st.caption(sound_format_help)
    with microphone:
        # Left alone, the browser would record at 16 kHz and leave out half of what there is to hear.
        taken = st.audio_input("Record", sample_rate=44_100, key=f"microphone{turn('recording')}")
    text = "Your sound" if taken is None else "The microphone's recording"
    keep_received(
        "recording",
        file or taken,
        lambda data: Recording(_digest(data), decode_sound(data, RATE), text, None),
        SOUND_LIMITS.max_bytes,
    )
    sample = chosen_example("recording", SOUND_EXAMPLES)
    if sample is None:
        own: Recording = st.session_state.recording
        return own
    return Recording(f"example:{sample.name}", _sound_example(sample.name), sample.text, sample.name)


def turn(kind: str) -> int:
    """Counts what was received: a new key empties a widget, so that an upload's bytes are let go once decoded."""
    return int(st.session_state.setdefault(f"{kind}_turn", 0))


def upload_field(label: str, kind: str, max_bytes: int) -> Any:
    return st.file_uploader(
        label, key=f"{kind}-upload{turn(kind)}", max_upload_size=max_bytes // 2**20, label_visibility="collapsed"
    )


def take_example(sample: Example, kind: str, **options: Any) -> None:
    if st.button(sample.name.capitalize(), help=sample.text, key=f"take-{sample.name}", **options):
        st.query_params["example"] = sample.name
        st.session_state[f"{kind}_error"] = None


def keep_received(
    kind: str, received: Any, decode: Callable[[bytes], Any], max_bytes: int, instead_of: str = "example"
) -> None:
    """Decode what a widget brought and start afresh with it, or say what is wrong with it and keep what was there.

    ``instead_of``: what of the page's link it takes the place of.
    """
    if received is not None:
        st.session_state[f"{kind}_turn"] = turn(kind) + 1
        st.session_state[f"{kind}_error"] = None
        try:
            st.session_state[kind] = decode(read_limited(received, max_bytes))
            st.query_params.pop(instead_of, None)
        except ZooError as error:
            st.session_state[f"{kind}_error"] = str(error)
        st.rerun()
    if st.session_state.get(f"{kind}_error"):
        st.error(st.session_state[f"{kind}_error"], icon=":material/error:")


def chosen_example(kind: str, examples: Sequence[Example]) -> Example | None:
    """None for the visitor's own, unless the link names an example; the first example at the start."""
    named = st.query_params.get("example")
    if named is None and kind in st.session_state:
        return None
    return next((sample for sample in examples if sample.name == named), examples[0])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@st.cache_data(show_spinner=False)
def _thumbnail(name: str) -> Image.Image:
    with Image.open(example_path(name)) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.convert("RGB").crop((left, top, left + side, top + side)).resize((208, 208))


@st.cache_resource(show_spinner=False)
def _example(name: str) -> Image.Image:
    return Image.open(example_path(name)).convert("RGB")


@st.cache_resource(show_spinner=False)
def _sound_example(name: str) -> Sound:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE)


def choose_text(label: str, examples: dict[str, str], max_characters: int) -> str:
    """An example one click away, or whatever is typed; a link may begin with a ``text`` of its own."""
    linked = st.query_params.get("text", "")[:max_characters]
    memory = f"start of {label}"  # the session is the same on every page
    turn, start = st.session_state.setdefault(memory, (0, linked or next(iter(examples.values()))))
    with st.container(horizontal=True, gap="small"):
        for name, text in examples.items():
            if st.button(name, key=f"take-{name}", help=text):
                turn, start = st.session_state[memory] = (turn + 1, text)
    # A new field each turn: it forgets what was typed into the one before.
    return live_text(label, start, f"text-{turn}", max_characters)
