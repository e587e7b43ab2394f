"""Pictures without smoothing, and a row of importance maps, one for each explanation method."""

from html import escape

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.data_urls import data_url
from pages.components.escape import literal
from zoo.core.explanations import overlay_importance
from zoo.core.images import encode_png
from zoo.exhibits.classify.results import Explanations

NOTES = {
    "Saliency": "Bright: a small change of this pixel changes the logit most.",
    "SmoothGrad": "Bright: a change of this pixel changes the logit most, on average over 12 noisy copies.",
    "Integrated gradients": "Bright: this pixel adds most to the logit on the way from black to the picture.",
    "Occlusion": "Bright: the logit falls most when a grey patch hides this place.",
    "Grad-CAM": "Bright: feature maps that raise the logit are most active here.",
}
SCALE_WIDTH = 128  # pixels of the colour scale
STYLE = """
<style>
.scale { width: 100%; height: 0.7rem; border-radius: 0.2rem; display: block }
.ends { display: flex; justify-content: space-between; font-size: 0.8rem; line-height: 1.3 }
.pixels { width: 100%; image-rendering: pixelated; border-radius: 0.4rem; display: block }
</style>
"""


def picture(image: Image.Image, text: str) -> None:
    """A picture without smoothing, as wide as its column. ``text``: its alternative text."""
    source = data_url(encode_png(image, compress_level=1), "image/png")
    st.html(f'{STYLE}<img class="pixels" src="{source}" alt="{escape(text, quote=True)}">')


def draw_explanations(result: Explanations, image: Image.Image, heading: str = "") -> None:
    """One column a method. ``image``: the input of the model as a picture; ``heading``: instead of the model's name."""
    st.markdown(f"**{literal(heading or result.model)}**: evidence for {literal(result.label)}")
    for column, explanation in zip(st.columns(len(result.maps)), result.maps, strict=True):
        with column:
            picture(overlay_importance(image, explanation.importance), f"{explanation.method} for {result.label}")
            st.html(colour_scale())
            st.caption(f"**{literal(explanation.method)}**  \n{NOTES.get(explanation.method, '')}")


@st.cache_data(show_spinner=False)
def colour_scale() -> str:
    """The colours of a map from no importance to its 99th percentile, over a black picture."""
    ramp = np.tile(np.linspace(0, 1, SCALE_WIDTH, dtype=np.float32), (4, 1))
    colours = overlay_importance(Image.new("RGB", (SCALE_WIDTH, 4)), ramp)
    source = data_url(encode_png(colours), "image/png")
    text = "Colour scale, from no importance at the left to the most at the right"
    return (
        f'{STYLE}<img class="scale" src="{source}" alt="{text}"><div class="ends"><span>0</span><span>most</span></div>'
    )
