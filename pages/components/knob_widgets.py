"""One widget a knob, by its declared type: slider, toggle, segmented control, select box, pills or text field."""

from typing import Any, Literal, get_args, get_origin

import streamlit as st

from pages.components import page_state
from zoo.core.knobs import Knobs, bound, unit

MANY = 6  # choices that fit side by side


def knob(kind: type[Knobs], name: str, key: str, **options: Any) -> Any:
    """The value of a knob from its widget, which is made from the declaration and bound to the URL under ``key``.

    ``options``: for the widget. ``highest``: a maximum below the declared one, where the input allows less. The value
    is kept for the visitor's return to the page.
    """
    page_state.remember(key)
    if "options" in options:
        page_state.drop_unless(key, options["options"])
    field = kind.model_fields[name]
    label = f"{field.title} ({unit(field)})" if unit(field) else str(field.title)
    highest = options.pop("highest", bound(field, "le"))
    shared = {"key": key, "help": field.description, "bind": "query-params", **options}
    if field.annotation in (int, float):
        step = {"step": 0.05} if field.annotation is float else {}
        return st.slider(label, bound(field, "ge"), highest, min(field.get_default(), highest), **(step | shared))
    if field.annotation is bool:
        return st.toggle(label, field.get_default(), **shared)
    if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) > MANY:
        choices = get_args(field.annotation)
        return st.selectbox(label, choices, index=choices.index(field.get_default()), **shared)
    if get_origin(field.annotation) is Literal:
        return st.segmented_control(
            label, get_args(field.annotation), default=field.get_default(), required=True, **shared
        )
    if field.annotation is str and "options" not in options:
        return st.text_input(label, field.get_default(), max_chars=bound(field, "max_length"), **shared)
    if field.annotation is str:
        return st.selectbox(label, **shared)
    if field.annotation == list[str]:
        return _several(label, list(field.get_default()), **shared)
    raise TypeError(f"no widget for a knob of type {field.annotation}")


def _several(label: str, default: list[str], *, key: str, **options: Any) -> list[str]:
    """Pills of which at least one stays selected: a click on the only one changes nothing."""
    before = f"{key} before"

    def keep_one() -> None:
        st.session_state[key] = st.session_state[key] or st.session_state[before]

    chosen = st.pills(label, selection_mode="multi", default=default, key=key, on_change=keep_one, **options)
    st.session_state[before] = chosen or default
    return list(st.session_state[before])
