"""The official models of an exhibit: chosen, looked at, fetched, asked."""

from collections.abc import Sequence

import streamlit as st

from pages.components import layout
from zoo.core.cards import Card, find_card


def fetched(exhibit: str) -> list[str]:
    """What this visitor has fetched."""
    names: list[str] = st.session_state.setdefault(f"fetched-{exhibit}", [])
    return names


@st.fragment
def choose_official(exhibit: str, caption: str) -> None:
    """Fetched with progress, then asked beside the others; read only once the popover is open: it takes seconds."""
    with st.popover("Official models", icon=":material/cloud_download:", on_change="rerun") as shelf:
        if not shelf.open:
            return
        st.caption(caption)
        with st.spinner("Looking for them…"):
            from zoo.core import loading

            offered = loading.official(exhibit)
        name = st.selectbox("Model", offered, index=None, placeholder="Type a part of its name")
        if name is None:
            return
        card = find_card(name)
        layout.model_facts(card)
        if fetch_asked(card):
            if name not in fetched(exhibit):
                fetched(exhibit).append(name)
                st.session_state.model = [*st.session_state.model, name]
            st.rerun()


def fetch_asked(card: Card) -> bool:
    """A button that fetches a model, with progress; true once it is here."""
    from zoo.core import loading

    if not st.button(f"Fetch {card.size_bytes / 1e6:.0f} MB and ask it", key=f"fetch-{card.name}", type="primary"):
        return False
    bar = st.progress(0.0, "Connecting…")
    with layout.errors_as_sentences():
        for progress in loading.fetch(card):
            left = f"; about {progress.eta_seconds:.0f} s left" if progress.eta_seconds else ""
            so_far = f"{progress.step / 1e6:.0f} of {card.size_bytes / 1e6:.0f} MB{left}"
            bar.progress(progress.step / (progress.total or 1), f"{progress.message}: {so_far}")
        return True
    return False


def all_here(names: Sequence[str]) -> bool:
    """Whether all these models can be asked; until then, what the first that cannot is and a button to fetch it."""
    from zoo.core import loading

    missing = [card for card in map(find_card, names) if not loading.is_cached(card)]
    if not missing:
        return True
    layout.model_facts(missing[0])
    if fetch_asked(missing[0]):
        st.rerun()
    return False
