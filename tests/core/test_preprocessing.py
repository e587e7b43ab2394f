"""Preprocessing equals torchvision's presets, for pictures of every size and shape."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example as explicit
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

from zoo.core.cards import exhibit_cards
from zoo.core.preprocessing import Preprocessing, View
from zoo.examples import example

VIEWS = [Preprocessing.from_config(card.config["preprocessing"]).views for card in exhibit_cards("classify")]
# Those of the bundled models, and the one most of torchvision's official weights use.
EVERY_VIEW = pytest.mark.parametrize(
    "view", sorted({view for views in VIEWS for view in views} | {View(232, 224, "bicubic")}, key=repr), ids=repr
)


def ours(view: View, image: Image.Image) -> NDArray[np.float32]:
    any_size = View(view.resize, view.crop, view.interpolation)
    return Preprocessing((any_size,), (0, 0, 0), (1, 1, 1)).pixels(image)


def torchvisions(view: View, image: Image.Image) -> NDArray[np.float32]:
    preset = ImageClassification(
        crop_size=view.crop,
        resize_size=view.resize,
        mean=(0, 0, 0),
        std=(1, 1, 1),
        interpolation=InterpolationMode(view.interpolation),
    )
    return preset(image).numpy()


@EVERY_VIEW
@pytest.mark.parametrize("size", [(256, 256), (300, 200), (64, 64), (30, 90), (640, 256), (1, 1)], ids=str)
def test_pixels_are_torchvisions(view: View, size: tuple[int, int]) -> None:
    """Where no length is rounded, both resample the same box; Pillow's fixed-point weights leave two levels of 255."""
    image = example("china").resize(size)
    assert np.abs(ours(view, image) - torchvisions(view, image)).max() <= 2.01 / 255


@EVERY_VIEW
@pytest.mark.parametrize("size", [(640, 427), (427, 640), (301, 223), (61, 47), (1000, 131)], ids=str)
def test_position_is_torchvisions_within_a_pixel(view: View, size: tuple[int, int]) -> None:
    """torchvision rounds the long side, and then the crop, to whole pixels: half a pixel each.

    In a picture whose red grows to the right and whose green grows downwards, a level's difference is a displacement.
    """
    width, height = size
    ramp = np.zeros((height, width, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, width)
    ramp[..., 1] = np.linspace(0, 255, height)[:, None]
    image = Image.fromarray(ramp)
    difference = np.abs(ours(view, image) - torchvisions(view, image)).max((1, 2)) * 255
    scale = view.resize / min(size)
    levels_per_pixel = np.array([255 / (width * scale), 255 / (height * scale)])
    assert (difference[:2] <= levels_per_pixel + 2).all()


@EVERY_VIEW
@given(width=st.integers(1, 400), height=st.integers(1, 400), colour=st.tuples(*[st.integers(0, 255)] * 3))
@explicit(width=1, height=1, colour=(7, 130, 255))
@explicit(width=1, height=5000, colour=(7, 130, 255))
@explicit(width=5000, height=1, colour=(7, 130, 255))
@settings(max_examples=30)
def test_any_size_gives_pixels_of_one_shape(view: View, width: int, height: int, colour: tuple[int, int, int]) -> None:
    pixels = ours(view, Image.new("RGB", (width, height), colour))
    assert pixels.shape == (3, view.crop, view.crop)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    assert np.array_equal(pixels[:, 0, 0] * 255, np.array(colour, np.float32))
    assert (pixels == pixels[:, :1, :1]).all()


@EVERY_VIEW
@given(width=st.integers(1, 60_000), height=st.integers(1, 60_000))
def test_box_is_the_square_in_the_middle(view: View, width: int, height: int) -> None:
    left, top, right, bottom = view.box((width, height))
    pixel = min(width, height) / view.resize  # one of the resized picture, in the picture's own
    tiny = 1e-6 * max(width, height)
    assert -tiny <= left < right <= width + tiny
    assert -tiny <= top < bottom <= height + tiny
    assert right - left == pytest.approx(view.crop * pixel)
    assert bottom - top == pytest.approx(view.crop * pixel)
    assert left + right == pytest.approx(width, abs=2 * pixel)
    assert top + bottom == pytest.approx(height, abs=2 * pixel)


@EVERY_VIEW
@pytest.mark.parametrize("size", [(50_000, 1), (1, 50_000), (50_000, 3)], ids=str)
def test_work_on_a_panorama_is_bounded(view: View, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Resized as a whole, 50,000 x 1 pixels at 256 times the size would take 10 GB."""
    sizes = []
    resize = Image.Image.resize

    def spy(self: Image.Image, size: tuple[int, int], *args: Any, **options: Any) -> Image.Image:
        sizes.append((self.size, size))
        return resize(self, size, *args, **options)

    monkeypatch.setattr(Image.Image, "resize", spy)
    assert ours(view, Image.new("RGB", size, "red")).shape == (3, view.crop, view.crop)
    ((before, after),) = sizes
    assert max(before) < 20
    assert after == (view.crop, view.crop)


def test_a_picture_gets_the_first_view_for_its_short_side() -> None:
    small, medium, large = View(64, 64, up_to=64), View(128, 128, up_to=200), View(256, 224)
    preprocessing = Preprocessing((small, medium, large), (0, 0, 0), (1, 1, 1))
    sides = {(64, 900): small, (900, 65): medium, (200, 200): medium, (201, 201): large, (1, 1): small}
    assert {size: preprocessing.view(Image.new("RGB", size)) for size in sides} == sides


@pytest.mark.parametrize("views", VIEWS)
def test_bundled_views_cover_every_size(views: tuple[View, ...]) -> None:
    assert [view.up_to is None for view in views] == [False] * (len(views) - 1) + [True]
    limits = [view.up_to or np.inf for view in views]
    assert limits == sorted(limits)
    assert all(view.temperature > 0 and 0 <= view.unsure_below < 1 for view in views)
