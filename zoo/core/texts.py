"""Untrusted text files: UTF-8, UTF-16 or Windows-1252."""

import codecs
from dataclasses import dataclass

from zoo.core.errors import InputError, TooLargeError


@dataclass(frozen=True)
class TextLimits:
    max_bytes: int = 16 * 2**20


TEXT_LIMITS = TextLimits()


def decode_text(data: bytes, limits: TextLimits = TEXT_LIMITS) -> str:
    """The text of a file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252.

    Raises InputError for an empty file or one that is not text, TooLargeError beyond the limit.
    """
    if len(data) > limits.max_bytes:
        raise TooLargeError(f"The file has more than {limits.max_bytes // 2**20} MiB: send a part of it.")
    if not data.strip():
        raise InputError("The file is empty: choose a file with text.")
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("This is not a text file: save the text as plain text in UTF-8.")
