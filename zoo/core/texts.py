"""Text files from outside, in the encodings that people really save them in."""

import codecs
from dataclasses import dataclass

from zoo.core.errors import InputError, TooLargeError


@dataclass(frozen=True)
class TextLimits:
    max_bytes: int = 16 * 2**20


TEXT_LIMITS = TextLimits()


def decode_text(data: bytes, limits: TextLimits = TEXT_LIMITS) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or Windows-1252 when it is neither.

    Raises InputError for an empty file or one that is no text, TooLargeError beyond the limit.
    """
    if len(data) > limits.max_bytes:
        raise TooLargeError(f"The file has more than {limits.max_bytes // 2**20} MiB: send a part of it.")
    if not data.strip():
        raise InputError("The file is empty: bring a text.")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("This is no text file: save your text as plain text in UTF-8 and bring that.")
