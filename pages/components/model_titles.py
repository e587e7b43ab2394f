"""Models by their titles on a page, and by their names in its link and its code."""

from collections.abc import Sequence

import streamlit as st

from pages.components import knob_widgets
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import find_card
from zoo.core.knobs import Knobs


def model_title(name: str) -> str:
    """The title of a bundled model's card; of a published model its name without publisher and revision.

    >>> model_title("hub/google/vit-base@main")
    'vit-base'
    """
    if name == ENSEMBLE:
        return "Average of both"
    return name.split("@")[0].rsplit("/", 1)[-1] if "/" in name else find_card(name).title


def titles(names: Sequence[str]) -> dict[str, str]:
    return {name: model_title(name) for name in names}


def choose_one(kind: type[Knobs], key: str, options: list[str], default: str) -> str:
    """The knob ``model`` of ``kind``. ``default``: in use until another is chosen.

    A bound select box would write into the URL what it draws, the title: here the URL has the name.
    """
    linked = st.query_params.get(key)
    if key not in st.session_state and linked in options:
        st.session_state[key] = linked
    chosen: str = knob_widgets.knob(
        kind,
        "model",
        key,
        options=options,
        index=options.index(default),
        format_func=model_title,
        bind=None,
    )
    if chosen == default:
        st.query_params.pop(key, None)
    elif chosen != linked:
        st.query_params[key] = chosen
    return chosen
