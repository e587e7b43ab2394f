"""A row of small pictures, one of which is chosen."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import page_state
from pages.components.autoencoder_wall import picture_url

SIDE = 52  # pixels
CSS = """
.st-key-KEY button {
  width: SIDEpx; height: SIDEpx; padding: 0; background-size: cover; border-radius: 0.4rem; overflow: hidden;
  opacity: 0.85
}
.st-key-KEY button * { font-size: 0; color: transparent }
.st-key-KEY button:hover { opacity: 1 }
.st-key-KEY button[kind=pillsActive], .st-key-KEY button[aria-checked=true] { opacity: 1; border-width: 3px }
"""


def choose_tile(label: str, key: str, pictures: Any, first: int = 0) -> int:
    """The index of the chosen one of (N, 3, 64, 64) uint8 pictures; ``first`` for a visitor who has chosen none."""
    names = [f"picture {number}" for number in range(1, len(pictures) + 1)]
    page_state.remember(key, linked=False)
    page_state.drop_unless(key, names)
    st.html(f"<style>{CSS.replace('KEY', key).replace('SIDE', str(SIDE))}{''.join(_rules(key, pictures))}</style>")
    default = names[min(first, len(names) - 1)]
    chosen = st.pills(label, names, default=default, required=True, key=key, wrap=True)
    return names.index(chosen or default)


def _rules(key: str, pictures: Any) -> Sequence[str]:
    return [
        f'.st-key-{key} button:nth-of-type({number}) {{ background-image: url("{picture_url(pixels)}") }}'
        for number, pixels in enumerate(pictures, 1)
    ]
