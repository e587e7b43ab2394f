"""Files of pictures for the tests, whole and otherwise, written to the byte."""

import base64
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from zoo.core.images import ImageLimits, decode_image

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


def swapped_profile() -> bytes:
    """The sRGB profile with the names of its red and green primaries exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG file with one more chunk behind its header."""
    return data[:33] + png_chunk(kind, body) + data[33:]


def grey_png(values: np.ndarray, *extra: bytes) -> bytes:
    """(H, W) uint8 or uint16 as a PNG of as many bits; ``extra``: name and content of further chunks."""
    bits = 8 * values.dtype.itemsize
    rows = b"".join(b"\0" + row.astype(f">u{bits // 8}").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], *extra, depth=bits, colour=0, rows=rows)


def grey_tiff(values: np.ndarray, white_is_zero: bool, order: str = "<", profile: bytes = b"") -> bytes:
    """(H, W) uint8 or uint16 as an uncompressed TIFF of as many bits, in either byte order."""
    bits = 8 * values.dtype.itemsize
    pixels = values.astype(f"{order}u{bits // 8}").tobytes() + profile
    height, width = values.shape
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 0 if white_is_zero else 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height)]
    entries += [(279, 4, 1, values.nbytes)]
    entries += [(34675, 7, len(profile), 8 + values.nbytes)] if profile else []

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        packed = struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value)
        return struct.pack(f"{order}HHI", tag, kind, count) + packed

    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entry(*each) for each in entries) + bytes(4)
    pad = bytes(len(pixels) % 2)
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(f"{order}HI", 42, 8 + len(pixels + pad)) + pixels + pad + directory
