"""What a visitor trained comes back after a reload of the page, by a secret name in the link.

To Streamlit, a reload is another session. It keeps that before for a while (``workspaces.grace``), and what is in it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from pages.components.workspaces import current_session, visitors

LINK = "training"  # in the link
WORK = "work of this session"
OPEN = "The training of this link is open in another tab: here is one of your own."
EXPIRED = "The training of this link is no longer kept: it begins anew."


@dataclass(eq=False)
class Work:
    """``session``: whose it is. ``values``: of its state, by key. It lives as long as the state of that session."""

    session: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    values: dict[str, Any] = field(default_factory=dict)


_works: WeakValueDictionary[str, Work] = WeakValueDictionary()


def keep(keys: Sequence[str]) -> None:
    """What the session has under these keys is found after a reload. After each change of what they are bound to."""
    work: Work = st.session_state.setdefault(WORK, Work(current_session()))
    work.values.update({key: st.session_state[key] for key in keys if key in st.session_state})
    _works[work.token] = work
    if st.query_params.get(LINK) != work.token:
        st.query_params[LINK] = work.token


def restore() -> None:
    """Before a page is drawn: take over what its link names, unless the session that had it is still there."""
    token = st.query_params.get(LINK)
    if token is None or (WORK in st.session_state and st.session_state[WORK].token == token):
        return
    work = _works.get(token)
    if work is None or visitors.is_connected(work.session):
        del st.query_params[LINK]
        st.toast(EXPIRED if work is None else OPEN, icon=":material/info:")
        return
    work.session = current_session()
    st.session_state[WORK] = work
    for key, value in work.values.items():
        st.session_state[key] = value
