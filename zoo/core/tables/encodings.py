"""The encoding of a text file, from all of its bytes; and lines of it, with only the bytes repaired that are wrong.

One byte of another encoding in a UTF-8 file is repaired where it stands. The rest of the file stays UTF-8.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from zoo.core.errors import InputError, TooLargeError
from zoo.core.steps import Progress, Steps
from zoo.core.tables.formats import HEAD_BYTES, TABLE_LIMITS, Tally

CHUNK_BYTES = 2**20
CHECKING = "Checking the table"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CODECS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252", "windows-1250": "cp1250", "windows-1251": "cp1251"}
NOT_TEXT = "This is not a table of text: save the table as CSV."
WRONG_BYTES = re.compile("[\udc80-\udcff]+")  # what the error handler "surrogateescape" makes of them
OTHER_CHARACTERS = re.compile("[^\0-\x7f\udc80-\udcff]")
SURROGATES = re.compile("[\ud800-\udfff]")
SURROGATE_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")  # CESU-8, as databases write it
# Characters beyond ASCII that Western European text is made of. The letters that the first byte of a UTF-8 sequence
# looks like are common only inside of a word.
COMMON = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŠŽ’‘“”‚„–—…•«»€£¥¢°©®™§¿¡·½¼¾²³ª º\xa0"
)
FIRST_BYTES = frozenset("ÂÃâ")


@dataclass(frozen=True)
class TextEncoding:
    """``name``: as the knob has it. ``repair``: whether lines may have bytes to repair."""

    name: str
    repair: bool = False
    notes: tuple[str, ...] = ()

    def lines(self, file: BinaryIO) -> Iterator[str]:
        """The lines from the start of the file with their ends, of any style. ``file`` stays open.

        Raises TooLargeError for an endless line.
        """
        file.seek(0)
        errors = "surrogateescape" if self.repair else "replace"
        text = io.TextIOWrapper(file, CODECS.get(self.name, self.name), errors, newline="")
        number = 0
        try:
            while line := text.readline(TABLE_LIMITS.max_line + 1):
                number += 1
                if len(line) > TABLE_LIMITS.max_line:
                    raise TooLargeError(
                        f"Line {number:,} has more than {TABLE_LIMITS.max_line:,} characters: is it a table?"
                    )
                yield repaired(line) if self.repair else line
        except UnicodeError as error:  # UTF-16 and UTF-32 cannot always go on
            raise InputError(f"The table is not {self.name} ({error}): choose another encoding.") from error
        finally:
            if not file.closed:
                text.detach()  # its destructor would close the file


def repaired(line: str) -> str:
    """A line that was decoded with "surrogateescape", with a character for each wrong byte.

    A byte is what it is in Windows-1252 where that gives a common character, else U+FFFD.
    """
    return WRONG_BYTES.sub(_repair, line)


def well_formed(text: str) -> str:
    """The text without halves of characters: pairs are joined, and others become U+FFFD."""
    if not SURROGATES.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def find_encoding(file: BinaryIO) -> Steps[TextEncoding]:
    """The encoding of a text, guessed. Raises InputError where it is no text or cannot be told."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            if name != "utf-8":
                return TextEncoding(name)
            break
    else:
        if (without_mark := _utf_16_without_mark(head)) is not None:
            return TextEncoding(without_mark)
    if sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head) > max(3, len(head) / 20):
        raise InputError(NOT_TEXT)
    good, wrong, sample = yield from _count(file)
    if not wrong.count:
        return TextEncoding("utf-8")
    name = "utf-8" if good >= wrong.count else _most_plausible(sample, mixed=good > 0)
    if name != "utf-8":
        return TextEncoding(name, notes=(f"The text is not UTF-8. It was read as {name}.",))
    place = "Bytes in 1 place are" if wrong.count == 1 else f"Bytes in {wrong.count:,} places are"
    note = f"{place} not UTF-8, first in line {wrong.line:,}: read as Windows-1252 where that gives a common character."
    return TextEncoding("utf-8", repair=True, notes=(note,))


def _utf_16_without_mark(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < 0.4 * len(head) / 2 or min(even, odd) > 0.1 * len(head) / 2:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _count(file: BinaryIO) -> Steps[tuple[int, Tally, bytes]]:
    """Characters beyond ASCII that are UTF-8, runs of bytes that are not, and the bytes around the first such run."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good, wrong, lines, sample = 0, Tally(), 1, b""
    total = file.seek(0, io.SEEK_END)
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        text = decoder.decode(chunk, final=len(chunk) < CHUNK_BYTES)
        if not text.isascii():
            good += len(OTHER_CHARACTERS.findall(text))
            runs = [match.start() for match in WRONG_BYTES.finditer(text)]
            if runs and not sample:
                sample = text[max(0, runs[0] - 1000) : runs[0] + HEAD_BYTES].encode("utf-8", "surrogateescape")
            if runs:
                wrong.add(lines + text.count("\n", 0, runs[0]), len(runs))
        lines += text.count("\n")
        if file.tell() < total:
            yield Progress(0, total, CHECKING)
    return good, wrong, sample


def _most_plausible(sample: bytes, mixed: bool) -> str:
    """Of the usual encodings, the one in which most characters beyond ASCII are common. Raises InputError.

    ``mixed``: whether it may be UTF-8 with wrong bytes in it.
    Western text has them one by one. Where most stand three and more in a row, it is another alphabet.
    """
    runs = re.findall(rb"[\x80-\xff]+", sample)
    if 2 * sum(len(run) for run in runs if len(run) > 2) > sum(len(run) for run in runs):
        raise InputError("The text is neither UTF-8 nor Western European: choose its encoding.")
    texts = {
        "utf-8": repaired(sample.decode("utf-8", "surrogateescape")),
        "windows-1252": sample.decode("cp1252", "replace"),
        "mac-roman": sample.decode("mac-roman"),
    }
    return max(list(texts)[not mixed :], key=lambda name: _plausibility(texts[name]))


def _plausibility(text: str) -> float:
    """The fraction of the characters beyond ASCII that are common, and no capitals inside of small letters."""
    places = [index for index, character in enumerate(text) if not character.isascii()]
    common = [
        index for index in places if text[index] in COMMON and not (text[index].isupper() and _in_small(text, index))
    ]
    return len(common) / max(1, len(places))


def _in_small(text: str, index: int) -> bool:
    return index > 0 and text[index - 1].islower()


def _repair(run: re.Match[str]) -> str:
    data = run[0].encode("utf-8", "surrogateescape")
    if SURROGATE_PAIR.search(data):
        joined = SURROGATE_PAIR.sub(
            lambda pair: (
                pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()
            ),
            data,
        )
        return joined.decode("utf-8", "replace")
    text = data.decode("cp1252", "replace")
    cut_off = text[0] in FIRST_BYTES and not run.string[run.end() : run.end() + 1].isalpha()
    return text if all(character in COMMON for character in text) and not cut_off else "\ufffd"
