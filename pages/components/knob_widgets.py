"""One widget a knob, by its declared type: slider, toggle, segmented control, select box, pills or text field."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from pages.components import page_state
from zoo.core.knobs import Knobs, bound, unit

MANY = 6  # choices that fit side by side


def knob(kind: type[Knobs], name: str, key: str, **options: Any) -> Any:
    """The value of a knob from its widget, which is made from the declaration and bound to the URL under ``key``.

    ``options``: for the widget. ``highest``: a maximum below the declared one, where the input allows less. ``start``:
    the value on the page for a visitor who has chosen none, where it is not the declared default. ``labels``: what
    stands on the widget for each choice; the URL has the choice itself. ``single``: of a list, one value at a time. The
    value is kept for the visitor's return to the page.
    """
    page_state.remember(key)
    if "options" in options:
        page_state.drop_unless(key, options["options"])
    field = kind.model_fields[name]
    label = f"{field.title} ({unit(field)})" if unit(field) else str(field.title)
    highest = options.pop("highest", bound(field, "le"))
    default = options.pop("start", field.get_default())
    labels, single = options.pop("labels", None), options.pop("single", False)
    shared = {"key": key, "help": field.description, "bind": "query-params", **options}
    if field.annotation in (int, float):
        step = {"step": 0.05} if field.annotation is float else {}
        return st.slider(label, bound(field, "ge"), highest, min(default, highest), **(step | shared))
    if field.annotation is bool:
        return st.toggle(label, default, **shared)
    if get_origin(field.annotation) is Literal and labels is not None:
        return _labelled(label, get_args(field.annotation), default, labels, key, str(field.description))
    if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) > MANY:
        choices = get_args(field.annotation)
        return st.selectbox(label, choices, index=choices.index(default), **shared)
    if get_origin(field.annotation) is Literal:
        return st.segmented_control(
            label, get_args(field.annotation), default=default, required=True, **shared, wrap=True
        )
    if field.annotation is str and "options" not in options:
        return st.text_input(label, default, max_chars=bound(field, "max_length"), **shared)
    if field.annotation is str and labels is not None:
        choices = list(options["options"])
        return _labelled(label, choices, default, labels, key, str(field.description), st.selectbox)
    if field.annotation is str:
        return st.selectbox(label, **shared)
    if field.annotation == list[str]:
        most = bound(field, "max_length")
        del shared["bind"]  # the link has the names, not their labels
        return several(label, shared.pop("options"), list(default), labels=labels, single=single, most=most, **shared)
    raise TypeError(f"no widget for a knob of type {field.annotation}")


def several(
    label: str,
    choices: Sequence[str],
    default: list[str],
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
    single: bool = False,
    most: int | None = None,
    **options: Any,
) -> list[str]:
    """Pills of which at least one stays selected: a click on the only one changes nothing.

    ``single``: a click on another one selects that instead. ``most``: that many at a time; a click on one more
    deselects the first. The URL has the choices, not their ``labels``.
    """
    page_state.drop_unless(key, choices)
    _read_link(key, choices, several=True)
    before = f"{key} before"

    def keep_one() -> None:
        last = st.session_state.get(before, default)
        chosen = st.session_state[key]
        added = [choice for choice in chosen if choice not in last]
        kept = [choice for choice in last if choice in chosen]
        chosen = added[-1:] if single and added else [*kept, *added]
        if most and len(chosen) > most:
            st.toast(f"At most {most} at once: {(labels or {}).get(chosen[0], chosen[0])} was deselected.")
        st.session_state[key] = chosen[-most:] if most else chosen
        st.session_state[key] = st.session_state[key] or last

    st.session_state.setdefault(key, default)
    labelled = {"format_func": _format(labels), **options}
    chosen = st.pills(label, choices, selection_mode="multi", key=key, on_change=keep_one, **labelled, wrap=True)
    st.session_state[before] = list(chosen or default)
    _write_link(key, st.session_state[before], default)
    return list(st.session_state[before])


def _labelled(
    label: str,
    choices: Sequence[str],
    default: str,
    labels: Mapping[str, str],
    key: str,
    description: str,
    widget: Callable[..., Any] | None = None,
) -> str:
    """A segmented control, or another widget for one of several, with words of the page's own."""
    _read_link(key, choices, several=False)
    st.session_state.setdefault(key, default)
    widget = widget or partial(st.segmented_control, required=True, wrap=True)
    chosen = widget(label, choices, key=key, format_func=_format(labels), help=description)
    _write_link(key, [str(chosen)], [default])
    return str(chosen)


def _format(labels: Mapping[str, str] | None) -> Callable[[str], str]:
    return lambda choice: (labels or {}).get(choice, choice)


def _read_link(key: str, choices: Sequence[str], several: bool) -> None:
    """Streamlit's own binding has the labels in the URL: here it has the choices."""
    linked = [value for value in st.query_params.get_all(key) if value in choices]
    if key not in st.session_state and linked:
        st.session_state[key] = linked if several else linked[0]


def _write_link(key: str, chosen: list[str], default: list[str]) -> None:
    if chosen == default:
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != chosen:
        st.query_params[key] = chosen
