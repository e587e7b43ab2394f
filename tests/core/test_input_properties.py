"""Any bytes give a picture or an InputError; PNG downloads are lossless."""

import subprocess
import sys
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.pictures import HEIC, RED, RGB, SMALL, VALID, exif, file_of, solid, swapped_profile
from zoo.core.errors import InputError
from zoo.core.images import decode_image, encode_png

# ---- Properties

HEADS = [b"", *{data[:12] for data in VALID.values()}, HEIC[:12], b"P3 ", b"II*\0\x08\0\0\0\1\0", b"BM"]


def picture_or_input_error(data: bytes) -> Image.Image | None:
    try:
        image = decode_image(data, SMALL)
    except InputError:
        return None
    assert image.mode == "RGB"
    assert 0 < image.width * image.height <= SMALL.max_pixels
    return image


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=200))
def test_any_bytes(head: bytes, tail: bytes) -> None:
    picture_or_input_error(head + tail)


FILES = VALID | {"heic": HEIC}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_cut_anywhere(draw: st.DataObject) -> None:
    data = FILES[draw.draw(st.sampled_from(sorted(FILES)))]
    size = decode_image(data).size
    image = picture_or_input_error(data[: draw.draw(st.integers(0, len(data) - 1))])
    assert image is None or image.size == size


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_bits_flipped_anywhere(draw: st.DataObject) -> None:
    data = bytearray(FILES[draw.draw(st.sampled_from(sorted(FILES)))])
    for bit in draw.draw(st.lists(st.integers(0, 8 * len(data) - 1), min_size=1, max_size=4)):
        data[bit // 8] ^= 1 << bit % 8
    picture_or_input_error(bytes(data))


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["L", "RGB", "RGBA"]), st.data())
def test_png_downloads_are_lossless(width: int, height: int, mode: str, draw: st.DataObject) -> None:
    bands = len(mode)
    pixels = draw.draw(st.binary(min_size=width * height * bands, max_size=width * height * bands))
    image = Image.frombytes(mode, (width, height), pixels)
    again = Image.open(BytesIO(encode_png(image)))
    assert (again.mode, again.size, again.tobytes()) == (image.mode, image.size, image.tobytes())


# ---- Downloads and imports


def test_png_downloads_carry_no_metadata() -> None:
    image = Image.open(
        BytesIO(file_of(RGB, "PNG", exif=exif(3, 1, b"\6"), icc_profile=swapped_profile(), dpi=(72, 72)))
    )
    image.info["comment"] = "private"
    data = encode_png(image)
    assert not [name for name in (b"eXIf", b"iCCP", b"tEXt", b"pHYs", b"private") if name in data]
    assert "icc_profile" in image.info


@pytest.mark.parametrize(
    ("image", "pixel"),
    [
        (solid("1", 1), 255),
        (RGB.quantize(4), RED),
        (solid("RGBA", (1, 2, 3, 4)), (1, 2, 3, 4)),
        (solid("LA", (9, 4)), (9, 9, 9, 4)),
        (solid("CMYK", (0, 255, 255, 0)), RED),
    ],
    ids=["1", "P", "RGBA", "LA", "CMYK"],
)
def test_png_downloads_of_other_modes(image: Image.Image, pixel: object) -> None:
    assert Image.open(BytesIO(encode_png(image))).getpixel((0, 0)) == pixel


def test_first_pictures_of_a_process_are_decoded_in_parallel_and_without_torch() -> None:
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from zoo.core.images import decode_image
assert "pi_heif" not in sys.modules
data = sys.stdin.buffer.read()
with ThreadPoolExecutor(8) as pool:
    print({image.size for image in pool.map(decode_image, [data] * 8)}, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], input=HEIC, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "{(16, 8)} False"
