"""Hostile and large CSV files: rows or a sentence, in bounded memory."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.tables import outcome, read
from zoo.core.errors import InputError, TooLargeError
from zoo.core.tables import (
    READ_AS,
    TABLE_LIMITS,
    read_table,
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\n ",
        b"PK\x03\x04rest",
        b"PAR1rest",
        b"%PDF-1.7",
        b"<html><body>log in</body>",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"text\na\0b\n",
        b"text\n" + b"x" * 200_000 + b"\n",
        b'text\n"' + b"x" * 200_000 + b"\n",
        bytes(range(256)) * 10,
        b'","\n' * 3,
        b",".join([b"c"] * 600),
        b'id,text\n1,"' + b'"\n,"x' * 20_000,
    ],
    ids=lambda data: repr(data[:12]),
)
def test_a_hostile_table_gives_rows_or_an_error_sentence(data: bytes) -> None:
    result = outcome(data)
    assert result.endswith((".", "?")) if isinstance(result, str) else all(isinstance(row, dict) for row in result)


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_an_input_error(data: bytes) -> None:
    assert isinstance(outcome(data), (str, list))


@given(st.text(st.sampled_from('ab",;\n\r\t\\ '), max_size=60))
def test_any_text_gives_as_many_rows_as_the_check_counted(text: str) -> None:
    try:
        table_format, rows = read(text.encode())
    except InputError:
        return
    assert table_format.rows == len(rows)


def test_a_giant_cell_is_an_error_that_names_the_line() -> None:
    with pytest.raises(InputError, match="Line 3 has a cell of more than 100,000 characters"):
        read(b"id,text\n1,fine\n2," + b"x" * 150_000 + b"\n")


def test_null_characters_are_left_out_and_counted() -> None:
    table_format, rows = read(b"id,text\n1,a\0b\n")
    assert rows == [{"id": "1", "text": "ab"}]
    assert table_format.notes == ("A null character was left out, in line 2.",)


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(TABLE_LIMITS.max_bytes + 1)
    with pytest.raises(TooLargeError, match="512 MiB"):
        read_table(path)


def test_a_long_table_is_read_with_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{number},some words of a tweet that go on for a while\n" for number in range(100_000))
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_table(path, READ_AS).rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 8_000_000
