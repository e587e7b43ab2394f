"""Pictures without smoothing, and a row of importance maps, one for each explanation method."""

from html import escape

import streamlit as st
from PIL import Image

from pages.components import layout
from pages.components.escape import literal
from zoo.core.explanations import overlay_importance
from zoo.core.images import encode_png
from zoo.exhibits.classify.results import Explanations

STYLE = """
<style>
.pixels { width: 100%; image-rendering: pixelated; border-radius: 0.4rem; display: block }
</style>
"""


def picture(image: Image.Image, text: str) -> None:
    """A picture without smoothing, as wide as its column. ``text``: its alternative text."""
    source = layout.data_url(encode_png(image, compress_level=1), "image/png")
    st.html(f'{STYLE}<img class="pixels" src="{source}" alt="{escape(text, quote=True)}">')


def draw_explanations(result: Explanations, image: Image.Image, heading: str = "") -> None:
    """One column a method. ``image``: the input of the model as a picture; ``heading``: instead of the model's name."""
    st.markdown(f"**{literal(heading or result.model)}**: evidence for {literal(result.label)}")
    for column, explanation in zip(st.columns(len(result.maps)), result.maps, strict=True):
        with column:
            picture(overlay_importance(image, explanation.importance), f"{explanation.method} for {result.label}")
            st.caption(explanation.method)
