"""CSV tables: encodings, separators, ragged and hostile files; and written tables without formulas."""

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError, TooLargeError
from zoo.core.tables import (
    FORMULA_PREFIXES,
    TABLE_LIMITS,
    TableFormat,
    TableWriter,
    column_of,
    guess_text_column,
    read_rows,
    safe_cell,
    sniff_table,
)

TEXT = "id,text\n1,“It’s 5 €” she said\n2,naïve café\n"


def read(data: bytes) -> tuple[TableFormat, list[dict[str, str]]]:
    file = io.BytesIO(data)
    table_format = sniff_table(file)
    return table_format, list(read_rows(file, table_format))


def outcome(data: bytes) -> str | list[dict[str, str]]:
    """The rows, or the message of the error."""
    try:
        return read(data)[1]
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_common_encodings_are_decoded(encoding: str) -> None:
    table_format, rows = read(TEXT.encode(encoding))
    assert table_format.columns == ("id", "text")
    assert [row["text"] for row in rows] == ["“It’s 5 €” she said", "naïve café"]


def test_the_encoding_depends_on_the_whole_file() -> None:
    ascii_first = b"text\n" + b"plain words\n" * 10_000
    assert read(ascii_first + "café\n".encode("cp1252"))[1][-1]["text"] == "café"
    assert read(ascii_first + "café\n".encode())[1][-1]["text"] == "café"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_detected(delimiter: str) -> None:
    lines = [["id", "text"], ["1", '"a, b; c | d"'], ["2", '"two\nlines"']]
    table_format, rows = read("\n".join(delimiter.join(line) for line in lines).encode())
    assert table_format.delimiter == delimiter
    assert [row["text"] for row in rows] == ["a, b; c | d", "two\nlines"]


def test_ragged_rows_are_padded_and_truncated() -> None:
    _, rows = read(b"a,b,c\n1,2,3\n4\n\n ,,\n5,6,7,8\n")
    assert [list(row.values()) for row in rows] == [["1", "2", "3"], ["4", "", ""], ["5", "6", "7"]]


def test_column_names_are_unique_and_a_missing_header_is_detected() -> None:
    assert read(b"text, text ,,x\nq,r,s,t\n")[0].columns == ("text", "text (2)", "column 3", "x")
    table_format, rows = read(b"0,what a day\n4,what a night\n")
    assert table_format.columns == ("column 1", "column 2")
    assert len(rows) == 2
    assert read(b"text\njust one\ncolumn here\n")[1] == [{"text": "just one"}, {"text": "column here"}]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\n ",
        b"PK\x03\x04rest",
        b"PAR1rest",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"text\na\0b\n",
        b"text\n" + b"x" * 200_000 + b"\n",
        bytes(range(256)) * 10,
        b'","\n' * 3,
        b",".join([b"c"] * 600),
    ],
    ids=["empty", "blank", "xlsx", "parquet", "pdf", "png", "null", "giant", "random", "quotes", "wide"],
)
def test_a_hostile_table_gives_rows_or_an_error_sentence(data: bytes) -> None:
    result = outcome(data)
    assert result.endswith((".", "?")) if isinstance(result, str) else all(isinstance(row, dict) for row in result)


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_an_input_error(data: bytes) -> None:
    assert isinstance(outcome(data), (str, list))


def test_lone_quote_and_giant_cell() -> None:
    assert read(b'id,text\n1,5" screen\n2,fine\n')[1][0]["text"] == '5" screen'
    with pytest.raises(InputError, match="Row 2 cannot be read"):
        read(b"id,text\n1,fine\n2," + b"x" * 150_000 + b"\n")


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(TABLE_LIMITS.max_bytes + 1)
    with path.open("rb") as file, pytest.raises(TooLargeError, match="512 MiB"):
        sniff_table(file)


def test_columns_are_matched_by_name_and_texts_guessed_by_length() -> None:
    table_format, rows = read(b"id,Tweet,long\n1,hi,a much longer cell\n")
    assert column_of(table_format, "tweet") == "Tweet"
    with pytest.raises(InputError, match=r"no column named 'x'.*id, Tweet, long"):
        column_of(table_format, "x")
    assert guess_text_column(table_format, rows) == "Tweet"
    assert guess_text_column(*read(b"id,words\n1,some words\n")) == "words"


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-cmd", "@sum", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_prefixed_with_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "words", "-3.5", "+1e3", "a=b", "'quoted"])
def test_other_cells_are_unchanged(cell: str) -> None:
    assert safe_cell(cell) == cell


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20))
def test_a_written_table_is_read_back(cells: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = TableWriter(out, ["alpha", "beta"])
    for alpha, beta in cells:
        writer.write({"alpha": alpha, "beta": beta})
    table_format = TableFormat("utf-8", ",", ("alpha", "beta"), has_header=True)
    rows = list(read_rows(io.BytesIO(out.getvalue().encode()), table_format))
    kept = [pair for pair in cells if any(cell.strip() for cell in pair)]
    assert [(row["alpha"], row["beta"]) for row in rows] == [(safe_cell(a), safe_cell(b)) for a, b in kept]
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(FORMULA_PREFIXES) or float(cell) is not None


def test_a_long_table_is_read_with_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f"{number},some words of a tweet that go on for a while\n" for number in range(100_000))
    tracemalloc.start()
    try:
        with path.open("rb") as opened:
            count = sum(1 for _ in read_rows(opened, sniff_table(opened)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 5_000_000
