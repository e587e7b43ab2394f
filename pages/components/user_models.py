"""The models that a visitor trained: listed, selected, downloaded, removed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components import layout
from pages.components.escape import literal
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core.cards import Card, find_card
from zoo.core.errors import NotFoundError

CLASSIFIERS = "trained-classifiers"  # the session's list of names
REMOVED = "removed-models"  # the session's list of names that the visitor removed: no warning for these


def visitor_models(session_key: str, query_key: str) -> list[Card]:
    """The visitor's models: those trained in this session (under ``session_key``) and those named in the link.

    A name that no longer exists is dropped, with a warning unless the visitor removed it.
    """
    names: list[str] = st.session_state.setdefault(session_key, [])
    linked = [name for name in st.query_params.get_all(query_key) if name.startswith(f"{storage.SOURCE}/")]
    cards = []
    for name in dict.fromkeys([*names, *linked]):
        try:
            cards.append(find_card(name))
        except NotFoundError as error:
            if name not in st.session_state.get(REMOVED, ()):
                st.warning(literal(error), icon=":material/hourglass_disabled:")
            st.session_state[session_key] = [kept for kept in names if kept != name]
    return cards


def trained_classifiers(exhibit: str = "classify") -> list[Card]:
    """The classifiers that the visitor trained on the page Train, and those that the link names."""
    return [card for card in visitor_models(CLASSIFIERS, "model") if card.exhibit == exhibit]


def add_trained(job_key: str, session_key: str, select: Callable[[str], None]) -> None:
    """Add the model of a training job that is done to the visitor's models, and select it."""
    job = st.session_state.get(job_key)
    if job is not None and job.state == "done":
        del st.session_state[job_key]
        name = job.result().name
        st.session_state.setdefault(session_key, []).append(name)
        select(name)


def draw_user_model(card: Card, session_key: str, deselect: Callable[[str], None]) -> None:
    """The name of a visitor's model, a download of its folder and, for its maker, a button that removes it."""
    st.success(
        f"**{literal(card.title)}** is saved for two weeks. Pages, shell and HTTP open it by its name, `{card.name}`."
    )
    with st.container(horizontal=True):
        layout.download(
            f"{literal(card.title)} as a model", partial(storage.archive, card.name), "model.zip", "application/zip"
        )
        if storage.is_owned(card.name, workspace().owner):
            st.button(
                "Remove",
                icon=":material/delete:",
                key=f"remove-{card.name}",
                on_click=partial(remove, card.name, session_key, deselect),
            )
    st.caption(literal(card.restriction))


def remove(name: str, session_key: str, deselect: Callable[[str], None]) -> None:
    """Remove a model. As a callback: a widget's value cannot be changed after the widget is drawn."""
    storage.remove_owned(name, workspace().owner)
    st.session_state.setdefault(REMOVED, []).append(name)
    st.session_state[session_key] = [kept for kept in st.session_state.get(session_key, []) if kept != name]
    deselect(name)
