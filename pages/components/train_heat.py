"""The pictures with the largest losses, each under the heat map of the evidence for what was predicted."""

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from pages.components import layout
from pages.components.escape import literal
from zoo.core.knobs import parse_knobs
from zoo.exhibits import classify
from zoo.exhibits.classify.knobs import HeatMapKnobs
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.results import Scored, Training

COLUMNS, OPACITY = 3, 0.5


@st.cache_data(max_entries=200, show_spinner="Computing Grad-CAM…")
def heat_picture(token: str, id: str, model: str, target: str) -> Image.Image:
    """The picture under Grad-CAM's heat map for a class. A picture never changes: its id is its key."""
    picture = Dataset.open(token).picture(id)
    result = classify.heat_map(picture, parse_knobs(HeatMapKnobs, model=model, target=target))
    return classify.overlay(picture, result.heat, result.box, OPACITY)


@st.fragment
def draw_losses(dataset: Dataset, training: Training, worst: Sequence[Scored]) -> None:
    """On request: a heat map takes a forward and a backward pass each."""
    if not worst or not st.toggle(
        "Grad-CAM of the largest losses",
        key="train-heat",
        help="Where the evidence for the predicted class is: a wrong answer often looks at the wrong place.",
    ):
        return
    for start in range(0, len(worst), COLUMNS):
        for column, one in zip(st.columns(COLUMNS), worst[start : start + COLUMNS], strict=False):
            with column, layout.errors_as_sentences():
                blended = heat_picture(dataset.token, one.id, training.model, one.predicted)
                text = f"Labelled {one.label}, under a heat map of the evidence for {one.predicted}"
                st.image(blended, width="stretch", output_format="JPEG", alt=text)
                st.caption(f"{literal(one.label)} → {literal(one.predicted)}, loss {one.loss:.2f}")
