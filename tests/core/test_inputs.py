"""Pictures from outside: every format and mode comes out as the same upright RGB, everything else as an InputError."""

import base64
import struct
import subprocess
import sys
import warnings
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import ImageLimits, decode_image, encode_png, image_format_help, read_limited

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SMALL = ImageLimits(max_pixels=1_000_000)

# 16 x 8 pixels, the left half red and the right half blue; Pillow and pi-heif read HEIC and do not write it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9j"
    "AAAAAERAAAEAAQAAAAABoAABAAAAAAAAADEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/Glw"
    "cnAAAADcaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AA"
    "AAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABA"
    "AAAAQAAAAChjbGFwAAAAEAAAAAEAAAAIAAAAAf///9AAAAAC////yAAAAAIAAAAQcGl4aQAAAAADCAgIAAAAGGlwbWEAAAAAAAAAAQABBYEC"
    "AwWEAAAAOW1kYXQAAAAtKAGvGSFsQkD3liL9IWK6GVdyAkB1pPliDMgA/XW6BPNtZc4KtKNqYeCvLq3X"
)


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def solid(mode: str, colour: object, size: tuple[int, int] = (4, 3)) -> Image.Image:
    return Image.new(mode, size, colour)


def quarters() -> np.ndarray:
    """24 x 16 pixels in four colours: no turn or flip leaves it as it was."""
    picture = np.zeros((16, 24, 3), np.uint8)
    picture[:8, :12], picture[:8, 12:], picture[8:, :12] = RED, GREEN, BLUE
    return picture


def png(width: int, height: int, *extra: bytes, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    others = [chunk(body[:4], body[4:]) for body in extra]
    data = [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *others, *data])


def exif(tag_type: int, count: int, value: bytes) -> bytes:
    """An EXIF block whose one entry is the orientation."""
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHI4s", 0x0112, tag_type, count, value) + b"\0\0\0\0"


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    return data[:offset] + new + data[offset + len(new) :]


def tiff(width: int, height: int, *entries: tuple[int, int, int, int]) -> bytes:
    """A little-endian TIFF of uncompressed grey pixels, of which it holds none."""
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags = sorted([*tags, (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, width * height % 2**32), *entries])
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags) + b"\0" * 4
    )


def colour_of(data: bytes) -> tuple[int, int, int]:
    return decode_image(data).getpixel((0, 0))


def close_to(colour: tuple[int, int, int], tolerance: int = 8) -> object:
    return pytest.approx(colour, abs=tolerance)


# ---- What is accepted

RGB = Image.fromarray(quarters())
VALID = {
    "png": file_of(RGB, "PNG"),
    "png-palette": file_of(RGB.quantize(4), "PNG"),
    "jpeg": file_of(RGB, "JPEG", exif=exif(3, 1, b"\1")),
    "jpeg-progressive": file_of(RGB, "JPEG", progressive=True),
    "mpo": file_of(RGB, "MPO", save_all=True, append_images=[RGB.rotate(180)]),
    "gif": file_of(RGB, "GIF"),
    "webp": file_of(RGB, "WEBP"),
    "webp-lossless": file_of(RGB, "WEBP", lossless=True),
    "avif": file_of(RGB, "AVIF"),
    "bmp": file_of(RGB, "BMP"),
    "tiff": file_of(RGB, "TIFF"),
    "tiff-lzw": file_of(RGB, "TIFF", compression="tiff_lzw"),
    "tiff-jpeg": file_of(RGB, "TIFF", compression="jpeg"),
    "ppm": file_of(RGB, "PPM"),
}


@pytest.mark.parametrize("name", VALID)
def test_every_format_gives_the_same_picture_and_nothing_but_the_picture(name: str) -> None:
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
def test_the_first_frame_counts(kind: str) -> None:
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
def test_a_malformed_exif_block_costs_nothing(kind: str, name: str) -> None:
    image = decode_image(file_of(RGB, kind, exif=BAD_EXIF[name]))
    assert np.abs(np.asarray(image, int) - quarters()).mean() < 10


def swapped_profile() -> bytes:
    """The sRGB profile with the names of its red and green primaries exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


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


# ---- What is not

NOT_PICTURES = {
    "empty": (b"", "empty"),
    "text named .jpg": ("Schöne Grüße".encode() * 1000, "text"),
    "text in UTF-16": ("picture".encode("utf-16"), "text"),
    "html": (b"\n<!DOCTYPE html><html><body><svg></svg></body></html>", "web page"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG drawing"),
    "svg with a header": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="1"/>', "SVG drawing"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    "zip": (b"PK\3\4" + bytes(40), "archive"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "archive"),
    "mp4": (b"\0\0\0\x18ftypmp42" + bytes(40), "video"),
    "webm": (b"\x1aE\xdf\xa3" + bytes(40), "video"),
    "avi": (b"RIFF\0\0\0\0AVI LIST", "video"),
    "wav": (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
    "mp3": (b"ID3\4" + bytes(40), "sound"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    "psd": (b"8BPS\0\1" + bytes(40), "Photoshop"),
    "jpeg xl": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    "icon": (file_of(solid("RGB", RED, (16, 16)), "ICO"), "icon"),
    "nothing known": (bytes(range(1, 256)), image_format_help),
    "zeros": (bytes(1000), image_format_help),
}

DAMAGED = {
    "png of no size": png(0, 0),
    "png, half": VALID["png"][: len(VALID["png"]) // 2],
    "png without pixels": png(5, 5),
    "png of text": png(1, 1, b"zTXtA\0\0" + zlib.compress(bytes(2**21)), rows=bytes(4)),
    "png of a wrong checksum": patched(VALID["png"], 29, b"\0\0\0\0"),
    "jpeg, half": VALID["jpeg"][: len(VALID["jpeg"]) // 2],
    "gif of no size": patched(VALID["gif"], 6, bytes(4))[:13],
    "gif, half": VALID["gif"][: len(VALID["gif"]) // 2],
    "webp, half": VALID["webp"][: len(VALID["webp"]) // 2],
    "avif, half": VALID["avif"][: len(VALID["avif"]) // 2],
    "heic, half": HEIC[: len(HEIC) // 2],
    "heic, last byte": HEIC[:-9],
    "bmp, half": VALID["bmp"][: len(VALID["bmp"]) // 2],
    "bmp of no size": patched(VALID["bmp"], 18, bytes(8)),
    "tiff, half": VALID["tiff"][: len(VALID["tiff"]) // 2],
    "tiff of no pixels": tiff(100, 100, (273, 4, 1, 10**9)),
    "ppm, half": VALID["ppm"][: len(VALID["ppm"]) // 2],
    "ppm of no size": b"P6 0 0 255\n",
}

SCANS = file_of(RGB, "JPEG", progressive=True)
TOO_SLOW = {
    "jpeg of a thousand scans": SCANS[:-2] + SCANS[SCANS.rfind(b"\xff\xc4") : -2] * 1000 + SCANS[-2:],
    "plain ppm": b"P3 1001 1000 255\n" + b"1 " * 3_003_000,
    "ppm of maximum 100": b"P6 1001 1000 100\n" + bytes(3_003_000),
    "bmp in runs": b"BM"
    + struct.pack("<IIIIiiHHIIIIII", 1078, 0, 1078, 40, 1001, 1000, 1, 8, 1, 0, 0, 0, 256, 0)
    + bytes(1024)
    + b"\x01\x05" * 1_001_000,
}


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_what_is_no_picture_is_named(name: str) -> None:
    data, words = NOT_PICTURES[name]
    with pytest.raises(InputError) as caught:
        decode_image(data)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.status == 422


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_said_to_be(name: str) -> None:
    kind = name.replace(",", " ").split()[0]
    with pytest.raises(
        InputError, match=rf"(?i)this {kind} picture is damaged, cut short or of a rare kind: "
    ) as caught:
        decode_image(DAMAGED[name])
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("name", TOO_SLOW)
def test_what_would_take_minutes_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="too long to read: save it as PNG"):
        decode_image(TOO_SLOW[name])


def test_a_good_picture_after_each_bad_one() -> None:
    for bad in [*(data for data, _ in NOT_PICTURES.values()), *DAMAGED.values(), *(data for data, _ in BOMBS.values())]:
        with pytest.raises(InputError):
            decode_image(bad)
        assert decode_image(VALID["png"]).tobytes() == quarters().tobytes()


# ---- Limits

VP8 = file_of(RGB, "WEBP")
JPEG = file_of(RGB, "JPEG")
BOMBS = {
    "png, just over": (png(8001, 5000), "has 40.005 megapixels"),
    "png, over Pillow's warning": (png(10_000, 10_000), "100.0 megapixels"),
    "png, over Pillow's limit": (png(20_000, 20_000), "400.0 megapixels"),
    "png, all it can say": (png(2**31 - 1, 2**31 - 1), "megapixels"),
    "png that unpacks to it": (png(7000, 7000, colour=0, rows=bytes(7001 * 7000)), "49.0 megapixels"),
    "gif": (patched(VALID["gif"], 6, b"\xff" * 4), "4,294.836225 megapixels"),
    "gif with a larger frame": (
        VALID["gif"].replace(b",\0\0\0\0\x18\0\x10\0", b",\0\0\0\0\x00\x80\0\x08"),
        "67.108864 megapixels",
    ),
    "jpeg": (patched(JPEG, JPEG.index(b"\xff\xc0") + 5, b"\xff" * 4), "4,294.836225 megapixels"),
    "bmp": (patched(VALID["bmp"], 18, struct.pack("<ii", 2**30, 2**30)), "megapixels"),
    "webp": (patched(VP8, VP8.index(b"\x9d\x01\x2a") + 3, b"\xff\x3f" * 2), "268.402689 megapixels"),
    "webp, extended": (
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\0\xff\xff\0",
        "4,294.967296 megapixels",
    ),
    "tiff": (tiff(100_000, 100_000), "10,000.0 megapixels"),
    "tiff, under Pillow's": (tiff(8000, 8000), "64.0 megapixels"),
    "heic, cropped to few": (patched(HEIC, HEIC.index(b"ispe") + 8, struct.pack(">II", 9000, 9000)), "81.0 megapixels"),
    "ppm": (b"P6 100000 100000 255\n", "10,000.0 megapixels"),
}


@pytest.mark.parametrize("filters", ["default", "error"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_large_size_is_refused_before_the_work(name: str, filters: str) -> None:
    data, words = BOMBS[name]
    with warnings.catch_warnings():
        warnings.simplefilter(filters)
        if filters == "default":
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with pytest.raises(TooLargeError, match=r"at most 40\.0 are accepted: scale it down") as caught:
            decode_image(data)
    assert words in str(caught.value)
    assert caught.value.status == 413


def test_limits_are_the_callers() -> None:
    assert decode_image(VALID["png"], ImageLimits(max_pixels=24 * 16, min_side=16)).size == (24, 16)
    with pytest.raises(TooLargeError, match="megapixels"):
        decode_image(VALID["png"], ImageLimits(max_pixels=24 * 16 - 1))
    with pytest.raises(InputError, match="24 x 16 pixels, too small to use: choose one of at least 17 pixels"):
        decode_image(VALID["png"], ImageLimits(min_side=17))
    with pytest.raises(TooLargeError, match="larger than 10 bytes"):
        decode_image(VALID["png"], ImageLimits(max_bytes=10))


RAISED = [OSError, SyntaxError, ValueError, EOFError, RuntimeError, TypeError, IndexError, KeyError, AttributeError]
RAISED += [AssertionError, OverflowError, ZeroDivisionError, struct.error, zlib.error, UserWarning, MemoryError]


@pytest.mark.parametrize("error", RAISED)
def test_whatever_a_decoder_raises_is_an_input_error(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    with pytest.raises(InputError) as caught:
        decode_image(VALID["bmp"])
    assert isinstance(caught.value.__cause__, error)
    assert isinstance(caught.value, TooLargeError) == (error is MemoryError)


def test_an_animation_of_many_frames_costs_one() -> None:
    frames = [solid("L", shade, (2, 2)) for shade in range(200)]
    assert colour_of(file_of(frames[5], "TIFF", save_all=True, append_images=frames)) == (5, 5, 5)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of the tag it then skips
def test_a_tag_larger_than_its_file_is_skipped() -> None:
    data = tiff(2, 2, (270, 2, 2**31 - 1, 8))
    assert decode_image(data).size == (2, 2)


class Dribble(BytesIO):
    """A stream that hands over at most 3 bytes at a time and counts them."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(min(size, 3) if size is not None and size >= 0 else 3)
        self.taken += len(chunk)
        return chunk


@given(st.binary(max_size=40), st.integers(0, 50))
def test_no_more_than_the_limit_is_read(data: bytes, limit: int) -> None:
    stream = Dribble(data)
    if len(data) <= limit:
        assert read_limited(stream, limit) == read_limited(data, limit) == data
    else:
        for source in (stream, data):
            with pytest.raises(TooLargeError, match=f"larger than {limit} bytes"):
                read_limited(source, limit)
    assert stream.taken <= limit + 1


def test_the_byte_limit_is_named_in_the_unit_of_file_sizes() -> None:
    with pytest.raises(TooLargeError, match=r"larger than 2\.5 MiB, the most accepted here: send a smaller one"):
        read_limited(bytes(2**22), 5 * 2**19)


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
def test_any_bytes_at_all(head: bytes, tail: bytes) -> None:
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
def test_png_downloads_lose_nothing(width: int, height: int, mode: str, draw: st.DataObject) -> None:
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


def test_first_pictures_of_a_fresh_process_at_once_and_without_torch() -> None:
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from zoo.core.inputs import decode_image
assert "pi_heif" not in sys.modules
data = sys.stdin.buffer.read()
with ThreadPoolExecutor(8) as pool:
    print({image.size for image in pool.map(decode_image, [data] * 8)}, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], input=HEIC, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "{(16, 8)} False"
