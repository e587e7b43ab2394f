"""What every page shares: header, example pictures and uploads, knobs, snippets, downloads and the link to here."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from PIL import Image

from pages.live_text import live_text
from zoo.core.cards import Card
from zoo.core.errors import ZooError
from zoo.core.inputs import IMAGE_LIMITS, decode_image, image_format_help, read_limited
from zoo.core.knobs import Knobs, bound, unit
from zoo.examples import EXAMPLES, example_path
from zoo.exhibits import find_exhibit

MAX_MEGABYTES = IMAGE_LIMITS.max_bytes // 2**20


@dataclass(frozen=True)
class Picture:
    """A decoded picture; ``key`` is the same for the same bytes, and ``example`` its name if it is one of ours."""

    key: str
    image: Image.Image
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
        low, high = bound(field, "ge"), bound(field, "le")
        return st.slider(label, low, high, field.get_default(), step=0.05, **shared)
    if field.annotation is bool:
        return st.toggle(label, field.get_default(), **shared)
    if field.annotation == list[str]:
        return st.pills(label, selection_mode="multi", default=field.get_default(), **shared)
    raise TypeError(f"no widget for a knob of type {field.annotation}")


def choose_picture() -> Picture:
    """An example one click away, an upload or the camera; the last one chosen stays until the next good one."""
    _examples()
    upload, camera = st.tabs([":material/upload: Your picture", ":material/photo_camera: Camera"])
    # A new key empties the widget, so that the bytes of an upload are let go as soon as they are decoded.
    turn = st.session_state.setdefault("upload_turn", 0)
    with upload:
        file = st.file_uploader(
            "Your picture", key=f"upload{turn}", max_upload_size=MAX_MEGABYTES, label_visibility="collapsed"
        )
        st.caption(image_format_help)
    with camera:
        shot = None
        if st.toggle("Switch the camera on", key="camera_on"):
            shot = st.camera_input("Take a picture", key=f"camera{turn}", label_visibility="collapsed")
    received = file or shot
    if received is not None:
        st.session_state.upload_turn = turn + 1
        st.session_state.upload_error = None
        try:
            data = read_limited(received, IMAGE_LIMITS.max_bytes)
            name = "Your picture" if shot is None else "The camera's picture"
            key = hashlib.sha256(data).hexdigest()
            st.session_state.picture = Picture(key, decode_image(data), name, None)
            st.query_params.pop("example", None)
        except ZooError as error:
            st.session_state.upload_error = str(error)
        st.rerun()
    if st.session_state.get("upload_error"):
        st.error(st.session_state.upload_error, icon=":material/error:")
    return _current_picture()


def _examples() -> None:
    with st.container(horizontal=True, gap="small"):
        for sample in EXAMPLES:
            with st.container(width=104, gap="xxsmall", key=f"example-{sample.name}"):
                st.image(_thumbnail(sample.name), width=104, alt=sample.text)
                if st.button(sample.name.capitalize(), width="stretch", help=sample.text, key=f"take-{sample.name}"):
                    st.query_params["example"] = sample.name
                    st.session_state.upload_error = None


def _current_picture() -> Picture:
    """The visitor's own picture unless the link names an example; the first example at the start."""
    named = st.query_params.get("example")
    own: Picture | None = st.session_state.get("picture")
    if named is None and own is not None:
        return own
    sample = next((sample for sample in EXAMPLES if sample.name == named), EXAMPLES[0])
    return Picture(f"example:{sample.name}", _example(sample.name), sample.text, sample.name)


@st.cache_data(show_spinner=False)
def _thumbnail(name: str) -> Image.Image:
    with Image.open(example_path(name)) as image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.convert("RGB").crop((left, top, left + side, top + side)).resize((208, 208))


@st.cache_resource(show_spinner=False)
def _example(name: str) -> Image.Image:
    return Image.open(example_path(name)).convert("RGB")


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
        st.markdown(f"- {metric.name}: **{metric.value:.1%}** on {metric.dataset}")
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
def link_to_here(picture: Picture | None = None, **more: str) -> None:
    """The address that opens this page as it is, written when asked for: a moved slider may not run the whole page.

    ``more``: what the page reads from its link and does not keep there while it changes.
    """
    with st.popover("Link", icon=":material/link:", on_change="rerun") as link:
        if not link.open:
            return
        page = (st.context.url or "").split("?")[0]
        kept = {name: st.query_params.get_all(name) for name in st.query_params}
        settings = urlencode({**kept, **more}, doseq=True)
        st.code(f"{page}?{settings}" if settings else page, language=None, wrap_lines=True)
        if picture is not None and picture.example is None:
            st.caption("Your own picture stays with you: the link restores everything but it.")


def address() -> str:
    """Scheme, host and port of this server, as the visitor reaches it."""
    return "/".join((st.context.url or "http://localhost:8501").split("/")[:3])


def text_colour() -> str:
    """The theme's colour for text, which charts do not give to their text marks by themselves."""
    return str(st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor"))


def ink() -> dict[str, object]:
    """How an axis is written: in the text's colour, since the charts' own grey is too pale."""
    return {"labelColor": text_colour(), "titleColor": text_colour(), "labelFontSize": 13}
