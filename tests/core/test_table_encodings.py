"""Encodings of CSV tables: guessed over the whole file, repaired where a byte is foreign."""

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.tables import read, values
from zoo.core.errors import InputError

TEXT = "id,text\n1,“It’s 5 €” she said\n2,naïve café\n"
TEXTS = ["“It’s 5 €” she said", "naïve café"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_common_encodings_are_decoded(encoding: str) -> None:
    assert [row["text"] for row in read(TEXT.encode(encoding))[1]] == TEXTS


def test_excel_for_mac_writes_mac_roman() -> None:
    table_format, rows = read("text\nl’été à Paris, c’est “génial”\nun café très serré\n".encode("mac-roman"))
    assert table_format.encoding == "mac-roman"
    assert table_format.notes == ("The text is not UTF-8. It was read as mac-roman.",)
    assert values(rows) == [["l’été à Paris, c’est “génial”"], ["un café très serré"]]


def test_the_encoding_depends_on_the_whole_file() -> None:
    ascii_first = b"text\n" + b"plain words\n" * 10_000
    assert read(ascii_first + "café\n".encode("cp1252"))[1][-1]["text"] == "café"
    assert read(ascii_first + "café\n".encode())[1][-1]["text"] == "café"


def test_one_foreign_byte_leaves_all_other_accents() -> None:
    table_format, rows = read(
        "text\nnaïve “café” 😀\n".encode() + "très déjà\n".encode("cp1252") + "crème\n".encode() * 3
    )
    assert values(rows) == [["naïve “café” 😀"], ["très déjà"], *[["crème"]] * 3]
    assert table_format.encoding == "utf-8"
    assert "Bytes in 3 places are not UTF-8, first in line 3" in table_format.notes[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (b"caf\xc3", "caf\ufffd"),  # a text that was cut in the middle of a character
        (b"ok \xf0\x9f\x98", "ok \ufffd"),
        (b"it\xe2\x80", "it\ufffd"),
        (b"S\xc3O Paulo", "SÃO Paulo"),  # the same byte in another encoding
        (b"it\x92s", "it’s"),
        (b"\xed\xa0\xbd\xed\xb8\x80!", "😀!"),  # a pair of surrogates, as some databases write it
    ],
)
def test_wrong_bytes_become_the_character_that_was_meant_or_a_mark(cell: bytes, expected: str) -> None:
    table_format, rows = read(b"id,text\n1," + cell + "\n2,café à côté, 😀 été\n".encode())
    assert values(rows)[0] == ["1", expected]
    assert len(table_format.notes) >= 1


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), min_size=1, max_size=9))
def test_valid_utf_8_is_never_repaired(texts: list[str]) -> None:
    assume(all(text.strip() for text in texts))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["id", "text"], *([str(n), text] for n, text in enumerate(texts))])
    table_format, rows = read(out.getvalue().encode())
    assert [row["text"] for row in rows] == texts
    assert table_format.encoding == "utf-8"


def test_another_alphabet_is_never_mojibake() -> None:
    text = "text\nпривет, как дела сегодня\nвсё хорошо\n".encode("cp1251")
    with pytest.raises(InputError, match="choose its encoding"):
        read(text)
    _, rows = read(text, encoding="windows-1251")
    assert values(rows) == [["привет, как дела сегодня"], ["всё хорошо"]]
    assert values(read("text\n今日は良い天気\n".encode("shift-jis"), encoding="shift-jis")[1]) == [["今日は良い天気"]]
