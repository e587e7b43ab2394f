"""Pictures beside each other, pixel by pixel, and what each method says that a network looked at."""

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from pages.components import layout
from zoo.core.explanations import Explanation, overlay_importance
from zoo.core.images import encode_png

PIXELS = """
<style>
.pixels { width: 100%; image-rendering: pixelated; border-radius: 0.4rem; display: block }
</style>
"""


def picture(image: Image.Image, text: str) -> None:
    """Pixel by pixel, as large as its column."""
    source = layout.data_url(encode_png(image, compress_level=1), "image/png")
    st.html(f'{PIXELS}<img class="pixels" src="{source}" alt="{text}">')


def draw_explanations(found: tuple[Explanation, ...], rows: Sequence[tuple[str, Image.Image, str]]) -> None:
    """``rows``: a heading, the picture and the class that is explained; a column for each method."""
    for place, (heading, image, label) in enumerate(rows):
        st.markdown(f"**{heading}**: what speaks for {label}")
        for column, each in zip(st.columns(len(found)), found, strict=True):
            with column:
                picture(overlay_importance(image, each.maps[place]), f"{each.method} for {label}")
                st.caption(each.method)
