"""Pictures from outside: every format and mode comes out as the same upright RGB."""

import struct

import numpy as np
import pytest
from PIL import Image

from tests.core.pictures import (
    BLUE,
    GREEN,
    HEIC,
    RED,
    RGB,
    VALID,
    WHITE,
    close_to,
    colour_of,
    exif,
    file_of,
    patched,
    png,
    quarters,
    solid,
    swapped_profile,
)
from zoo.core.images import decode_image


@pytest.mark.parametrize("name", VALID)
def test_every_format_gives_the_same_picture_without_metadata(name: str) -> None:
    image = decode_image(VALID[name])
    assert type(image) is Image.Image
    assert image.mode == "RGB"
    assert image.info == {}
    assert len(image.getexif()) == 0
    assert np.abs(np.asarray(image, int) - quarters()).mean() < 10


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_pictures_from_phones(brand: bytes) -> None:
    image = decode_image(patched(HEIC, 8, brand))
    assert image.size == (16, 8)
    assert image.getpixel((2, 4)) == close_to((200, 30, 30), 12)
    assert image.getpixel((13, 4)) == close_to((30, 30, 200), 12)


HALF = Image.fromarray(np.full((3, 4, 4), (0, 0, 0, 51), np.uint8))  # black, one fifth opaque

MODES = {
    "1": (file_of(solid("1", 1), "PNG"), WHITE),
    "L": (file_of(solid("L", 90), "PNG"), (90, 90, 90)),
    "L, transparent": (file_of(solid("L", 90), "PNG", transparency=90), WHITE),
    "L, transparent elsewhere": (file_of(solid("L", 90), "PNG", transparency=91), (90, 90, 90)),
    "LA": (file_of(solid("LA", (90, 0)), "PNG"), WHITE),
    "RGB, transparent": (file_of(solid("RGB", RED), "PNG", transparency=RED), WHITE),
    "RGBA": (file_of(HALF, "PNG"), (204, 204, 204)),
    "RGBA, hidden red": (file_of(solid("RGBA", (255, 0, 0, 0)), "PNG"), WHITE),
    "RGBA WebP": (file_of(HALF, "WEBP", lossless=True), (204, 204, 204)),
    "RGBA TIFF": (file_of(HALF, "TIFF"), (204, 204, 204)),
    "P": (file_of(solid("RGB", BLUE).quantize(2), "PNG"), BLUE),
    "P, one transparent": (file_of(solid("RGB", BLUE).quantize(2), "PNG", transparency=0), WHITE),
    "P, alpha per entry": (file_of(solid("P", 0), "PNG", transparency=bytes([51])), (204, 204, 204)),
    "GIF, transparent": (file_of(solid("RGB", BLUE).quantize(2), "GIF", transparency=0), WHITE),
    "CMYK, Adobe JPEG": (file_of(solid("CMYK", (0, 255, 255, 0), (16, 16)), "JPEG"), RED),
    "CMYK TIFF": (file_of(solid("CMYK", (255, 255, 0, 0)), "TIFF"), BLUE),
    "YCbCr TIFF": (file_of(solid("RGB", RED).convert("YCbCr"), "TIFF"), RED),
    "LAB TIFF": (file_of(solid("LAB", (255, 128, 128)), "TIFF"), WHITE),
    "16-bit RGB": (png(1, 1, depth=16, rows=b"\0" + struct.pack(">HHH", 65535, 0x8000, 0)), (255, 128, 0)),
    "16-bit RGB, transparent": (
        png(1, 1, b"tRNS" + struct.pack(">HHH", 65535, 0, 0), depth=16, rows=b"\0\xff\xff\0\0\0\0"),
        WHITE,
    ),
    "plain PPM": (b"P3 1 1 255 255 0 0\n", RED),
    "PPM of maximum 100": (b"P6 1 1 100\n" + bytes([100, 0, 0]), RED),
}


@pytest.mark.parametrize("name", MODES)
def test_every_mode_comes_out_as_rgb_over_white(name: str) -> None:
    data, expected = MODES[name]
    assert colour_of(data) == close_to(expected, 2)


GREYS = {
    "I;16 PNG": ("PNG", "<u2", [0, 300, 32896, 65535], [0, 1, 128, 255]),
    "I;16 TIFF": ("TIFF", "<u2", [0, 300, 32896, 65535], [0, 1, 128, 255]),
    "I;16B TIFF": ("TIFF", ">u2", [0, 300, 32896, 65535], [0, 1, 128, 255]),
    "16-bit PGM": ("PPM", "<u2", [0, 300, 32896, 65535], [0, 1, 128, 255]),
    "I, 16-bit values": ("TIFF", "<i4", [0, 300, 32896, 65535], [0, 1, 128, 255]),
    "I, negative": ("TIFF", "<i4", [-1000, 0, 500, 1000], [0, 128, 191, 255]),
    "I, all of it": ("TIFF", "<i4", [-(2**31), 0, 2**30, 2**31 - 1], [0, 128, 191, 255]),
    "F, to one": ("TIFF", "<f4", [0, 0.2, 0.5, 1], [0, 51, 128, 255]),
    "F, to 255": ("TIFF", "<f4", [0, 1, 128, 255], [0, 1, 128, 255]),
    "F, to 65535": ("TIFF", "<f4", [0, 257, 32896, 65535], [0, 1, 128, 255]),
    "F, negative": ("TIFF", "<f4", [-1, 0, 0.5, 1], [0, 128, 191, 255]),
    "F, gaps": ("TIFF", "<f4", [np.nan, 0.2, np.inf, -np.inf], [0, 51, 255, 0]),
    "F, nothing else": ("TIFF", "<f4", [np.nan] * 4, [0] * 4),
    "F, extremes": ("TIFF", "<f4", [-3.4e38, 0, 3.4e38, np.nan], [0, 128, 255, 0]),
    "F, all alike": ("TIFF", "<f4", [-5.0] * 4, [0] * 4),
}


@pytest.mark.parametrize("name", GREYS)
def test_wide_greys_keep_their_shades(name: str) -> None:
    kind, dtype, values, expected = GREYS[name]
    image = decode_image(file_of(Image.fromarray(np.array([values], dtype)), kind))
    assert np.abs(np.asarray(image, int)[0, :, 0] - expected).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF", "AVIF"])
def test_the_first_frame_is_decoded(kind: str) -> None:
    frames = [solid("RGB", colour, (16, 16)) for colour in (RED, BLUE, GREEN)]
    assert colour_of(file_of(frames[0], kind, save_all=True, append_images=frames[1:])) == close_to(RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    upright = quarters()
    across = upright.transpose(1, 0, 2)
    # Where the EXIF standard puts the first row and the first column of what is stored.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: across,
        6: across[::-1],
        7: across[::-1, ::-1],
        8: across[:, ::-1],
    }[orientation]
    block = Image.Exif()
    block[0x0112] = orientation
    image = decode_image(file_of(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=block))
    assert image.size == (24, 16)
    assert np.abs(np.asarray(image, int) - upright).mean() < 10


BAD_EXIF = {
    "orientation 0": exif(3, 1, b"\0"),
    "orientation 99": exif(3, 1, b"\x63"),
    "orientation in words": exif(2, 4, b"up!\0"),
    "orientation nowhere": exif(5, 1, b"\xff\xff\xff\x7f"),
    "orientation without end": exif(3, 2**31, b"\0\0\0\x7f"),
    "unknown type": exif(200, 1, b"\6"),
    "cut short": exif(3, 1, b"\6")[:20],
    "no header": b"Exif\0\0not an exif block at all",
    "nothing": b"Exif\0\0",
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of the block it then ignores
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", BAD_EXIF)
def test_a_malformed_exif_block_is_ignored(kind: str, name: str) -> None:
    image = decode_image(file_of(RGB, kind, exif=BAD_EXIF[name]))
    assert np.abs(np.asarray(image, int) - quarters()).mean() < 10


PROFILES = {
    "applied": (solid("RGB", RED), swapped_profile(), GREEN),
    "applied beneath transparency": (solid("RGBA", (255, 0, 0, 255)), swapped_profile(), GREEN),
    "applied to a palette": (solid("RGB", RED).quantize(2), swapped_profile(), GREEN),
    "for other channels": (solid("L", 90), swapped_profile(), (90, 90, 90)),
    "cut short": (solid("RGB", RED), swapped_profile()[:200], RED),
    "garbage": (solid("RGB", RED), b"not a profile", RED),
}


@pytest.mark.parametrize("name", PROFILES)
def test_colour_profiles(name: str) -> None:
    image, profile, expected = PROFILES[name]
    assert colour_of(file_of(image, "PNG", icc_profile=profile)) == close_to(expected, 2)


def test_long_and_thin_is_a_picture() -> None:
    assert decode_image(file_of(solid("L", 7, (50_000, 1)), "PNG")).size == (50_000, 1)
