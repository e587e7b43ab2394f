"""Files that are not pictures, damaged or too large raise an InputError, and the next picture is decoded."""

import struct
import warnings
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from tests.core.pictures import HEIC, RED, RGB, VALID, colour_of, file_of, patched, png, quarters, solid, tiff
from zoo.core.errors import InputError, TooLargeError
from zoo.core.images import ImageLimits, decode_image, image_format_help, read_limited

# ---- Other files

OTHER_FILES = {
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
    "TGA": (file_of(solid("RGB", RED, (16, 16)), "TGA")[:40], "TGA"),
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


@pytest.mark.parametrize("name", OTHER_FILES)
def test_the_sentence_names_what_the_file_is(name: str) -> None:
    data, words = OTHER_FILES[name]
    with pytest.raises(InputError) as caught:
        decode_image(data)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.status == 422


@pytest.mark.parametrize("name", DAMAGED)
def test_the_sentence_says_that_a_file_is_damaged(name: str) -> None:
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
    for bad in [*(data for data, _ in OTHER_FILES.values()), *DAMAGED.values(), *(data for data, _ in BOMBS.values())]:
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
        most = 200 if name == "jpeg" else 40  # a JPEG is decoded at an eighth of its size
        with pytest.raises(TooLargeError, match=rf"at most {most}\.0 are accepted: scale it down") as caught:
            decode_image(data)
    assert words in str(caught.value)
    assert caught.value.status == 413


def test_limits_are_arguments() -> None:
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
