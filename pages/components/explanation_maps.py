"""Pictures pixel by pixel, and a row of importance maps, one for each explanation method."""

from html import escape

import streamlit as st
from PIL import Image

from pages.components import layout
from zoo.core.explanations import overlay_importance
from zoo.core.images import encode_png
from zoo.exhibits.classify.results import Explanations

STYLE = """
<style>
.pixels { width: 100%; image-rendering: pixelated; border-radius: 0.4rem; display: block }
</style>
"""


def picture(image: Image.Image, text: str) -> None:
    """Without smoothing, as wide as its column. ``text`` is its alternative."""
    source = layout.data_url(encode_png(image, compress_level=1), "image/png")
    st.html(f'{STYLE}<img class="pixels" src="{source}" alt="{escape(text, quote=True)}">')


def draw_explanations(found: Explanations, image: Image.Image, heading: str = "") -> None:
    """``image``: what the model sees; a column for each method."""
    st.markdown(f"**{heading or found.model}**: evidence for {found.label}")
    for column, each in zip(st.columns(len(found.maps)), found.maps, strict=True):
        with column:
            picture(overlay_importance(image, each.importance), f"{each.method} for {found.label}")
            st.caption(each.method)
