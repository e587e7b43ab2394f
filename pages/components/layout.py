"""What every page shares: header, errors, expanders, downloads and the link to the page as it is."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.components.input_picker import Picture, Recording
from zoo.core.cards import Card
from zoo.core.errors import ZooError
from zoo.core.operations import Operation
from zoo.exhibits import find_exhibit


def header(name: str) -> None:
    """Title and the one sentence that explains the exhibit."""
    exhibit = find_exhibit(name)
    st.title(exhibit.title, anchor=False)
    st.markdown(exhibit.sentence)


def sidebar() -> None:
    """What stands beside every page."""
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


def download(label: str, data: Any, file: str, mime: str) -> None:
    """A button that hands out ``data`` (text, bytes, or a function that gives them) without running the page again."""
    st.download_button(label, data, file, mime, icon=":material/download:", on_click="ignore")


def download_record(label: str, operation: Operation, result: Any) -> None:
    """A button that hands out a result as the JSON record that the API gives."""
    data = partial(operation.json, result, indent=2)
    download(label, data, f"{operation.command}.json", "application/json")


def model_facts(card: Card) -> None:
    """Size, metrics, training data and the strictest restriction, from the model's card."""
    st.markdown(f"**{card.title}**")
    with st.container(horizontal=True, gap="small"):
        st.badge(card.restriction, icon=":material/gavel:", color="orange")
        st.badge(f"{card.parameters / 1e6:.1f} M parameters, {card.size_bytes / 1e6:.1f} MB", color="gray")
    for metric in card.metrics:
        st.markdown(f"- {metric.name}: **{metric.shown}** on {metric.dataset}")
    data = "; ".join(f"{data.name} ({data.licence})" for data in card.training_data)
    st.caption(f"Trained on {data}. Licence of the weights: {card.licence}. {card.citation}")


def how_it_works(text: str) -> None:
    with st.expander("How it works", icon=":material/school:"):
        st.markdown(text)


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


def data_url(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
