"""Colour that a picture file describes by numbers, as an ICC profile.

AVIF and HEIC (box ``colr`` of type nclx) and PNG (chunk cICP) name primaries and a transfer function by the code points
of ITU-T H.273; an older PNG gives chromaticities (cHRM) and an exponent (gAMA). Pillow applies none of them. As an ICC
profile they take the way of the profiles that files embed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Curve = NDArray[np.float64]
D65, ILLUMINANT_C, EQUAL_ENERGY, DCI_WHITE = (0.3127, 0.3290), (0.310, 0.316), (1 / 3, 1 / 3), (0.314, 0.351)

# H.273, table 2: the chromaticities of white, red, green and blue, each as x and y.
PRIMARIES: dict[int, tuple[float, ...]] = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    4: (*ILLUMINANT_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 M
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 B and G
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 170M
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 240M
    8: (*ILLUMINANT_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    10: (*EQUAL_ENERGY, 1, 0, 0, 1, 0, 0),  # CIE XYZ
    11: (*DCI_WHITE, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU 3213
}
BT709, SRGB = 1, 13  # of the primaries, and of the transfer functions
PQ, HLG = 16, 18
SDR_WHITE = 203.0  # cd/m2 of white in a picture of high dynamic range (ITU-R BT.2408)
CURVE_POINTS = 4096

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])  # of the ICC's connection space


@dataclass(frozen=True)
class ColourNumbers:
    """``chromaticities``: of white, red, green and blue. ``transfer``: a code point of H.273, or where ``gamma`` is
    given, that exponent instead. ``full_range``: False where 16 of 255 is black and 235 is white.
    """

    chromaticities: tuple[float, ...] = PRIMARIES[BT709]
    transfer: int = SRGB
    gamma: float = 0.0
    full_range: bool = True

    @property
    def high_dynamic_range(self) -> bool:
        return not self.gamma and self.transfer in (PQ, HLG)


def from_code_points(primaries: int, transfer: int, full_range: bool = True) -> ColourNumbers:
    """Unspecified and unknown code points count as those of sRGB."""
    known = transfer if transfer in (1, *range(4, 19)) else SRGB
    return ColourNumbers(PRIMARIES.get(primaries, PRIMARIES[BT709]), known, 0.0, full_range)


def numbers_of(image: Image.Image) -> ColourNumbers | None:
    """What the decoders of Pillow and pi-heif put into ``image.info``, and ours as "cicp"."""
    if numbers := image.info.get("cicp"):
        return from_code_points(numbers[0], numbers[1], bool(numbers[3]))
    if isinstance(nclx := image.info.get("nclx_profile"), dict):
        # libheif has brought narrow range to full range.
        return from_code_points(nclx["color_primaries"], nclx["transfer_characteristics"])
    if "srgb" in image.info:
        return None
    gamma, chromaticities = image.info.get("gamma"), image.info.get("chromaticity")
    if not isinstance(gamma, float) or not 0.01 <= gamma <= 100 or abs(gamma * 2.2 - 1) < 0.05:
        gamma = 0.0  # 1 / 2.2 is what encoders write for sRGB, and its curve is nearer to what they mean
    if not isinstance(chromaticities, tuple):
        return ColourNumbers(gamma=gamma) if gamma else None
    return ColourNumbers(chromaticities, gamma=gamma)


def read_numbers(data: bytes, kind: str | None) -> tuple[int, int, int, int] | None:
    """Primaries, transfer, matrix and full range by H.273, where the bytes of a PNG or AVIF file state them."""
    if kind == "PNG":
        for name, body in _png_chunks(data):
            if name == b"cICP" and len(body) >= 4:
                return body[0], body[1], body[2], body[3]
    if kind == "AVIF":
        for body in _colr_boxes(data):
            if body[:4] == b"nclx" and len(body) >= 11:
                # libavif has brought narrow range to full range.
                return (*struct.unpack(">HHH", body[4:10]), 1)
    return None


def icc_profile(numbers: ColourNumbers, mode: str) -> bytes | None:
    """A profile for pictures of ``mode``, RGB or grey; None for sRGB's own numbers and for impossible ones."""
    if numbers == ColourNumbers():
        return None
    if numbers.chromaticities[1] <= 0:
        return None
    try:
        matrix = _to_xyz(numbers.chromaticities)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 2:
        return None
    codes = np.linspace(0, 1, CURVE_POINTS)
    if not numbers.full_range:
        bits = 16 if mode.startswith("I") else 8
        scale, black, white = 2**bits - 1, 16 << bits - 8, 235 << bits - 8
        codes = ((codes * scale - black) / (white - black)).clip(0, 1)
    light = codes ** (1 / numbers.gamma) if numbers.gamma else to_light(codes, numbers.transfer)
    return _profile_bytes(matrix, light.clip(0, 1), mode == "RGB")


def to_light(codes: Curve, transfer: int) -> Curve:
    """Light in proportion to the white of sRGB from values in [0, 1], by a transfer function of H.273, table 3.

    PQ and HLG reach beyond 1. HLG's system gamma is applied to each channel by itself, at a peak of 1000 cd/m2.
    """
    match transfer:
        case 4 | 5:
            return np.power(codes, 2.2 if transfer == 4 else 2.8)
        case 7:
            return np.where(codes < 0.0913, codes / 4, ((codes + 0.1115) / 1.1115) ** (1 / 0.45))
        case 8:
            return codes
        case 9 | 10:
            return np.where(codes > 0, 10 ** ((2 if transfer == 9 else 2.5) * (codes - 1)), 0)
        case 13:
            return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
        case 16:
            root = np.power(codes, 1 / 78.84375)
            return np.power((root - 0.8359375).clip(0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125) * (
                10_000 / SDR_WHITE
            )
        case 17:
            return codes**2.6 * (52.37 / 48)
        case 18:
            scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - 0.55991073) / 0.17883277) + 0.28466892) / 12)
            return scene**1.2 * (1000 / SDR_WHITE)
        case _:  # 1, 6, 11, 12, 14 and 15: BT.709 and those with its curve
            return np.where(codes < 0.0812429, codes / 4.5, ((codes + 0.0992968) / 1.0992968) ** (1 / 0.45))


def _to_xyz(chromaticities: tuple[float, ...]) -> NDArray[np.float64]:
    """(3, 3) from linear RGB to CIE XYZ under D50, adapted by Bradford's matrix."""
    white, *colours = [
        np.array([x, y, 1 - x - y]) for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True)
    ]
    white = white / white[1]
    columns = np.stack(colours, 1)
    columns = columns * np.linalg.solve(columns, white)
    cones = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
    matrix: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ columns
    return matrix


def _profile_bytes(matrix: NDArray[np.float64], light: Curve, colour: bool) -> bytes:
    """An ICC profile of version 2.4 (ICC.1:2001-04) with a matrix and one curve, or for grey with the curve alone."""

    def xyz(values: NDArray[np.float64]) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 2**16)) for value in values.tolist())

    curve = struct.pack(">4sII", b"curv", 0, len(light)) + np.rint(light * 65535).astype(">u2").tobytes()
    tags = {b"wtpt": xyz(_D50)}
    if colour:
        tags |= {name + b"XYZ": xyz(column) for name, column in zip((b"r", b"g", b"b"), matrix.T, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    else:
        tags[b"kTRC"] = curve
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content
    space = b"RGB " if colour else b"GRAY"
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">12x4s28x", b"acsp") + xyz(_D50)[8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of the chunks before the pixels, which are the ones that describe them."""
    offset = 8
    while offset + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, offset)
        if name == b"IDAT":
            return
        yield name, data[offset + 8 : offset + 8 + length]
        offset += 12 + length


def _boxes(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and stop of the content of each box (ISO/IEC 14496-12) between two offsets."""
    while start + 8 <= stop:
        size, name = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and start + 16 <= stop:
            (size,), header = struct.unpack_from(">Q", data, start + 8), 16
        end = start + size if size else stop
        if (size and size < header) or end > stop:
            return
        yield name, start + header, end
        start = end


def _colr_boxes(data: bytes) -> Iterator[bytes]:
    """The ``colr`` boxes of the primary item of an AVIF file; a gain map's are others."""
    for _, start, stop in (box for box in _boxes(data, 0, len(data)) if box[0] == b"meta"):
        children = {name: (begin, end) for name, begin, end in _boxes(data, start + 4, stop)}
        if not {b"pitm", b"iprp"} <= children.keys():
            return
        primary = int.from_bytes(data[children[b"pitm"][0] + 4 : children[b"pitm"][1]])
        parts = {name: (begin, end) for name, begin, end in _boxes(data, *children[b"iprp"])}
        if not {b"ipco", b"ipma"} <= parts.keys():
            return
        properties = list(_boxes(data, *parts[b"ipco"]))
        for index in _associations(data[slice(*parts[b"ipma"])], primary):
            if 0 < index <= len(properties) and properties[index - 1][0] == b"colr":
                yield data[properties[index - 1][1] : properties[index - 1][2]]


def _associations(table: bytes, item: int) -> Iterator[int]:
    """The indices of an item's properties, from 1, out of the content of an ``ipma`` box (ISO/IEC 23008-12)."""
    wide_items, wide_indices = table[0] > 0, table[3] & 1
    offset = 8
    for _ in range(int.from_bytes(table[4:8])):
        length = 4 if wide_items else 2
        owner, count = int.from_bytes(table[offset : offset + length]), table[offset + length]
        offset += length + 1
        for _ in range(count):
            step = 2 if wide_indices else 1
            if owner == item:
                yield int.from_bytes(table[offset : offset + step]) & (0x7FFF if wide_indices else 0x7F)
            offset += step
