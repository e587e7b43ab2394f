"""Links from one page to another that keep the picture."""

import streamlit as st

from pages.components.input_picker import EXAMPLE, Picture
from zoo.examples import EXAMPLES


def draw_link(page: str, label: str, chosen: Picture) -> None:
    """A link to another page of pictures with the same one: an example by the URL, a visitor's own by the session."""
    query = {EXAMPLE: chosen.example} if chosen.example in [sample.name for sample in EXAMPLES] else None
    st.page_link(f"{page}.py", label=label, icon=":material/arrow_forward:", query_params=query)
