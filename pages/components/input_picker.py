"""The input of a page: an example, an upload, the camera, the microphone, or a typed text."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image, ImageOps

from pages.components.live_text import live_text
from zoo.core.errors import ZooError
from zoo.core.images import IMAGE_LIMITS, decode_image, image_format_help, read_limited
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, sound_format_help
from zoo.core.srgb import notes_of
from zoo.examples import EXAMPLES, SOUND_EXAMPLES, Example, example, example_path
from zoo.exhibits.sound.knobs import RATE


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    ``key``: equal for equal bytes; ``text``: its alternative text; ``example``: its name, where it is an example.
    """

    key: str
    image: Image.Image
    text: str
    example: str | None


@dataclass(frozen=True)
class Recording:
    """A decoded sound, with the fields of a picture."""

    key: str
    sound: Sound
    text: str
    example: str | None


def choose_picture() -> Picture:
    """The chosen example, upload or photograph. One that cannot be decoded leaves the one before."""
    with st.container(horizontal=True, gap="small"):
        for sample in EXAMPLES:
            with st.container(width=104, gap="xxsmall", key=f"example-{sample.name}"):
                st.image(_thumbnail(sample.name), width=104, alt=sample.text)
                example_button(sample, "picture", width="stretch")
    upload, camera = st.tabs([":material/upload: Your picture", ":material/photo_camera: Camera"])
    with upload:
        file = upload_field("Your picture", "picture", IMAGE_LIMITS.max_bytes)
        st.caption(image_format_help)
    with camera:
        shot = None
        if st.toggle("Switch the camera on", key="camera_on"):
            key = f"camera{upload_count('picture')}"
            shot = st.camera_input("Take a picture", key=key, label_visibility="collapsed")
    text = "Your picture" if shot is None else "The camera's picture"
    keep_received(
        "picture",
        file or shot,
        lambda data: Picture(_digest(data), decode_image(data), text, None),
        IMAGE_LIMITS.max_bytes,
    )
    sample = chosen_example("picture", EXAMPLES)
    if sample is None:
        uploaded: Picture = st.session_state.picture
        _draw_notes(notes_of(uploaded.image))
        return uploaded
    return Picture(f"example:{sample.name}", _example(sample.name), sample.text, sample.name)


def choose_recording() -> Recording:
    """The chosen example, upload or recording. One that cannot be decoded leaves the one before."""
    with st.container(horizontal=True, gap="small"):
        for sample in SOUND_EXAMPLES:
            example_button(sample, "recording")
    upload, microphone = st.tabs([":material/upload: Your sound", ":material/mic: Microphone"])
    with upload:
        file = upload_field("Your sound", "recording", SOUND_LIMITS.max_bytes)
        st.caption(sound_format_help)
    with microphone:
        # Streamlit records at 16 kHz by default, which has nothing above 8 kHz.
        recorded = st.audio_input("Record", sample_rate=44_100, key=f"microphone{upload_count('recording')}")
    text = "Your sound" if recorded is None else "The microphone's recording"
    keep_received(
        "recording",
        file or recorded,
        lambda data: Recording(_digest(data), decode_sound(data, RATE), text, None),
        SOUND_LIMITS.max_bytes,
    )
    sample = chosen_example("recording", SOUND_EXAMPLES)
    if sample is None:
        uploaded: Recording = st.session_state.recording
        _draw_notes(uploaded.sound.notes)
        return uploaded
    return Recording(f"example:{sample.name}", _sound_example(sample.name), sample.text, sample.name)


def _draw_notes(notes: Sequence[str]) -> None:
    """How an input was decoded, where that is not a matter of course."""
    for note in notes:
        st.caption(f":material/info: {note}")


def upload_count(kind: str) -> int:
    """How many uploads were received. It is part of a widget's key: a new key drops the bytes of the last upload."""
    return int(st.session_state.setdefault(f"{kind}_uploads", 0))


def upload_field(label: str, kind: str, max_bytes: int) -> Any:
    """A file uploader that is empty again after each upload."""
    key = f"{kind}-upload{upload_count(kind)}"
    return st.file_uploader(label, key=key, max_upload_size=max_bytes // 2**20, label_visibility="collapsed")


def example_button(sample: Example, kind: str, **options: Any) -> None:
    """A button that chooses an example, and writes it into the URL."""
    if st.button(sample.name.capitalize(), help=sample.text, key=f"take-{sample.name}", **options):
        st.query_params["example"] = sample.name
        st.session_state[f"{kind}_error"] = None


def keep_received(
    kind: str, received: Any, decode: Callable[[bytes], Any], max_bytes: int, instead_of: str = "example"
) -> None:
    """Decode what a widget received and rerun the page with it; draw the error of the last one that failed.

    ``instead_of``: the query parameter that it replaces.
    """
    if received is not None:
        st.session_state[f"{kind}_uploads"] = upload_count(kind) + 1
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
    """The example in the URL, else the first one; None where the visitor chose an input of their own."""
    name = st.query_params.get("example")
    if name is None and kind in st.session_state:
        return None
    return next((sample for sample in examples if sample.name == name), examples[0])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@st.cache_data(show_spinner=False)
def _thumbnail(name: str) -> Image.Image:
    return ImageOps.fit(example(name), (208, 208))


@st.cache_resource(show_spinner=False)
def _example(name: str) -> Image.Image:
    return example(name)


@st.cache_resource(show_spinner=False)
def _sound_example(name: str) -> Sound:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE)


def choose_text(label: str, examples: dict[str, str], max_characters: int) -> str:
    """The typed text; it starts as the ``text`` in the URL, else as the first example."""
    linked = st.query_params.get("text", "")[:max_characters]
    state = _initial_text(label)
    st.session_state.setdefault(state, (0, linked or next(iter(examples.values()))))
    with st.container(horizontal=True, gap="small"):
        for name, text in examples.items():
            if st.button(name, key=f"take-{name}", help=text):
                replace_text(label, text)
    version, start = st.session_state[state]
    # Another key is another field: for another example, and for another language.
    return live_text(label, start, f"text-{version} {label}", max_characters)


def replace_text(label: str, text: str) -> None:
    """Put another text into the field of ``choose_text`` with that label."""
    version, _ = st.session_state[_initial_text(label)]
    st.session_state[_initial_text(label)] = (version + 1, text)


def _initial_text(label: str) -> str:
    return f"start of {label}"  # pages share the session
