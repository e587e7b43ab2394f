"""What a visitor chose on each page: apart from the other pages, and still there on return."""

from typing import Any

import streamlit as st

CURRENT, KEYS, KEPT = "current page", "keys of widgets", "kept values"


def remember(key: str) -> None:
    """A widget of the current page whose value is kept. Pages may use the same key: the URL has short names."""
    page = st.session_state.get(CURRENT, "")
    st.session_state.setdefault(KEYS, {}).setdefault(page, set()).add(key)


def enter(page: str) -> None:
    """Before a page is drawn: put the values of the page before away, and this page's back. The URL has precedence."""
    state = st.session_state
    before = state.get(CURRENT)
    if before == page:
        return
    kept: dict[str, dict[str, Any]] = state.setdefault(KEPT, {})
    if before is not None:
        keys = state.get(KEYS, {}).get(before, ())
        kept[before] = {key: state[key] for key in keys if key in state}
        for key in kept[before]:
            del state[key]
    back = {key: value for key, value in kept.get(page, {}).items() if key not in st.query_params}
    for key, value in back.items():
        state[key] = value
    state[CURRENT] = page
    if back:
        # In the run that follows the browser's Back, Streamlit gives widgets their defaults, as the URL has no values.
        st.rerun()


def drop_unless(key: str, options: Any) -> None:
    """Forget a value, or its parts, that are no longer among the options of its widget."""
    if key not in st.session_state:
        return
    value = st.session_state[key]
    if isinstance(value, list):
        value = st.session_state[key] = [part for part in value if part in options]
    if value == [] or (not isinstance(value, list) and value is not None and value not in options):
        del st.session_state[key]
