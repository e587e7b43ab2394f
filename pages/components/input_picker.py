"""The input of a page: an example, an upload, the camera, the microphone, or a typed text."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from pages.components import page_state
from pages.components.data_urls import thumbnail_url
from pages.components.escape import literal
from pages.components.live_text import live_text
from zoo.core.errors import ZooError
from zoo.core.images import IMAGE_LIMITS, decode_image, image_format_help, read_limited
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, sound_format_help
from zoo.core.srgb import notes_of
from zoo.examples import DIGIT_EXAMPLES, DRAWN_EXAMPLES, EXAMPLES, SOUND_EXAMPLES, Example, example, example_path
from zoo.exhibits.sound.knobs import RATE

EXAMPLE = "example"  # key of the picker's buttons, and name in the URL
CAMERA_TEXT = "The camera's picture"
THUMBNAIL = 112  # pixels; drawn at half of that
PICTURE_BUTTONS = f"""
.st-key-{EXAMPLE} button {{
  width: 58px; height: 58px; padding: 0; background-size: cover; border-radius: 0.5rem; overflow: hidden; opacity: 0.85
}}
.st-key-{EXAMPLE} button * {{ font-size: 0; color: transparent }}
.st-key-{EXAMPLE} button:hover {{ opacity: 1 }}
.st-key-{EXAMPLE} button[kind=pillsActive], .st-key-{EXAMPLE} button[aria-checked=true] {{
  opacity: 1; border-width: 3px
}}
"""
TEXT_BUTTONS = """
.st-key-text-examples { flex-wrap: wrap; gap: 0.4rem; padding: 2px }
.st-key-text-examples button { min-height: 2rem; padding: 0 0.8rem; border-radius: 1rem; white-space: nowrap }
"""


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


def choose_picture(names: Sequence[str], first: str = "") -> Picture:
    """The chosen example, upload or photograph. One that cannot be decoded leaves the one before.

    ``names`` of the examples; ``first``: the one for a visitor who has chosen nothing, without it the first of them.
    """
    examples = [
        sample for name in names for sample in (*EXAMPLES, *DRAWN_EXAMPLES, *DIGIT_EXAMPLES) if sample.name == name
    ]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="picker"):
        sample = choose_example("picture", examples, first, _picture_css)
        file = upload_field("Your picture", "picture", IMAGE_LIMITS.max_bytes)
        shot = _camera()
        st.caption("or drop, or paste", help=image_format_help, width="content")
    keep_received(
        "picture",
        file or shot,
        lambda data: Picture(_digest(data), decode_image(data), CAMERA_TEXT if shot else "Your picture", None),
        IMAGE_LIMITS.max_bytes,
    )
    if sample is None:
        uploaded: Picture = st.session_state.picture
        _draw_notes(notes_of(uploaded.image))
        return uploaded
    return Picture(f"example:{sample.name}", _example(sample.name), sample.text, sample.name)


def _camera() -> Any:
    with st.popover(
        "Camera", icon=":material/photo_camera:", on_change="rerun", key="camera", width="content"
    ) as popover:
        if not popover.open:
            return None
        key = f"camera{upload_count('picture')}"
        return st.camera_input("Take a picture", key=key, label_visibility="collapsed")


def choose_recording() -> Recording:
    """The chosen example, upload or recording. One that cannot be decoded leaves the one before."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="picker"):
        sample = choose_example("recording", SOUND_EXAMPLES)
        file = upload_field("Your sound", "recording", SOUND_LIMITS.max_bytes)
        recorded = _microphone()
        st.caption("or drop a file", help=sound_format_help, width="content")
    text = "Your sound" if recorded is None else "The microphone's recording"
    keep_received(
        "recording",
        file or recorded,
        lambda data: Recording(_digest(data), decode_sound(data, RATE), text, None),
        SOUND_LIMITS.max_bytes,
    )
    if sample is None:
        uploaded: Recording = st.session_state.recording
        _draw_notes(uploaded.sound.notes)
        return uploaded
    return Recording(f"example:{sample.name}", _sound_example(sample.name), sample.text, sample.name)


def _microphone() -> Any:
    with st.popover(
        "Microphone", icon=":material/mic:", on_change="rerun", key="microphone", width="content"
    ) as popover:
        if not popover.open:
            return None
        key = f"microphone{upload_count('recording')}"
        # Streamlit records at 16 kHz by default, which has nothing above 8 kHz.
        return st.audio_input("Record", sample_rate=44_100, key=key, label_visibility="collapsed", width=260)


def choose_example(
    kind: str, examples: Sequence[Example], first: str = "", css: Callable[[Sequence[str]], str] | None = None
) -> Example | None:
    """The example that is chosen; None where the visitor's own input of that kind is.

    ``css``: makes the style sheet of the buttons from the names, so that pictures are on them.
    """
    names = [sample.name for sample in examples]
    page_state.remember(EXAMPLE)
    page_state.drop_unless(EXAMPLE, names)
    own = kind in st.session_state
    undecided = EXAMPLE not in st.session_state and EXAMPLE not in st.query_params
    if own and (st.session_state.pop(f"{kind}_received", False) or undecided):
        st.session_state[EXAMPLE] = None
    if css:
        st.html(css(names))
    name = st.pills(
        "Examples",
        names,
        default=first or names[0],
        required=not own,  # with an own input, a click on the chosen example goes back to it
        key=EXAMPLE,
        bind="query-params",
        label_visibility="collapsed",
        on_change=_clear_error,
        args=(kind,),
        width="content",
        wrap=True,
    )
    if name is None and not own:
        name = first or names[0]
    return next((sample for sample in examples if sample.name == name), None)


def _clear_error(kind: str) -> None:
    st.session_state[f"{kind}_error"] = None


@st.cache_data(show_spinner=False)
def _picture_css(names: Sequence[str]) -> str:
    """Thumbnails instead of the words on the buttons of the picker, which are still read aloud."""
    rules = [
        f".st-key-{EXAMPLE} button:nth-of-type({number}) "
        f'{{ background-image: url("{thumbnail_url(name, THUMBNAIL, _example(name))}") }}'
        for number, name in enumerate(names, 1)
    ]
    return f"<style>{PICTURE_BUTTONS}{''.join(rules)}</style>"


def _draw_notes(notes: Sequence[str]) -> None:
    """How an input was decoded, where that is not a matter of course."""
    for note in notes:
        st.caption(f":material/info: {literal(note)}")


def upload_count(kind: str) -> int:
    """How many uploads were received. It is part of a widget's key: a new key drops the bytes of the last upload."""
    return int(st.session_state.setdefault(f"{kind}_uploads", 0))


def upload_field(label: str, kind: str, max_bytes: int) -> Any:
    """A file uploader that is empty again after each upload."""
    key = f"{kind}-upload{upload_count(kind)}"
    with st.container(width=106, key=f"upload-{kind}"):
        return st.file_uploader(label, key=key, max_upload_size=max_bytes // 2**20, label_visibility="collapsed")


def keep_received(kind: str, received: Any, decode: Callable[[bytes], Any], max_bytes: int) -> None:
    """Decode what a widget received and rerun the page with it; draw the error of the last one that failed."""
    if received is not None:
        st.session_state[f"{kind}_uploads"] = upload_count(kind) + 1
        st.session_state[f"{kind}_error"] = None
        try:
            st.session_state[kind] = decode(read_limited(received, max_bytes))
            st.session_state[f"{kind}_received"] = True
        except ZooError as error:
            st.session_state[f"{kind}_error"] = str(error)
        st.rerun()
    if st.session_state.get(f"{kind}_error"):
        st.error(
            f"{literal(st.session_state[f'{kind}_error'])} Below is still the input before.", icon=":material/error:"
        )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@st.cache_resource(show_spinner=False)
def _example(name: str) -> Image.Image:
    return example(name)


@st.cache_resource(show_spinner=False)
def _sound_example(name: str) -> Sound:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE)


def choose_text(label: str, examples: dict[str, str], max_characters: int) -> str:
    """The typed text, which is still there on return to the page.

    It starts as the ``text`` in the URL, else as the first example. The example that the text is equal to is marked.
    """
    state, linked = _initial_text(label), st.query_params.get("text", "")[:max_characters]
    if linked and st.session_state.get(f"{state} in the URL") != linked:
        st.session_state[f"{state} in the URL"] = linked
        replace_text(label, linked)
    if state not in st.session_state:
        replace_text(label, next(iter(examples.values())))
    above = st.container()
    version, start = st.session_state[state]
    # Another key is another field: for another example, and for another language.
    key = f"text-{version} {label}"
    typed = st.session_state.get(f"typed {key}", start)
    text = live_text(label, start if key in st.session_state else typed, key, max_characters)
    st.session_state[f"typed {key}"] = text
    with above:
        _draw_text_examples(label, examples, text)
    return text


def _draw_text_examples(label: str, examples: dict[str, str], text: str) -> None:
    """The names of the examples in one row, the chosen one with a tick.

    Buttons, which have no state: a browser that types on would send the state of before, and undo what was typed.
    """
    st.html(f"<style>{TEXT_BUTTONS}</style>")
    with st.container(horizontal=True, gap="xsmall", key="text-examples"):
        for name, example in examples.items():
            st.button(
                name,
                key=f"take-{name}",
                icon=":material/check:" if example == text else None,
                help=example,
                on_click=replace_text,
                args=(label, example),
            )


def replace_text(label: str, text: str) -> None:
    """Put another text into the field of ``choose_text`` with that label."""
    version, _ = st.session_state.get(_initial_text(label), (0, ""))
    st.session_state[_initial_text(label)] = (version + 1, text)


def _initial_text(label: str) -> str:
    return f"start of {label}"  # pages share the session
