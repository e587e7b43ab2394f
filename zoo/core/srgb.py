"""Any PIL image as RGB in sRGB: what the modes, colour profiles and tags of picture files mean."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

from zoo.core.colour_numbers import icc_profile, numbers_of

# What Pillow, its plugins and the libraries beneath raise on malformed files: OSError (truncated, unidentified),
# SyntaxError (broken header or chunk), ValueError (impossible values, and the guard on PNG text), EOFError (no frame,
# HEIF), RuntimeError (AVIF), TypeError, LookupError, AttributeError and AssertionError (tags of an unexpected type,
# mostly TIFF and EXIF), ArithmeticError (overflow, zero resolution), struct.error and zlib.error (short or corrupt
# blocks). Warning is for processes that turn warnings into errors; suppressing them instead would mean swapping the
# process-wide filters, which threads cannot do safely.
DECODING_ERRORS = (
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

_PHOTOMETRIC, _BITS_PER_SAMPLE = 262, 258  # TIFF tags
_WHITE_IS_ZERO = 0

_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_NOTES = "zoo_notes"


def to_srgb_rgb(image: Image.Image) -> Image.Image:
    """Any PIL image as RGB in sRGB, upright by its EXIF block; transparency is laid over white.

    Without metadata, so that a second call changes nothing.
    """
    picture = _to_rgb(image)
    transposition = _upright(image)
    picture = picture.copy() if transposition is None else picture.transpose(transposition)
    picture.info = {_NOTES: notes_of(image)} if notes_of(image) else {}
    return picture


def notes_of(image: Image.Image) -> tuple[str, ...]:
    """Sentences about how a picture was decoded, where that is not a matter of course."""
    notes = image.info.get(_NOTES)
    return notes if isinstance(notes, tuple) else ()  # a PNG may have a text of that name


def add_note(image: Image.Image, note: str) -> None:
    """Tell ``note`` with the results of what is computed from ``image``."""
    image.info[_NOTES] = (*notes_of(image), note)


def _to_rgb(image: Image.Image) -> Image.Image:
    colours, alpha = _colours_and_alpha(image)
    picture = _apply_profile(colours, _profile(image, colours.mode))
    if picture.mode == "I;16":
        picture = Image.fromarray(((np.asarray(picture, np.uint32) + 128) // 257).astype(np.uint8))
    if picture.mode != "RGB":  # it would be copied, and the caller does that
        picture = picture.convert("RGB")
    if alpha is None:
        return picture
    opaque = Image.new("RGB", image.size, "white")
    opaque.paste(picture, mask=alpha)
    return opaque


def _colours_and_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The image in mode L, I;16, RGB or CMYK, and its transparency."""
    if image.mode == "F" or image.mode.startswith("I"):
        return _to_wide_grey(image), _wide_alpha(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        colours = rgba.getchannel("R") if image.mode in ("1", "L", "LA", "La") else rgba.convert("RGB")
        return colours, rgba.getchannel("A")
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if image.mode in ("1", "LA", "La") else "RGB"), None


def _wide_alpha(image: Image.Image) -> Image.Image | None:
    """Transparency of the one value that a PNG of 16-bit grey declares transparent."""
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return None
    return Image.fromarray(np.where(np.asarray(image) == transparent, 0, 255).astype(np.uint8))


def _to_wide_grey(image: Image.Image) -> Image.Image:
    """Mode I;16, I or F to I;16 from 0, black, to 65535. Pillow's own conversions clip instead of scaling.

    Integers range from black at 0 to white at 65535, or at what a TIFF's bits can say; floats to 1, 255 or 65535, the
    first that none exceeds. Values beyond are rescaled from their minimum to their maximum. Not-a-number is black.
    """
    values = np.asarray(image, dtype=np.float32)
    finite = np.isfinite(values)
    low = float(values.min(initial=np.inf, where=finite))
    high = float(values.max(initial=-np.inf, where=finite))
    bits = _tiff_tag(image, _BITS_PER_SAMPLE)
    widest = 2**bits - 1 if isinstance(bits, int) and 8 < bits < 16 else 65535
    whites = (1, 255, 65535) if image.mode == "F" else (widest,)
    if low >= 0 and high <= whites[-1]:
        low, high = 0, next(white for white in whites if high <= white)
    # Values at the ends of the float range overflow to infinities, which become black or white.
    with np.errstate(over="ignore", invalid="ignore"):
        grey = (values - low) * (65535 / ((high - low) or 1))
    grey = np.nan_to_num(grey, copy=False, nan=0, posinf=65535, neginf=0).clip(0, 65535)
    if _tiff_tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = np.where(np.isnan(values), 0, 65535 - grey)
    return Image.fromarray(np.rint(grey).astype(np.uint16))


def _tiff_tag(image: Image.Image, tag: int) -> Any:
    """The value of a tag, or the first of several; None for other files."""
    try:
        value = getattr(image, "tag_v2", {}).get(tag)
    except DECODING_ERRORS:
        return None
    return value[0] if isinstance(value, tuple) and value else value


def _profile(image: Image.Image, mode: str) -> bytes | None:
    """The embedded colour profile, or one made of the numbers that stand in its place, for pictures of ``mode``."""
    numbers = numbers_of(image)
    embedded: bytes | None = image.info.get("icc_profile")
    if embedded and "cicp" not in image.info:
        return embedded
    if numbers is None or mode == "CMYK":
        return embedded
    return icc_profile(numbers, mode)


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """From the colours of a profile (phones write Display P3, print shops CMYK profiles) to sRGB, where it can be."""
    if not profile:
        return image
    try:
        source, target = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        if image.mode not in ("L", "I;16"):
            return ImageCms.buildTransform(source, target, image.mode, "RGB").apply(image)
        # By default lcms interpolates grey between 33 shades, which is off by up to 9 of 255 for a linear one.
        exact = ImageCms.buildTransform(source, target, image.mode, "RGB", flags=ImageCms.Flags.NOOPTIMIZE)
        shades = np.arange(2**8 if image.mode == "L" else 2**16)[None]
        table = np.asarray(exact.apply(Image.fromarray(shades.astype(np.uint8 if image.mode == "L" else np.uint16))))[0]
        return Image.fromarray(table[np.asarray(image)])
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        # A broken profile, or one for other channels than the picture's: viewers then show the values as they are.
        return image


def _upright(image: Image.Image) -> Image.Transpose | None:
    """The transposition that EXIF asks for, or None; a malformed EXIF block is ignored.

    ``ImageOps.exif_transpose`` also writes the block back, and fails where reading alone succeeds.
    """
    try:
        return _TRANSPOSITIONS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODING_ERRORS:
        return None
