"""Models of a visitor's own among those of the house: found, chosen, taken home, removed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components import layout
from zoo.core import user_models as storage
from zoo.core.cards import Card, find_card
from zoo.core.errors import NotFoundError

TAKEN = "taken-away"  # names that the visitor removed, of which nobody need be told that they are gone


def mine(memory: str, key: str) -> list[Card]:
    """The models that this visitor made (kept under ``memory``) or has the names of, by the link's ``key``."""
    names: list[str] = st.session_state.setdefault(memory, [])
    linked = [name for name in st.query_params.get_all(key) if name.startswith(f"{storage.SOURCE}/")]
    found = []
    for name in dict.fromkeys([*names, *linked]):
        try:
            found.append(find_card(name))
        except NotFoundError as error:
            if name not in st.session_state.get(TAKEN, ()):
                st.warning(str(error), icon=":material/hourglass_disabled:")
            st.session_state[memory] = [kept for kept in names if kept != name]
    return found


def collect(job_key: str, memory: str, choose: Callable[[str], None]) -> None:
    """A model whose lessons are over joins the others, and is chosen."""
    job = st.session_state.get(job_key)
    if job is not None and job.state == "done":
        del st.session_state[job_key]
        name = job.result().name
        st.session_state.setdefault(memory, []).append(name)
        choose(name)


def draw_own(card: Card, memory: str, forget: Callable[[str], None]) -> None:
    """Its name opens it in every door; it can be taken home and removed."""
    st.success(f"**{card.title}** is here: its name, `{card.name}`, opens it in every door for two weeks.")
    with st.container(horizontal=True):
        layout.download(f"{card.title} as a model", partial(storage.archive, card.name), "model.zip", "application/zip")
        st.button(
            "Remove",
            icon=":material/delete:",
            key=f"remove-{card.name}",
            on_click=partial(take_away, card.name, memory, forget),
        )
    st.caption(card.restriction)


def take_away(name: str, memory: str, forget: Callable[[str], None]) -> None:
    """Before the page is drawn anew, since a widget's choice cannot be changed once it is drawn."""
    storage.remove(name)
    st.session_state.setdefault(TAKEN, []).append(name)
    st.session_state[memory] = [kept for kept in st.session_state.get(memory, []) if kept != name]
    forget(name)
