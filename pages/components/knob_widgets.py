"""One widget a knob: slider, toggle, segments, list or pills, by its declared type."""

from typing import Any, Literal, get_args, get_origin

import streamlit as st

from zoo.core.knobs import Knobs, bound, unit


def knob(kind: type[Knobs], name: str, key: str, **options: Any) -> Any:
    """The widget of a knob, made from its declaration and bound to the URL under ``key``.

    ``options`` go to the widget. ``highest``: an upper end below the declared one, for an input that allows less.
    """
    field = kind.model_fields[name]
    label = f"{field.title} ({unit(field)})" if unit(field) else str(field.title)
    highest = options.pop("highest", bound(field, "le"))
    shared = {"key": key, "help": field.description, "bind": "query-params", **options}
    if field.annotation is int:
        return st.slider(label, bound(field, "ge"), highest, field.get_default(), **shared)
    if field.annotation is float:
        return st.slider(label, bound(field, "ge"), highest, field.get_default(), **({"step": 0.05} | shared))
    if field.annotation is bool:
        return st.toggle(label, field.get_default(), **shared)
    if get_origin(field.annotation) is Literal:
        return st.segmented_control(
            label, get_args(field.annotation), default=field.get_default(), required=True, **shared
        )
    if field.annotation is str:
        return st.selectbox(label, **shared)
    if field.annotation == list[str]:
        return st.pills(label, selection_mode="multi", default=field.get_default(), **shared)
    raise TypeError(f"no widget for a knob of type {field.annotation}")
