"""What every page shares: header, example pictures and uploads, knobs, snippets, downloads and the link to here."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlencode

import altair as alt
import streamlit as st
from PIL import Image

from pages.components.live_text import live_text
from zoo.core.cards import Card
from zoo.core.errors import ZooError
from zoo.core.images import IMAGE_LIMITS, decode_image, image_format_help, read_limited
from zoo.core.knobs import Knobs, bound, unit
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, sound_format_help
from zoo.examples import EXAMPLES, SOUND_EXAMPLES, Example, example_path
from zoo.exhibits import find_exhibit
from zoo.exhibits.sound.knobs import RATE

TEXT = "currentColor"  # of a chart's words, whose own grey is too pale: it follows the theme while one looks on
INK: dict[str, Any] = {
    "labelColor": TEXT,
    "titleColor": TEXT,
    "labelFontSize": 13,
}


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


def header(name: str) -> None:
    """Title and the one sentence that explains the exhibit."""
    exhibit = find_exhibit(name)
    st.title(exhibit.title, anchor=False)
    st.markdown(exhibit.sentence)


def sidebar() -> None:
    """Where the other doors are."""
    with st.sidebar:
        st.caption(
            "Everything here runs on this machine, with no network. The same models answer over HTTP: "
            "the schema is at [/api/openapi.json](/api/openapi.json)."
        )


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Whatever is wrong with an input is said in one sentence, and the rest of the page goes on."""
    try:
        yield
    except ZooError as error:
        st.error(str(error), icon=":material/error:")


def knob(kind: type[Knobs], name: str, key: str, **options: Any) -> Any:
    """The widget of a knob, from its declaration, bound to the page's link under ``key``."""
    field = kind.model_fields[name]
    label = f"{field.title} ({unit(field)})" if unit(field) else str(field.title)
    shared = {"key": key, "help": field.description, "bind": "query-params", **options}
    if field.annotation is int:
        return st.slider(label, bound(field, "ge"), bound(field, "le"), field.get_default(), **shared)
    if field.annotation is float:
        low, high = bound(field, "ge"), options.pop("highest", bound(field, "le"))
        return st.slider(label, low, high, field.get_default(), **({"step": 0.05} | shared))
    if field.annotation is bool:
        return st.toggle(label, field.get_default(), **shared)
    if get_origin(field.annotation) is Literal:
        return st.segmented_control(
            label, get_args(field.annotation), default=field.get_default(), required=True, **shared
        )
    if field.annotation is str:
        return st.selectbox(label, **shared)
    if field.annotation == list[str]:
        return st.pills(label, selection_mode="multi", default=field.get_default(), **shared)
    raise TypeError(f"no widget for a knob of type {field.annotation}")


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


def download(label: str, data: Any, file: str, mime: str) -> None:
    """A button that hands out ``data`` (text, bytes, or a function that gives them) without running the page again."""
    st.download_button(label, data, file, mime, icon=":material/download:", on_click="ignore")


def model_facts(card: Card) -> None:
    """Size, figures, data and the strictest restriction, as they stand in the model's card."""
    st.markdown(f"**{card.title}**")
    with st.container(horizontal=True, gap="small"):
        st.badge(card.restriction, icon=":material/gavel:", color="orange")
        st.badge(f"{card.parameters / 1e6:.1f} M numbers, {card.size_bytes / 1e6:.1f} MB", color="gray")
    for metric in card.metrics:
        st.markdown(f"- {metric.name}: **{metric.shown}** on {metric.dataset}")
    data = "; ".join(f"{data.name} ({data.licence})" for data in card.training_data)
    st.caption(f"Trained on {data}. Licence of the weights: {card.licence}. {card.citation}")


def how_it_works(text: str) -> None:
    with st.expander("How it works", icon=":material/school:"):
        st.markdown(text)


def use_from_code(python: str, shell: str, curl: str) -> None:
    """Three snippets that give what is on screen."""
    with st.expander("Use it from code", icon=":material/code:"):
        for tab, text in zip(st.tabs(["Python", "Shell", "HTTP"]), (python, shell, curl), strict=True):
            tab.code(text, language=None, wrap_lines=True)


@st.fragment
def link_to_here(own: Picture | Recording | None = None, **more: str) -> None:
    """The address that opens this page as it is, written when asked for: a moved slider may not run the whole page.

    ``more``: what the page reads from its link and does not keep there while it changes.
    """
    key = "-".join(["link", *more])
    with st.popover("Link", icon=":material/link:", on_change="rerun", key=key) as link:
        if not link.open:
            return
        page = (st.context.url or "").split("?")[0]
        kept = {name: st.query_params.get_all(name) for name in st.query_params}
        settings = urlencode({**kept, **more}, doseq=True)
        st.code(f"{page}?{settings}" if settings else page, language=None, wrap_lines=True)
        if own is not None and own.example is None:
            st.caption("What you brought yourself stays with you: the link restores everything but it.")


def address() -> str:
    """Scheme, host and port of this server, as the visitor reaches it."""
    return "/".join((st.context.url or "http://localhost:8501").split("/")[:3])


def coloured_by(field: str, colours: dict[str, str], legend: bool = False) -> alt.Color:
    """A chart's marks in the colours of what they belong to, told above it where axes and labels do not."""
    told = alt.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, labelLimit=300)
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", sort=list(colours), legend=told if legend else None, scale=scale)


def data_url(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
