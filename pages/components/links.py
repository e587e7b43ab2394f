"""Links from one page to another that keep the picture."""

import streamlit as st

from pages.components.input_picker import EXAMPLE, Picture
from zoo.examples import EXAMPLES

PARAMETER = "picture"  # not the picker's own: Streamlit drops the parameters of widgets as the page changes
OWN = "yours"


def draw_link(page: str, label: str, chosen: Picture) -> None:
    """A link to another page of pictures with the same one; a drawn example has no place there."""
    name = chosen.example or OWN
    query = {PARAMETER: name} if name in (OWN, *(sample.name for sample in EXAMPLES)) else None
    st.page_link(f"{page}.py", label=label, icon=":material/arrow_forward:", query_params=query)


def take_linked() -> None:
    """Before the picker is drawn: choose what such a link names."""
    name = st.query_params.get(PARAMETER)
    if name is None:
        return
    del st.query_params[PARAMETER]
    if name != OWN:
        st.session_state[EXAMPLE] = name
    elif "picture" in st.session_state:
        st.session_state[EXAMPLE] = None
