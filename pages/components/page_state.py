"""What a visitor chose on each page: apart from the other pages, and still there on return, as is its link."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

CURRENT, KEYS, KEPT = "current page", "keys of widgets", "kept values"


def remember(key: str, linked: bool = True) -> None:
    """A widget of the current page whose value is kept. Pages may use the same key: the URL has short names.

    ``linked``: whether the URL has the value too, under the same name.
    """
    page = st.session_state.get(CURRENT, "")
    st.session_state.setdefault(KEYS, {}).setdefault(page, {})[key] = linked


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
        linked = state.get(KEYS, {}).get(page, {})
        _write_link({key: value for key, value in back.items() if linked[key] and value is not None})
        # In the run that follows the browser's Back, Streamlit gives widgets their defaults, as the URL has no values.
        st.rerun()


def _write_link(values: dict[str, Any]) -> None:
    """Give the URL what comes back, as if the page were opened by that link: its widgets take the defaults out.

    ``st.query_params`` refuses names to which widgets of the page before are still bound.
    """
    context = get_script_run_ctx()
    assert context is not None
    with context.session_state.query_params() as parameters:
        for key, value in values.items():
            kind = {bool: "bool_value", list: "string_array_value", tuple: "string_array_value"}
            parameters.set_corrected_value(key, value, kind.get(type(value), ""))


def drop_unless(key: str, options: Any) -> None:
    """Forget a value, or its parts, that are no longer among the options of its widget."""
    if key not in st.session_state:
        return
    value = st.session_state[key]
    if isinstance(value, list):
        value = st.session_state[key] = [part for part in value if part in options]
    if value == [] or (not isinstance(value, list) and value is not None and value not in options):
        del st.session_state[key]
