"""Untrusted bytes to a picture, or an InputError: the only decoder of pictures.

The format is that of the content, whatever the name of the file or the type that its sender states. Limits are checked
on the header, before the work. Other kinds of input have a limits dataclass and a ``decode_*`` function as well.
"""

import math
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageFile

from zoo.core.errors import InputError, TooLargeError
from zoo.core.image_errors import explain


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may be at most: ``max_bytes`` as a file, ``max_pixels`` in all; ``min_side`` pixels at least.

    Pillow itself refuses above 178 956 970 pixels, so a larger ``max_pixels`` has no effect.
    """

    max_bytes: int = 32 * 2**20
    max_pixels: int = 40_000_000
    min_side: int = 1


IMAGE_LIMITS = ImageLimits()

# JPEG includes MPO, several pictures in one file. Left out on purpose: formats that start another program (EPS, WMF),
# and rare ones, whose decoders are tested least.
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF", "BMP", "TIFF", "PPM")

image_format_help = (
    "PNG, JPEG, WebP, AVIF, HEIC, GIF, BMP, TIFF or PPM, "
    f"up to {IMAGE_LIMITS.max_bytes // 2**20} MiB and {IMAGE_LIMITS.max_pixels // 10**6} megapixels."
)

# What Pillow, its plugins and the libraries beneath raise on malformed files: OSError (truncated, unidentified),
# SyntaxError (broken header or chunk), ValueError (impossible values, and the guard on PNG text), EOFError (no frame,
# HEIF), RuntimeError (AVIF), TypeError, LookupError, AttributeError and AssertionError (tags of an unexpected type,
# mostly TIFF and EXIF), ArithmeticError (overflow, zero resolution), struct.error and zlib.error (short or corrupt
# blocks). Warning is for processes that turn warnings into errors; suppressing them instead would mean swapping the
# process-wide filters, which threads cannot do safely.
_DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Warning,
)

# Each scan of a progressive JPEG passes over the whole picture, and 80 bytes make a scan: 70 ms at 36 megapixels, so
# a file of 4 kB could take seconds and one of 32 MiB hours. Encoders write about 10; libtiff draws the line at 100.
_MAX_JPEG_SCANS = 100
_JPEG_SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")

# Pillow reads these in pure Python, at up to 3 s a megapixel.
_SLOW_DECODERS = {"bmp_rle", "ppm", "ppm_plain"}
_MAX_SLOW_PIXELS = 1_000_000

_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_limited(source: bytes | IO[bytes], max_bytes: int) -> bytes:
    """All bytes of ``source``, of which no more than ``max_bytes + 1`` are ever read.

    Raises TooLargeError, naming the limit, when there are more than ``max_bytes``.
    """
    if isinstance(source, bytes):
        data = source
    else:
        buffer = bytearray()
        # A raw stream may hand over less than asked for: only an empty read is its end.
        while len(buffer) <= max_bytes and (chunk := source.read(max_bytes + 1 - len(buffer))):
            buffer += chunk
        data = bytes(buffer)
    if len(data) > max_bytes:
        limit = f"{max_bytes / 2**20:.4g} MiB" if max_bytes >= 2**20 else f"{max_bytes:,} bytes"
        raise TooLargeError(f"The file is larger than {limit}, the most accepted here: send a smaller one.")
    return data


def decode_image(data: bytes, limits: ImageLimits = IMAGE_LIMITS) -> Image.Image:
    """The picture in ``data``: mode RGB, in sRGB, upright, loaded, without metadata; of an animation the first frame.

    Transparency is laid over white. Raises TooLargeError (too many bytes or pixels) or InputError (not a picture, not
    in an accepted format, damaged, or smaller than ``limits.min_side``).
    """
    if not data:
        raise InputError("The file is empty: choose another one and try again.")
    data = read_limited(data, limits.max_bytes)
    _register_heif()
    try:
        with Image.open(BytesIO(data), formats=IMAGE_FORMATS) as image:
            _check_size(image, data, limits)
            _check_effort(image, data)
            image.load()
            picture = to_srgb_rgb(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Raised before the size can be read, which only the message states.
        pixels = re.search(r"\d+", str(error))
        raise _too_many_pixels(int(pixels[0]) if pixels else 0, limits) from error
    except MemoryError as error:
        raise TooLargeError("The picture needs more memory than is free: scale it down and try again.") from error
    except _DECODING_ERRORS as error:
        raise InputError(explain(data, image_format_help)) from error
    picture.info.clear()
    return picture


def to_srgb_rgb(image: Image.Image) -> Image.Image:
    """Any PIL image as RGB in sRGB, upright by its EXIF block; transparency is laid over white."""
    picture = _to_rgb(image)
    transposition = _upright(image)
    return picture if transposition is None else picture.transpose(transposition)


def from_array(array: NDArray[Any]) -> Image.Image:
    """An RGB picture from (H, W), (H, W, 3) or (H, W, 4): uint8 in [0, 255], or floats in [0, 1].

    Raises InputError for another shape or type, or for floats beyond that range.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or 0 in array.shape:
        raise InputError(f"An array of shape {array.shape} is not a picture: give (H, W), (H, W, 3) or (H, W, 4).")
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise InputError("A picture of floats must lie in [0, 1]: divide it by 255, or give uint8.")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise InputError(f"An array of {array.dtype} is not a picture: give uint8 in [0, 255], or floats in [0, 1].")
    return to_srgb_rgb(Image.fromarray(np.ascontiguousarray(array)))


def encode_png(image: Image.Image, compress_level: int = 6) -> bytes:
    """``image``, of 8 bits a channel, as a PNG file without metadata: grey, RGB or RGBA.

    ``compress_level``: 1 is the quickest and 9 the smallest.
    """
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    plain = image.convert(mode)
    plain.info.clear()
    file = BytesIO()
    plain.save(file, "PNG", compress_level=compress_level)
    return file.getvalue()


@cache
def _register_heif() -> None:
    # Imported at the first picture: it takes a tenth of a second and loads a library of its own.
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _check_size(image: ImageFile.ImageFile, data: bytes, limits: ImageLimits) -> None:
    width, height = image.size
    pixels = width * height
    if image.format == "HEIF":
        # Pillow reports the size after cropping, and the rest is decoded too: these boxes state the sizes before, and
        # libheif refuses a picture of other sizes.
        boxes = re.findall(rb"ispe\0{4}(.{8})", data, re.DOTALL)
        pixels = max([pixels, *(math.prod(struct.unpack(">II", box)) for box in boxes)])
    if pixels > limits.max_pixels:
        raise _too_many_pixels(pixels, limits)
    if min(width, height) < limits.min_side:
        raise InputError(
            f"The picture is {width} x {height} pixels, too small to use: "
            f"choose one of at least {limits.min_side} pixels on each side."
        )


def _too_many_pixels(pixels: int, limits: ImageLimits) -> TooLargeError:
    return TooLargeError(
        f"The picture has {pixels / 1e6:,} megapixels, and at most {limits.max_pixels / 1e6:,} are accepted: "
        "scale it down and try again."
    )


def _check_effort(image: ImageFile.ImageFile, data: bytes) -> None:
    """Refuse a picture that is within every size limit and still takes minutes to decode."""
    many_scans = image.format in ("JPEG", "MPO") and len(_JPEG_SCAN.findall(data)) > _MAX_JPEG_SCANS
    slow = any(tile.codec_name in _SLOW_DECODERS for tile in image.tile)
    if many_scans or (slow and image.width * image.height > _MAX_SLOW_PIXELS):
        raise InputError("The picture is stored in a form that takes too long to read: save it as PNG and try again.")


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _to_grey(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    image = _to_srgb(image)
    if image.mode != "RGBA":
        return image.convert("RGB")
    opaque = Image.new("RGB", image.size, "white")
    opaque.paste(image, mask=image.getchannel("A"))
    return opaque


def _to_grey(image: Image.Image) -> Image.Image:
    """Mode I;16, I or F to L. Pillow's own conversion clips: all that is above 255 turns white.

    Integers range from black at 0 to white at 65535; floats to 1, 255 or 65535, the first that none exceeds. Values
    beyond are rescaled from their minimum to their maximum. Not-a-number is black.
    """
    values = np.asarray(image, dtype=np.float32)
    finite = np.isfinite(values)
    low = float(values.min(initial=np.inf, where=finite))
    high = float(values.max(initial=-np.inf, where=finite))
    whites = (1, 255, 65535) if image.mode == "F" else (65535,)
    if low >= 0 and high <= whites[-1]:
        low, high = 0, next(white for white in whites if high <= white)
    # Values at the ends of the float range overflow to infinities, which become black or white.
    with np.errstate(over="ignore", invalid="ignore"):
        grey = (values - low) * (255 / ((high - low) or 1))
    grey = np.nan_to_num(grey, copy=False, nan=0, posinf=255, neginf=0)
    return Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8))


def _to_srgb(image: Image.Image) -> Image.Image:
    """Apply the embedded colour profile (phones write Display P3, print shops CMYK profiles), where it can be."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source, target = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.buildTransform(source, target, image.mode, mode).apply(image)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        # A broken profile, or one for other channels than the picture's: viewers then show the values as they are.
        return image


def _upright(image: Image.Image) -> Image.Transpose | None:
    """The transposition that EXIF asks for, or None; a malformed EXIF block is ignored.

    ``ImageOps.exif_transpose`` also writes the block back, and fails where reading alone succeeds.
    """
    try:
        return _TRANSPOSITIONS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DECODING_ERRORS:
        return None
