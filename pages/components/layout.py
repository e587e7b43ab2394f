"""What pages share: style, title, sidebar, errors, expanders, downloads, and the link that restores a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.components.escape import literal
from pages.components.input_picker import Picture, Recording
from pages.components.reloads import LINK
from zoo.core.cards import Card
from zoo.core.errors import ZooError
from zoo.core.operations import Operation
from zoo.core.storage import storage_error
from zoo.exhibits import find_exhibit

# Beyond the theme: answers above the fold, and captions with a contrast of 4.5 to 1 or more.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 2.6rem clamp(1rem, 4vw, 4rem) 4rem; max-width: 86rem }
[data-testid="stMain"] h1 { font-size: clamp(1.6rem, 3.2vw, 2.1rem); padding: 0 0 0.3rem }
.st-key-example button { text-transform: capitalize }
.st-key-picker > div { flex: 0 1 auto; width: auto }
[class*="st-key-upload-"] section { padding: 0; min-height: 0; border: 0; background: none }
[class*="st-key-upload-"] [data-testid="stFileUploaderDropzoneInstructions"] { display: none }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * { color: inherit; opacity: 1 }
[data-testid="stCaptionContainer"] { opacity: 0.82 }
:focus-visible { outline: 2px solid var(--st-primary-color, currentColor); outline-offset: 2px }
</style>
"""


# Streamlit writes white on primary buttons, which is too little contrast to the dark theme's lighter primary colour.
DARK_INK = "#0e1715"
PRIMARY = '[data-testid="stBaseButton-primary"]:not(:disabled)'
# Follows a theme that changes while the page is open, which makes no script run.
INK = f"<style>{PRIMARY}, {PRIMARY} * {{ color: light-dark(white, {DARK_INK}) }}</style>"


def style() -> None:
    st.html(STYLE + INK)


def header(name: str) -> None:
    """The title of an exhibit, and the sentence that describes it."""
    exhibit = find_exhibit(name)
    st.title(exhibit.title, anchor=False)
    st.markdown(exhibit.sentence)


def sidebar() -> None:
    """The note in the sidebar of every page."""
    with st.sidebar:
        st.caption(
            "The bundled models run on this machine and need no network. Official models are downloaded once, when "
            "you ask for them; Google's translations go over the network. The same operations are available over "
            "HTTP: the schema is at [/api/openapi.json](/api/openapi.json)."
        )


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Draw an expected error, or a full disk, as its sentence; the rest of the page is drawn as usual."""
    try:
        yield
    except (ZooError, OSError) as error:
        known = error if isinstance(error, ZooError) else storage_error(error)
        if known is None:
            raise
        st.error(literal(known), icon=":material/error:")


def download(label: str, data: Any, file: str, mime: str) -> None:
    """A download button for ``data``: text, bytes, or a function that returns them. It does not rerun the page."""
    st.download_button(label, data, file, mime, icon=":material/download:", on_click="ignore")


def download_record(label: str, operation: Operation, result: Any) -> None:
    """A download button for the JSON record of a result, as the API returns it."""
    data = partial(operation.json, result, indent=2)
    download(label, data, f"{operation.command}.json", "application/json")


def model_facts(card: Card) -> None:
    """The facts of a model's card: restriction, origin of the weights, size, metrics, training data."""
    st.markdown(f"**{literal(card.title)}**")
    with st.container(horizontal=True, gap="small"):
        st.badge(literal(card.restriction), icon=":material/gavel:", color="orange")
        if card.weights:
            st.badge(f"weights {literal(card.weights)}", icon=":material/history_edu:", color="blue")
        st.badge(f"{card.parameters / 1e6:.2g} M parameters, {card.size_bytes / 1e6:.2g} MB", color="gray")
    for metric in card.metrics:
        st.markdown(f"- {literal(metric.name)}: **{literal(metric.formatted)}** on {literal(metric.dataset)}")
    data = "; ".join(f"{data.name} ({data.licence})" for data in card.training_data)
    st.caption(literal(f"Trained on {data}. Licence of the weights: {card.licence}. {card.citation}"))


def how_it_works(text: str) -> None:
    """The expander with the explanation of an exhibit, in Markdown."""
    with st.expander("How it works", icon=":material/school:"):
        st.markdown(text)


@st.fragment
def link_to_here(chosen: Picture | Recording | None = None, **more: str) -> None:
    """A popover with the URL that restores this page. It is made when the popover opens: a fragment changes knobs.

    ``chosen``: the input. ``more``: query parameters that the page reads but does not write while they change. For what
    a fragment draws there is ``link_within_fragment``.
    """
    link_within_fragment(chosen, **more)


def link_within_fragment(chosen: Picture | Recording | None = None, **more: str) -> None:
    """The same for what a fragment draws, which runs again as the popover opens.

    No fragment may be within another: the run of the outer one drops what its run before had not yet sent to the
    browser, but not what the inner one had, and where the outer one draws something else now, the inner one has no
    place and the browser draws nothing any more.
    """
    key = "-".join(["link", *more])
    with st.popover("Link", icon=":material/link:", on_change="rerun", key=key) as link:
        if not link.open:
            return
        page = (st.context.url or "").split("?")[0]
        current = {name: st.query_params.get_all(name) for name in st.query_params if name != LINK}
        query = urlencode({**current, **more}, doseq=True)
        st.code(f"{page}?{query}" if query else page, language=None, wrap_lines=True)
        if chosen is not None and chosen.example is None:
            st.caption("The link restores all settings, but not your own file: it is not stored.")


def address() -> str:
    """Scheme, host and port of this server, as the visitor's browser reaches it."""
    return "/".join((st.context.url or "http://localhost:8501").split("/")[:3])
