"""The links of a chained Ogg file (RFC 3533, section 4): streams one behind the other, each with headers of its own.

FFmpeg reads a chain only where rate and channels stay the same. An internet radio's recording changes them.
"""

import io
import os
from collections.abc import Iterator
from typing import IO

_MAGIC = b"OggS"
_BEGIN = 2  # the header flag of a stream's first page


class FilePart(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, stop: int) -> None:
        self._file, self._start, self._length = file, start, stop - start
        self._offset = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._offset, os.SEEK_END: self._length}[whence]
        self._offset = max(0, base + offset)
        return self._offset

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._length - self._offset)
        self._file.seek(self._start + self._offset)
        data = self._file.read(left if size is None or size < 0 else min(size, left))
        self._offset += len(data)
        return data


def links(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The links of an Ogg file, or the file itself where it is no chain. Its offset is 0 before and undefined after."""
    starts = list(_link_starts(file))
    stop = file.seek(0, os.SEEK_END)
    file.seek(0)
    if len(starts) < 2:
        yield file
        return
    for start, end in zip(starts, [*starts[1:], stop], strict=True):
        yield FilePart(file, start, end)  # type: ignore[misc]


def _link_starts(file: IO[bytes]) -> Iterator[int]:
    """The offsets of pages that begin a stream behind a page that does not."""
    offset, beginning = 0, False
    while True:
        file.seek(offset)
        header = file.read(27)
        if len(header) < 27 or header[:4] != _MAGIC:
            return
        first = bool(header[5] & _BEGIN)
        if first and not beginning:
            yield offset
        beginning = first
        segments = file.read(header[26])
        offset += 27 + header[26] + sum(segments)
