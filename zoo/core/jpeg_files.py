"""What a JPEG file says between its markers, and whether a file that ends early has all its pixels."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from PIL import Image, ImageChops

# A scan's data end at a marker that is neither a stuffed zero nor a restart.
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # baseline, extended, progressive, and with arithmetic coding
END = b"\xff\xd9"
MAX_MISSING = 0.02  # of a picture's pixels


@dataclass(frozen=True)
class JpegFile:
    data: bytes

    @cached_property
    def segments(self) -> list[tuple[int, bytes]]:
        """Marker and content of each segment of the first picture; a thumbnail inside of one is not looked into."""
        return list(self._segments())

    def _segments(self) -> Iterator[tuple[int, bytes]]:
        offset = 2
        while marker_match := _MARKER.search(self.data, offset):
            marker, start = marker_match[1][0], marker_match.end()
            if marker == END[1]:
                return
            if marker == 0xD8 or marker == 0x01:
                offset = start
                continue
            stop = start + int.from_bytes(self.data[start : start + 2])
            yield marker, self.data[start + 2 : stop]
            offset = max(stop, start)

    @property
    def scans(self) -> list[bytes]:
        """The headers of the scans: of several, a decoder keeps all coefficients of the picture in memory."""
        return [content for marker, content in self.segments if marker == 0xDA]

    @property
    def restart_interval(self) -> int:
        intervals = [int.from_bytes(content[:2]) for marker, content in self.segments if marker == 0xDD]
        return intervals[-1] if intervals else 0

    @property
    def has_all_scans(self) -> bool:
        """Whether its scans carry each coefficient of each component to the last bit."""
        frames = [content for marker, content in self.segments if marker in _FRAMES]
        if not frames or len(frames[0]) < 6:
            return False
        components = set(frames[0][6::3][: frames[0][5]])
        missing = {(component, index) for component in components for index in range(64)}
        for scan in self.scans:
            count = scan[0] if scan else 0
            if len(scan) < 4 + 2 * count:
                return False
            first, last, bits = scan[1 + 2 * count : 4 + 2 * count]
            if bits & 15 == 0:
                done = set(scan[1 : 1 + 2 * count : 2])
                missing -= {(component, index) for component in done for index in range(first, last + 1)}
        return not missing

    def completed(self, decode: Callable[[bytes], Image.Image]) -> tuple[Image.Image, float] | None:
        """The picture of a file that ends early, and the share of its pixels that are missing.

        None if more than ``MAX_MISSING`` are. A decoder fills in missing pixels without a word. So the file is decoded
        twice, with nothing and with noise behind its end: pixels that differ, and those after them, are not in it.
        """
        if not self.has_all_scans:
            return None
        data = self.data.rstrip(b"\xff")  # half a marker
        noise = bytes(random.Random(0).choices(range(1, 255), k=4096))
        if self.restart_interval:
            # A decoder in the middle of an interval reads on; one at its end looks for the next restart marker.
            restarts = len(re.findall(rb"\xff[\xd0-\xd7]", data[data.rfind(b"\xff\xda") :]))
            noise = noise + bytes([0xFF, 0xD0 + restarts % 8]) + noise
        plain = decode(data + END)
        missing = self._missing(plain, decode(data + noise + END))
        return (plain, missing) if missing <= MAX_MISSING else None

    def _missing(self, plain: Image.Image, noisy: Image.Image) -> float:
        """The share of the pixels from the first different block on, which is the order of a file's blocks."""
        differences = ImageChops.difference(plain, noisy)
        box = differences.getbbox()
        if box is None:
            return 0.0
        width, height = plain.size
        frame = next(content for marker, content in self.segments if marker in _FRAMES)
        rows = 8 * max(sampling & 15 for sampling in frame[7::3])
        rows = max(1, rows * height // (int.from_bytes(frame[1:3]) or height))  # of a picture that is read reduced
        # The row above is computed from the block below it as well, where the colours have half the resolution.
        top = min(box[1] + 1, height - 1) // rows * rows
        left = (differences.crop((0, top, width, top + rows)).getbbox() or (0,))[0]
        below = max(0, height - top - rows)
        return ((width - left) * min(rows, height - top) + width * below) / (width * height)
