"""Models that others publish: chosen from a list or by a name of the Hugging Face hub, described, downloaded."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from pages.components import layout
from pages.components.escape import literal
from zoo.core import sources
from zoo.core.cards import Card, find_card, require_card

ADDRESS = re.compile(r"^(https?://)?(www\.)?(huggingface\.co/|hf\.co/|hub/)|/+$")


def downloaded(exhibit: str, query_key: str = "model", offered: Sequence[str] = ()) -> list[str]:
    """The published models that this visitor chose, and those that the link names under ``query_key``.

    Only models that are on this machine; of a link's model that is not, the facts are drawn with a download button.
    ``offered``: models that the page offers to everybody, and whose download it draws itself.
    """
    names: list[str] = st.session_state.setdefault(f"downloaded-{exhibit}", [])
    for name in st.query_params.get_all(query_key):
        published = name.partition("/")[0] in ("hub", "torchvision") and "/" in name
        if published and name not in (*names, *offered):
            with layout.errors_as_sentences():
                require_card(name, exhibit)
                if all_downloaded([name]):
                    names.append(name)
    return names


def add_to_list(exhibit: str, name: str) -> None:
    """A model becomes one of the options of a page's ``model``, and is selected beside the others."""
    if name not in downloaded(exhibit):
        downloaded(exhibit).append(name)
    if name not in st.session_state.model:
        st.session_state.model = [*st.session_state.model, name]


@st.fragment
def choose_official(exhibit: str, caption: str, select: Callable[[str], None] | None = None) -> None:
    """A list of official models; the chosen one is downloaded and added to the models in use.

    The list is read once the popover is open: that takes seconds. ``select``: as in ``choose_hub_model``.
    """
    with st.popover("Official models", icon=":material/cloud_download:", on_change="rerun") as popover:
        if not popover.open:
            return
        st.caption(caption)
        with st.spinner("Reading the list…"):
            from zoo.core import loading

            names = loading.downloadable(exhibit)
        name = st.selectbox("Model", names, index=None, placeholder="Type a part of its name")
        if name is None:
            return
        card = find_card(name)
        layout.model_facts(card)
        if download_button(card):
            use(exhibit, name, select)
            st.rerun()


@st.fragment
def choose_hub_model(exhibit: str, select: Callable[[str], None] | None = None) -> None:
    """Any model of the Hugging Face hub for the exhibit's task, by its name: its facts, then its download.

    ``select``: is given the name, with the revision pinned; without it the model is added to the models in use.
    """
    with st.popover("Any model of the hub", icon=":material/hub:", on_change="rerun", key=f"hub-{exhibit}") as popover:
        if not popover.open:
            return
        st.caption(
            f"Any model for {str(sources.task_of(exhibit)).replace('-', ' ')} of "
            "[huggingface.co](https://huggingface.co) with weights as safetensors. Its newest revision is pinned; "
            "no code of the repository is run. "
            "It needs the network once."
        )
        name = st.text_input("Name", placeholder="OWNER/NAME, or OWNER/NAME@REVISION", key=f"hub-name-{exhibit}")
        if not name.strip():
            return
        with layout.errors_as_sentences():
            with st.spinner("Reading its page on the hub…"):
                card = require_card(f"hub/{ADDRESS.sub('', name.strip())}", exhibit)
            layout.model_facts(card)
            if download_button(card):
                use(exhibit, card.name, select)
                st.rerun()


def use(exhibit: str, name: str, select: Callable[[str], None] | None) -> None:
    """Add a model to those in use, or ``select`` it."""
    if select is None:
        add_to_list(exhibit, name)
        return
    if name not in downloaded(exhibit):
        downloaded(exhibit).append(name)
    select(name)


def download_button(card: Card) -> bool:
    """A button that downloads a model, with progress. True once the model is on this machine and shall be used."""
    from zoo.core import loading

    if loading.is_cached(card):
        return st.button("Use it", key=f"fetch-{card.name}", type="primary")
    if not st.button(f"Download {card.size_bytes / 1e6:.0f} MB and use it", key=f"fetch-{card.name}", type="primary"):
        return False
    bar = st.progress(0.0, "Connecting…")
    with layout.errors_as_sentences():
        for progress in loading.fetch(card):
            left = f"; about {progress.eta_seconds:.0f} s left" if progress.eta_seconds else ""
            received = f"{progress.step / 1e6:.0f} of {card.size_bytes / 1e6:.0f} MB{left}"
            bar.progress(min(1.0, progress.step / (progress.total or 1)), f"{literal(progress.message)}: {received}")
        return True
    return False


def all_downloaded(names: Sequence[str]) -> bool:
    """Whether all these models are on this machine. Else the first missing one is described, with a download button."""
    from zoo.core import loading

    missing = [card for card in map(find_card, names) if not loading.is_cached(card)]
    if not missing:
        return True
    layout.model_facts(missing[0])
    if download_button(missing[0]):
        st.rerun()
    return False
