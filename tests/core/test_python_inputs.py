"""What Python callers have at hand is read, or refused in a sentence: tensors, open files, one value for several."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo.core.errors import InputError
from zoo.core.inputs import as_image, as_sound
from zoo.exhibits.classify.knobs import ClassifyKnobs

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
COFFEE = zoo.example("coffee")


@pytest.mark.parametrize(
    "image",
    [PIXELS, PIXELS / 255, torch.from_numpy(PIXELS).permute(2, 0, 1), torch.from_numpy(PIXELS / 255).permute(2, 0, 1)],
    ids=["array", "floats", "tensor", "tensor of floats"],
)
def test_arrays_and_tensors_are_pictures(image: Any) -> None:
    assert np.array_equal(np.asarray(as_image(image)), PIXELS)


def test_a_path_bytes_and_an_open_file_are_one_picture() -> None:
    data = Path(COFFEE).read_bytes()
    first, *others = (np.asarray(as_image(each)) for each in (COFFEE, Path(COFFEE), data, BytesIO(data)))
    assert all(np.array_equal(first, other) for other in others)


@given(st.integers(1, 3), st.integers(100, 2000), st.booleans())
def test_samples_may_have_channels_first_or_last(channels: int, count: int, tensor: bool) -> None:
    samples = np.random.default_rng(count).uniform(-0.5, 0.5, (count, channels)).astype(np.float32)
    last, first = (as_sound((layout, 16_000), 16_000) for layout in (samples, samples.T))
    assert np.array_equal(last.samples, first.samples)
    if tensor:
        assert np.array_equal(as_sound((torch.from_numpy(samples.T), 16_000), 16_000).samples, last.samples)


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("classify", [COFFEE, COFFEE]),
        ("classify", torch.zeros(1, 3, 8, 8)),
        ("classify", 5),
        ("sound", np.zeros(16_000)),
        ("sound", (16_000, np.zeros(16_000))),
        ("sound", (np.zeros(16_000), 0)),
        ("sound_timeline", b"bytes"),
        ("sentiment", ["one", "two"]),
        ("sentiment", 5),
        ("generate", b"bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_read_is_refused_in_a_sentence(function: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        getattr(zoo, function)(value)


def test_one_model_needs_no_list() -> None:
    assert ClassifyKnobs(model="resnet-18") == ClassifyKnobs(model=["resnet-18"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"did you mean top_k\?"):
        zoo.classify(COFFEE, topk=3)


def test_a_picture_is_not_written_under_another_kinds_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="png"):
        zoo.classify_heat_map(COFFEE, output=tmp_path / "heat.jpg")
    assert not list(tmp_path.iterdir())
