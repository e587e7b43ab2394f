"""JPEG files that end early, and photographs of more pixels than are decoded."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.pictures import file_of, patched
from zoo.core.errors import InputError, TooLargeError
from zoo.core.images import ImageLimits, decode_image
from zoo.core.srgb import notes_of

RNG = np.random.default_rng(0)
PHOTOGRAPH = Image.fromarray(RNG.integers(0, 255, (23, 40, 3), dtype=np.uint8)).resize(
    (320, 184), Image.Resampling.BICUBIC
)
FORMS = {
    "baseline": {},
    "4:4:4": {"subsampling": 0},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 7},
    "grey": {"grey": True},
}


def jpeg(form: str, **options: object) -> bytes:
    options = FORMS[form] | options
    image = PHOTOGRAPH.convert("L") if options.pop("grey", False) else PHOTOGRAPH
    return file_of(image, "JPEG", **options)


FILES = {form: jpeg(form) for form in FORMS}


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("form", FORMS)
def test_a_missing_end_marker_loses_nothing(form: str, lost: int) -> None:
    whole, image = decode_image(FILES[form]), decode_image(FILES[form][:-lost])
    assert np.array_equal(np.asarray(image), np.asarray(whole))
    assert notes_of(image) == ()


@pytest.mark.parametrize("form", FORMS)
def test_a_few_missing_pixels_are_told(form: str) -> None:
    whole = np.asarray(decode_image(FILES[form]))
    image = decode_image(FILES[form][:-12])
    (note,) = notes_of(image)
    assert "ends early" in note
    assert "of the picture, at its end, is missing" in note
    assert np.array_equal(np.asarray(image)[:-33], whole[:-33])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.floats(0.05, 0.9))
def test_what_lacks_more_is_refused(form: str, share: float) -> None:
    with pytest.raises(InputError, match="damaged, cut short"):
        decode_image(FILES[form][: round(len(FILES[form]) * share)])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.integers(1, 400))
def test_a_picture_that_ends_early_is_whole_or_told_or_refused(form: str, lost: int) -> None:
    whole = np.asarray(decode_image(FILES[form]), int)
    try:
        image = decode_image(FILES[form][:-lost])
    except InputError:
        return
    different = np.abs(np.asarray(image, int) - whole).any(2)
    assert different.mean() < 0.03
    assert bool(notes_of(image)) or not different.any()


def test_a_scan_that_is_missing_altogether_is_missed() -> None:
    data = FILES["progressive"]
    with pytest.raises(InputError, match="damaged, cut short"):
        decode_image(data[: data.rindex(b"\xff\xc4")])


LIMITS = ImageLimits(max_pixels=PHOTOGRAPH.width * PHOTOGRAPH.height // 4, max_reduced_pixels=60_000)


def test_a_large_photograph_is_read_at_half_its_size() -> None:
    block = Image.Exif()
    block[0x0112] = 6
    image = decode_image(jpeg("baseline", exif=block), LIMITS)
    assert image.size == (92, 160)
    half = PHOTOGRAPH.resize((160, 92), Image.Resampling.BOX).transpose(Image.Transpose.ROTATE_270)
    assert np.abs(np.asarray(image, int) - np.asarray(half, int)).mean() < 8
    (note,) = notes_of(image)
    assert note == "The picture has 0.1 megapixels: it was read at half its size, 92 x 160 pixels."
    cut = decode_image(jpeg("baseline", exif=block)[:-2], LIMITS)
    assert np.array_equal(np.asarray(cut), np.asarray(image))


def test_sizes_are_reduced_no_further_than_needed() -> None:
    sizes = {decode_image(FILES["baseline"], ImageLimits(max_pixels=most)).size for most in (58_880, 14_720, 3680, 920)}
    assert sizes == {(320, 184), (160, 92), (80, 46), (40, 23)}
    with pytest.raises(TooLargeError):
        decode_image(FILES["baseline"], ImageLimits(max_pixels=919))


def test_several_scans_may_have_fewer_pixels() -> None:
    """All coefficients of such a file are in memory, whatever the size that is decoded."""
    progressive = FILES["progressive"]
    assert decode_image(progressive, ImageLimits(max_pixels=29_440)).size == (160, 92)
    with pytest.raises(TooLargeError, match=r"at most 0\.058878 are"):
        decode_image(progressive, ImageLimits(max_pixels=29_439))


def test_a_size_that_is_never_decoded_as_a_whole_is_no_warning() -> None:
    data = patched(FILES["grey"], FILES["grey"].index(b"\xff\xc0") + 5, b"\x30\x00\x30\x00")  # 151 megapixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode_image(data, ImageLimits(max_pixels=3_000_000)).size == (1536, 1536)
        with pytest.raises(TooLargeError, match=r"has 150\.994944 megapixels, and at most 128\.0 are"):
            decode_image(data, ImageLimits(max_reduced_pixels=128_000_000))
