"""A picture without content gets no confident class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.classifiers import NAMES
from tests.core.pictures import file_of
from zoo.core.blank_pictures import BLANK, is_blank
from zoo.core.preprocessing import Preprocessing, View
from zoo.examples import EXAMPLES, example
from zoo.exhibits.classify import ClassifyKnobs, HeatMapKnobs, classify, heat_map

VIEW = Preprocessing((View(256, 224),), (0, 0, 0), (1, 1, 1))
RNG = np.random.default_rng(0)


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3), st.tuples(st.integers(200, 400), st.integers(200, 400)), st.floats(0, 4))
def test_one_colour_is_blank_even_with_noise(colour: tuple[int, int, int], size: tuple[int, int], noise: float) -> None:
    pixels = np.array(colour) + RNG.normal(0, noise, (size[1], size[0], 3))
    assert is_blank(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), VIEW)


def drawn(kind: str) -> Image.Image:
    picture = Image.new("RGB", (400, 400), "white")
    if kind == "text":
        ImageDraw.Draw(picture).text((120, 190), "a line of text on paper", fill="black")
    elif kind == "gradient":
        picture = Image.linear_gradient("L").resize((400, 400)).convert("RGB").point(lambda value: 100 + value // 12)
    else:
        ImageDraw.Draw(picture).ellipse((190, 190, 215, 215), fill=(230, 230, 230))
    return picture


@pytest.mark.parametrize("kind", ["text", "gradient", "a pale spot"])
def test_whatever_is_drawn_is_content(kind: str) -> None:
    assert not is_blank(drawn(kind), VIEW)


@pytest.mark.parametrize("sample", EXAMPLES, ids=lambda sample: sample.name)
def test_no_example_is_blank(sample: object) -> None:
    assert not is_blank(example(sample.name), VIEW)  # type: ignore[attr-defined]


@pytest.mark.parametrize("colour", ["black", "white", (90, 120, 30)])
def test_a_blank_picture_is_told_and_unsure(colour: object) -> None:
    picture = file_of(Image.new("RGB", (300, 200), colour), "JPEG")
    result = classify(picture, ClassifyKnobs(model=list(NAMES)))
    assert result.blank
    assert result.notes == (BLANK,)
    assert result.ensemble is not None
    assert all(answer.unsure for answer in (*result.answers, result.ensemble))
    assert heat_map(picture, HeatMapKnobs()).notes == (BLANK,)


def test_a_picture_with_content_has_no_notes() -> None:
    result = classify(example("coffee"))
    assert (result.blank, result.notes) == (False, ())
