"""Untrusted bytes to a picture, or an InputError: the only decoder of pictures.

The format is that of the content, whatever the name of the file or the type that its sender states. Limits are checked
on the header, before the work. Other kinds of input have a limits dataclass and a ``decode_*`` function as well.
"""

import math
import re
import struct
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, JpegImagePlugin, TiffImagePlugin

from zoo.core.byte_budget import decoding, trim_memory
from zoo.core.colour_numbers import SDR_WHITE, numbers_of, read_numbers
from zoo.core.errors import InputError, TooLargeError
from zoo.core.image_errors import explain
from zoo.core.jpeg_files import JpegFile
from zoo.core.srgb import DECODING_ERRORS, add_note, to_srgb_rgb


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may be at most: ``max_bytes`` as a file, ``max_pixels`` decoded; ``min_side`` pixels at least.

    A JPEG of up to ``max_reduced_pixels`` is decoded at a half, a quarter or an eighth of its size, which costs less
    than the whole. One of several scans may have twice ``max_pixels``: its coefficients are all in memory. Of other
    formats, Pillow itself refuses above 178 956 970 pixels. A picture of more than ``max_kept_pixels`` is reduced once
    it is decoded, a JPEG while it is: the networks here see 1,024 pixels of a side at most.
    """

    max_bytes: int = 32 * 2**20
    max_pixels: int = 40_000_000
    max_reduced_pixels: int = 200_000_000
    max_kept_pixels: int = 16_000_000
    min_side: int = 1


IMAGE_LIMITS = ImageLimits()

# JPEG includes MPO, several pictures in one file. Left out on purpose: formats that start another program (EPS, WMF),
# and rare ones, whose decoders are tested least.
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF", "BMP", "TIFF", "PPM")

image_format_help = (
    "PNG, JPEG, WebP, AVIF, HEIC, GIF, BMP, TIFF or PPM, "
    f"up to {IMAGE_LIMITS.max_bytes // 2**20} MiB and {IMAGE_LIMITS.max_pixels // 10**6} megapixels; "
    f"above {IMAGE_LIMITS.max_kept_pixels // 10**6} megapixels, it is read at a reduced size, and a JPEG may be larger."
)

# Each scan of a progressive JPEG passes over the whole picture, and 80 bytes make a scan: 70 ms at 36 megapixels, so
# a file of 4 kB could take seconds and one of 32 MiB hours. Encoders write about 10; libtiff draws the line at 100.
_MAX_JPEG_SCANS = 100
_JPEG_SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")

# Pillow reads these in pure Python, at up to 3 s a megapixel.
_SLOW_DECODERS = {"bmp_rle", "ppm", "ppm_plain"}
_MAX_SLOW_PIXELS = 1_000_000

_JPEG = b"\xff\xd8\xff"
_JPEG_FORMATS = ("JPEG", "MPO")
_REDUCED = {2: "half", 4: "a quarter of", 8: "an eighth of"}

# Memory that decoding was measured to take, in bytes a pixel: most for a WebP, or for 16 bits and transparency; of a
# JPEG, whose coefficients are all in memory where it has several scans.
_PIXEL_BYTES, _JPEG_BYTES, _COEFFICIENT_BYTES = 20, 12, 6
_TRIMMED = 64 * 2**20  # bytes of decoding after which the allocator's rest is worth returning

# Grey with white at zero of which Pillow's table lacks the byte order or the width.
TiffImagePlugin.OPEN_INFO.setdefault((b"MM", 0, (1,), 1, (16,), ()), ("I;16B", "I;16B"))
TiffImagePlugin.OPEN_INFO.setdefault((b"II", 0, (1,), 1, (12,), ()), ("I;16", "I;12"))


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

    Transparency is laid over white. What is not a matter of course is in ``notes_of`` the picture. Raises TooLargeError
    (too many bytes or pixels) or InputError (not a picture, not in an accepted format, damaged, or smaller than
    ``limits.min_side``).
    """
    if not data:
        raise InputError("The file is empty: choose another one and try again.")
    data = read_limited(data, limits.max_bytes)
    count = decoding_bytes(data)
    with decoding(count):
        picture = _decode(data, limits)
        if count > _TRIMMED:
            trim_memory()
    return picture


def decoding_bytes(source: bytes | IO[bytes]) -> int:
    """The memory that decoding a picture takes at most, by its header: 0 for what will be refused.

    A file is left at its beginning.
    """
    _register_heif()
    file = BytesIO(source) if isinstance(source, bytes) else source
    try:
        image = _opened(file)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, *DECODING_ERRORS):
        return 0
    finally:
        file.seek(0)
    pixels = image.width * image.height
    if image.format in _JPEG_FORMATS and pixels <= IMAGE_LIMITS.max_reduced_pixels:
        several = "progressive" in image.info
        kept = pixels // _jpeg_factor(image.size, IMAGE_LIMITS.max_kept_pixels) ** 2
        return _JPEG_BYTES * kept + _COEFFICIENT_BYTES * pixels * several
    return _PIXEL_BYTES * pixels if pixels <= IMAGE_LIMITS.max_pixels else 0


def kept_bytes(image: Image.Image) -> int:
    """The memory of a decoded picture."""
    return 4 * image.width * image.height


def _decode(data: bytes, limits: ImageLimits) -> Image.Image:
    _register_heif()
    try:
        image, missing = _load_whole(data, limits)
        picture = _reduced(to_srgb_rgb(image), image, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Raised before the size can be read, which only the message states.
        pixels = re.search(r"\d+", str(error))
        raise _too_many_pixels(int(pixels[0]) if pixels else 0, limits.max_pixels) from error
    except MemoryError as error:
        raise TooLargeError("The picture needs more memory than is free: scale it down and try again.") from error
    except DECODING_ERRORS as error:
        raise InputError(explain(data, image_format_help)) from error
    _tell(picture, image, missing)
    return picture


def _load_whole(data: bytes, limits: ImageLimits) -> tuple[Image.Image, float]:
    """The decoded file, and the share of the pixels that are missing at its end: more than a trace is an error."""
    try:
        return _load(data, limits), 0.0
    except OSError:
        if not data.startswith(_JPEG):
            raise
        completed = JpegFile(data).completed(partial(_load, limits=limits))
        if completed is None:
            raise
        return completed


def _opened(file: IO[bytes]) -> ImageFile.ImageFile:
    """The file with its header read."""
    is_jpeg = file.read(len(_JPEG)) == _JPEG
    file.seek(0)
    # Not by Image.open, which warns of sizes of a JPEG, or refuses them, that are never decoded as a whole.
    return JpegImagePlugin.jpeg_factory(file) if is_jpeg else Image.open(file, formats=IMAGE_FORMATS)


def _reduced(picture: Image.Image, image: Image.Image, limits: ImageLimits) -> Image.Image:
    """A picture of which no more pixels are kept than any network sees; a JPEG was decoded so."""
    pixels = picture.width * picture.height
    if pixels <= limits.max_kept_pixels:
        return picture
    factor = math.ceil(math.sqrt(pixels / limits.max_kept_pixels))
    image.info |= {"megapixels": pixels / 1e6, "reduced": factor}
    reduced = picture.reduce(factor)
    reduced.info = picture.info
    return reduced


def _load(data: bytes, limits: ImageLimits) -> ImageFile.ImageFile:
    image = _opened(BytesIO(data))
    factor = _check_size(image, data, limits)
    _check_effort(image, data, limits)
    if factor > 1:
        width, height = image.size
        image.info["megapixels"] = width * height / 1e6
        image.info["reduced"] = factor
        image.draft(None, (width // factor, height // factor))
    profiled = image.format != "PNG" and image.info.get("icc_profile")  # in a PNG the numbers come first
    if not profiled and (numbers := read_numbers(data, image.format)):
        image.info["cicp"] = numbers
    image.load()
    return image


def _tell(picture: Image.Image, image: Image.Image, missing: float) -> None:
    """Add to ``picture`` the notes on how the file ``image`` was decoded."""
    if factor := image.info.get("reduced"):
        width, height = picture.size
        add_note(
            picture,
            f"The picture has {image.info['megapixels']:.1f} megapixels: it was read at "
            f"{_REDUCED.get(factor, f'a {factor}th of')} its size, {width} x {height} pixels.",
        )
    if missing:
        add_note(picture, f"The file ends early: {max(missing, 0.0001):.2%} of the picture, at its end, is missing.")
    numbers = numbers_of(image)
    if numbers and numbers.high_dynamic_range:
        add_note(picture, f"The picture has a high dynamic range: all that is above {SDR_WHITE:.0f} cd/m2 is white.")


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


def _check_size(image: ImageFile.ImageFile, data: bytes, limits: ImageLimits) -> int:
    """By which factor each side has to be reduced; 1 for most pictures."""
    width, height = image.size
    pixels, most = width * height, limits.max_pixels
    if image.format == "HEIF":
        # Pillow reports the size after cropping, and the rest is decoded too: these boxes state the sizes before, and
        # libheif refuses a picture of other sizes.
        boxes = re.findall(rb"ispe\0{4}(.{8})", data, re.DOTALL)
        pixels = max([pixels, *(math.prod(struct.unpack(">II", box)) for box in boxes)])
    factor = 1
    if image.format in _JPEG_FORMATS:
        factor = _jpeg_factor(image.size, min(most, limits.max_kept_pixels))
        if pixels > most:
            several = "progressive" in image.info or len(JpegFile(data).scans) > 1
            most = min(2 * most, limits.max_reduced_pixels) if several else limits.max_reduced_pixels
    if pixels > most or not factor:
        raise _too_many_pixels(pixels, most)
    if min(width, height) < limits.min_side:
        raise InputError(
            f"The picture is {width} x {height} pixels, too small to use: "
            f"choose one of at least {limits.min_side} pixels on each side."
        )
    return factor


def _jpeg_factor(size: tuple[int, int], most: int) -> int:
    """By which factor a JPEG is reduced while it is decoded, to at most so many pixels; 0 where none is enough."""
    width, height = size
    return next((each for each in (1, *_REDUCED) if -(-width // each) * -(-height // each) <= most), 0)


def _too_many_pixels(pixels: int, most: int) -> TooLargeError:
    return TooLargeError(
        f"The picture has {pixels / 1e6:,} megapixels, and at most {most / 1e6:,} are accepted: "
        "scale it down and try again."
    )


def _check_effort(image: ImageFile.ImageFile, data: bytes, limits: ImageLimits) -> None:
    """Refuse a picture that is within every size limit and still takes minutes to decode."""
    pixels = image.width * image.height
    max_scans = _MAX_JPEG_SCANS * limits.max_pixels / max(pixels, limits.max_pixels)
    many_scans = image.format in _JPEG_FORMATS and len(_JPEG_SCAN.findall(data)) > max_scans
    slow = any(tile.codec_name in _SLOW_DECODERS for tile in image.tile)
    if many_scans or (slow and pixels > _MAX_SLOW_PIXELS):
        raise InputError("The picture is stored in a form that takes too long to read: save it as PNG and try again.")
