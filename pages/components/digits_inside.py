"""What stands behind the answers: pixels, hidden units and feature maps."""

import numpy as np
import streamlit as st

from pages.components.escape import literal
from pages.components.model_titles import model_title
from pages.components.picture_row import draw_row
from zoo.exhibits import digits as exhibit
from zoo.exhibits.digits.knobs import CNN, MLP
from zoo.exhibits.digits.pictures import enlarged, grey, signed, tiles
from zoo.exhibits.digits.results import Digits

LARGEST = 12  # hidden units that are drawn large
EVIDENCE = 168  # pixels of a picture of the evidence: two side by side on a phone


def draw_inside(result: Digits) -> None:
    """For one drawing, whose fragment this is drawn in."""
    evidence, units, maps = st.tabs(["Evidence in the pixels", "Hidden units", "Feature maps"])
    with evidence:
        _draw_evidence(result)
    with units:
        _draw_units(result)
    with maps:
        _draw_maps(result)


def _draw_evidence(result: Digits) -> None:
    names = ["What the networks receive", *(model_title(each.model) for each in result.answers)]
    pictures = [grey(result.normalised), *(signed(each.evidence) for each in result.answers)]
    drawn = zip(names, pictures, strict=True)
    draw_row([(_large(picture, 8), literal(name), f"{name}: 28 by 28 pixels") for name, picture in drawn], EVIDENCE)
    st.caption(
        "Integrated gradients ([Sundararajan et al. 2017](https://arxiv.org/abs/1703.01365)): what each pixel added to "
        "the logit of the best digit. Blue raised it, red lowered it."
    )


def _draw_units(result: Digits) -> None:
    answer = next((each for each in result.answers if each.model == MLP), None)
    if answer is None:
        st.info(f"Choose {model_title(MLP)}: its hidden units are drawn here.")
        return
    weights, outputs = exhibit.unit_weights()
    best = max((each for each in answer.predictions if each.label.isdigit()), key=lambda each: each.probability)
    votes = answer.hidden * outputs[int(best.label)]
    order = np.argsort(-np.abs(votes), kind="stable")
    st.markdown(f"The {LARGEST} units with the strongest votes on **{literal(best.label)}**")
    draw_row(
        [
            (
                _large(signed(weights[unit]), 4),
                f"unit {unit}  \nactivation {answer.hidden[unit]:.1f}, vote {votes[unit]:+.1f}",
                f"Weights of unit {unit}",
            )
            for unit in order[:LARGEST]
        ]
    )
    st.markdown(f"All {len(weights)} units, bright where they are active on this drawing")
    strength = np.clip(answer.hidden / max(float(answer.hidden.max()), 1e-6), 0, 1)[:, None, None, None]
    coloured = signed(weights).astype(np.float32) * (0.15 + 0.85 * strength)
    st.image(_sheet(coloured.astype(np.uint8), 32), width="stretch", alt="The weights of all hidden units as pictures")
    st.caption(
        "Each picture is the weights from the 784 pixels to one hidden unit: ink on blue raises its activation, ink on "
        "red lowers it. The vote of a unit is its activation times its weight to the digit."
    )


def _draw_maps(result: Digits) -> None:
    first, last = exhibit.feature_maps(result.normalised)
    st.markdown(f"{model_title(CNN)}, first convolution: {len(first)} maps of 28 by 28")
    st.image(_sheet(_normalised(first), 16), width="stretch", alt="Feature maps of the first convolution")
    st.markdown(f"Last convolution: {len(last)} maps of 7 by 7; the mean and the maximum of each go to the output")
    st.image(_sheet(_normalised(last), 32, 8), width="stretch", alt="Feature maps of the last convolution")


def _normalised(maps: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return grey(maps / max(float(maps.max()), 1e-6))


def _sheet(pictures: np.ndarray, columns: int, factor: int = 3) -> object:  # type: ignore[type-arg]
    return enlarged(tiles(pictures, columns), factor)


def _large(picture: np.ndarray, factor: int) -> object:  # type: ignore[type-arg]
    return enlarged(tiles(picture[None], 1), factor)
