"""Small pictures with captions side by side, as many in a line as fit: on a phone several too, not one a screen."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import streamlit as st

WIDTH = 104  # pixels: three side by side on a phone

Item = tuple[Any, str, str]  # the picture, what stands below it, its alternative text


def draw_row(items: Sequence[Item], width: int = WIDTH, below: Callable[[int], None] | None = None) -> None:
    """``below``: draws more between the picture and the caption, by the number of the item."""
    for index, (picture, caption, text) in enumerate(_cells(items, width)):
        st.image(picture, width=width, alt=text)
        if below is not None:
            below(index)
        st.caption(caption)


def _cells(items: Sequence[Item], width: int) -> Iterator[Item]:
    """Each item, within a container of its own."""
    with st.container(horizontal=True, gap="small"):
        for item in items:
            with st.container(width=width, gap="xsmall"):
                yield item
