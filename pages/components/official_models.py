"""The official models of an exhibit: chosen by name, described, downloaded."""

from collections.abc import Sequence

import streamlit as st

from pages.components import layout
from zoo.core.cards import Card, find_card


def fetched(exhibit: str) -> list[str]:
    """The official models that this visitor downloaded or found downloaded."""
    names: list[str] = st.session_state.setdefault(f"fetched-{exhibit}", [])
    return names


@st.fragment
def choose_official(exhibit: str, caption: str) -> None:
    """A list of official models; the chosen one is downloaded and added to the models in use.

    The list is read once the popover is open: that takes seconds.
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
            if name not in fetched(exhibit):
                fetched(exhibit).append(name)
                st.session_state.model = [*st.session_state.model, name]
            st.rerun()


def download_button(card: Card) -> bool:
    """A button that downloads a model, with progress. True once the model is on this machine."""
    from zoo.core import loading

    if not st.button(f"Download {card.size_bytes / 1e6:.0f} MB and use it", key=f"fetch-{card.name}", type="primary"):
        return False
    bar = st.progress(0.0, "Connecting…")
    with layout.errors_as_sentences():
        for progress in loading.fetch(card):
            left = f"; about {progress.eta_seconds:.0f} s left" if progress.eta_seconds else ""
            received = f"{progress.step / 1e6:.0f} of {card.size_bytes / 1e6:.0f} MB{left}"
            bar.progress(progress.step / (progress.total or 1), f"{progress.message}: {received}")
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
