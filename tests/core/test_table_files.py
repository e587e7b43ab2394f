"""Excel workbooks, JSON lines and parquet as tables: values, damaged files, and files that unpack to too much."""

import datetime
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.tables import outcome, read, values
from zoo.core.errors import InputError, TooLargeError
from zoo.core.tables import formats, read_table

# Workbooks


def workbook(*sheets: list[list[Any]], titles: tuple[str, ...] = ("Data", "Notes", "More")) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in zip(titles, sheets, strict=False):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ROWS = [["id", "text"], [1, "I love it, really"], [2, 'he said "no"\nand left'], [3, "@user"]]


def test_a_workbook_is_read_as_it_shows() -> None:
    date = datetime.datetime(2024, 5, 1)
    table_format, rows = read(
        workbook(
            [
                ["id", "text", "when", "ok", "score"],
                [7, "“naïve” 😀", date, True, 0.1 + 0.2],
                [],
                [None, None, date.replace(hour=9)],
            ]
        )
    )
    assert table_format.columns == ("id", "text", "when", "ok", "score")
    assert values(rows) == [
        ["7", "“naïve” 😀", "2024-05-01", "TRUE", "0.3"],
        ["", "", "2024-05-01 09:00:00", "", ""],
    ]
    assert (table_format.kind, table_format.rows, table_format.sheet) == ("xlsx", 2, "Data")


def test_the_first_sheet_with_cells_is_read_and_another_can_be_chosen() -> None:
    data = workbook([], ROWS, [["text"], ["other"]])
    table_format, rows = read(data)
    assert table_format.sheet == "Notes"
    assert table_format.notes == ("The workbook has other sheets, which were not read: Data, More.",)
    assert [row["text"] for row in rows] == [row[1] for row in ROWS[1:]]
    assert read(data, sheet="more")[1] == [{"text": "other"}]
    with pytest.raises(InputError, match=r"no sheet named 'x'.* Data, Notes, More"):
        read(data, sheet="x")


def test_a_workbook_that_gives_its_size_wrongly_is_read_whole() -> None:
    contents = parts(workbook(ROWS))
    assert b'<dimension ref="A1:B4"' in contents[SHEET]
    contents[SHEET] = contents[SHEET].replace(b'<dimension ref="A1:B4"', b'<dimension ref="A1"')
    assert len(read(packed(contents))[1]) == 3


def test_cells_beyond_the_header_are_kept() -> None:
    table_format, rows = read(workbook([["id", "text"], [1, "fine"], [2, "bad", "why"]]))
    assert table_format.columns == ("id", "text", "column 3")
    assert values(rows) == [["1", "fine", ""], ["2", "bad", "why"]]


def test_a_title_above_the_names_and_formulas_without_values_are_told() -> None:
    table = [["id", "text"], [1, "a b"], [2, "c d"], [3, "e f"]]
    with pytest.raises(InputError, match="remove what stands above"):
        read(workbook([["Export of 2024"], *table]))
    book = openpyxl.load_workbook(io.BytesIO(workbook(table)))
    book.active["C1"], book.active["C2"] = "length", "=LEN(B2)"
    file = io.BytesIO()
    book.save(file)
    table_format, rows = read(file.getvalue())
    assert rows[0]["length"] == ""
    assert table_format.notes[0].startswith("1 formulas have no stored value")


XML_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"])


@given(st.lists(st.lists(st.text(XML_CHARACTERS, max_size=9), max_size=4)))
def test_every_row_of_a_workbook_is_read(rows: list[list[str]]) -> None:
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    book = openpyxl.Workbook()
    for number, row in enumerate([["a", "b", "text", "d"], *rows], 1):
        for column, cell in enumerate(row, 1):
            book.active.cell(number, column, cell).data_type = "s"
    file = io.BytesIO()
    book.save(file)
    found = values(read(file.getvalue(), header="yes")[1])
    assert found == [[*row, *[""] * (4 - len(row))] for row in map(without_blank_end, rows)]


def without_blank_end(row: list[str]) -> list[str]:
    return row if not row or row[-1].strip() else without_blank_end(row[:-1])


def test_a_workbook_that_unpacks_to_too_much_is_refused_at_once() -> None:
    for name, size, message in (
        ("xl/sharedStrings.xml", formats.TABLE_LIMITS.max_shared, "128 MiB unpacked"),
        ("xl/styles.xml", 2**24, "16 MiB unpacked"),
        (SHEET, formats.TABLE_LIMITS.max_unpacked, "1024 MiB unpacked"),
    ):
        file = io.BytesIO(workbook(ROWS))
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with pytest.warns(UserWarning, match="Duplicate name") if name in archive.namelist() else nothing():
                out = archive.open(info, "w", force_zip64=True)
            with out:
                for _ in range(size // 2**20 + 1):
                    out.write(bytes(2**20))
        assert len(file.getvalue()) < 4_000_000
        tracemalloc.start()
        try:
            with pytest.raises(TooLargeError, match=message):
                read(file.getvalue())
            assert tracemalloc.get_traced_memory()[1] < 2 * len(file.getvalue()) + 2_000_000
        finally:
            tracemalloc.stop()


def nothing() -> Any:
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="2"', b'<row r="99999999999"'),
        (b'r="B2"', b'r="ZZZ2"'),
        (b'r="B2"', b'r="nonsense"'),
        (b'<row r="2"', b'<row r="two"'),
        (b"<sheetData>", b"<sheetData><a>" * 50_000),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><?xml'),
        (b"</sheetData>", b""),
        (b't="inlineStr"', b't="zzz"'),
        (b"<v>1</v>", b"<v>999999</v>"),
    ],
)
def test_a_damaged_sheet_gives_rows_or_a_sentence(old: bytes, new: bytes) -> None:
    contents = parts(workbook(ROWS))
    assert old in contents[SHEET] or old == b"<?xml"
    contents[SHEET] = contents[SHEET].replace(old, new) if old != b"<?xml" else new + contents[SHEET]
    result = outcome(packed(contents))
    assert not isinstance(result, str) or result.endswith(".")


def test_entities_are_not_expanded_without_end() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    contents = parts(workbook(ROWS))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{levels}]><worksheet><sheetData>&e11;</sheetData></worksheet>'
    for name in (SHEET, "xl/sharedStrings.xml", "xl/styles.xml"):
        result = outcome(packed(contents | {name: bomb.encode()}))
        assert not isinstance(result, str) or result.endswith(".")


@pytest.mark.parametrize("cut", [30, 200, -30, -1])
def test_a_cut_off_workbook_is_an_error_that_says_what_to_do(cut: int) -> None:
    with pytest.raises(InputError, match="save the table as CSV"):
        read(workbook(ROWS)[:cut])


def test_other_archives_are_named() -> None:
    with pytest.raises(InputError, match="another format"):
        read(packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}))
    with pytest.raises(InputError, match="binary Excel workbook"):
        read(packed({"[Content_Types].xml": b"", "xl/workbook.bin": b""}))
    with pytest.raises(InputError, match="with a password"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


# JSON lines


def json_lines(*records: Any) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def test_json_lines_have_the_names_of_all_records() -> None:
    table_format, rows = read(
        json_lines({"text": "a, b\nc", "id": 2**70}, {}, {"id": None, "more": [1.5, "é"], "ok": True, "lone": "\ud83d"})
    )
    assert table_format.columns == ("text", "id", "more", "ok", "lone")
    assert values(rows) == [
        ["a, b\nc", str(2**70), "", "", ""],
        ["", "", "", "", ""],
        ["", "", '[1.5, "é"]', "true", "\ufffd"],
    ]
    assert (table_format.kind, table_format.rows) == ("json lines", 3)
    assert read(b'\xef\xbb\xbf\n{"text": "a"}\r\n\n{"text": "b"}')[0].rows == 2
    assert read('{"text": "é"}\n'.encode("utf-16"))[1] == [{"text": "é"}]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_characters="\0")), max_size=3), min_size=1
    )
)
def test_every_record_is_read(records: list[dict[str, str]]) -> None:
    table_format, rows = read(json_lines(*({"text": "x"} | record for record in records)))
    assert table_format.rows == len(rows) == len(records)
    for record, row in zip(records, rows, strict=True):
        for name, value in record.items():
            assert row[name].encode("utf-16", "surrogatepass").decode("utf-16", "replace") == row[name]
            assert row[name] == value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": "cut', "Line 2 is not one JSON object"),
        (b'["a"]', "Line 2 is not a JSON object"),
        (b'{"text": 1, "text": 2}', "Line 2 .* twice"),
        (b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "Line 2 has too many objects inside of each other"),
        (b'{"text": ' + b'{"a": ' * 100_000, "Line 2 has too many objects"),
        (b'{"text": ' + b"9" * 10_000 + b"}", "Line 2 is not one JSON object"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', "more than 100,000 characters"),
        (json_lines(dict.fromkeys(map(str, range(600)), 1)), "more than 500 names"),
    ],
)
def test_a_line_that_is_no_record_is_an_error_that_names_it(line: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(json_lines({"text": "fine"}) + line + b"\n")


def test_one_json_array_is_an_error_that_says_what_to_do() -> None:
    for data in (b'[{"text": "a"}]', b' [\n {"text": "a"}\n]', b"[]"):
        with pytest.raises(InputError, match="one object a line"):
            read(data)


# Parquet


def parquet_bytes(table: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(table), file, **options)
    return file.getvalue()


def test_parquet_is_read_as_text() -> None:
    columns = {
        "text": ["a, b\nc", None, "é"],
        "id": [2**60, 1, 2],
        "score": [0.1, float("nan"), 3.0],
        "when": [datetime.date(2024, 5, 1), None, None],
        "tags": [["x"], [], None],
        "ok": [True, False, None],
    }
    table_format, rows = read(parquet_bytes(columns, row_group_size=2))
    assert table_format.columns == tuple(columns)
    assert values(rows) == [
        ["a, b\nc", str(2**60), "0.1", "2024-05-01", '["x"]', "true"],
        ["", "1", "", "", "[]", "false"],
        ["é", "2", "3.0", "", "", ""],
    ]
    assert (table_format.kind, table_format.rows) == ("parquet", 3)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), max_size=600))
def test_every_row_of_a_parquet_file_is_read(texts: list[str]) -> None:
    table_format, rows = read(parquet_bytes({"text": pa.array(texts, pa.string())}))
    assert [row["text"] for row in rows] == texts
    assert table_format.rows == len(texts)


@pytest.mark.parametrize("cut", [4, 20, -1, -8, -40, 0.5])
def test_a_cut_off_parquet_file_is_an_error(cut: float) -> None:
    data = parquet_bytes({"text": [f"text {n}" for n in range(1000)]})
    with pytest.raises(InputError, match="parquet"):
        read(data[: int(len(data) * cut) if isinstance(cut, float) else cut])


@given(st.integers(4, 4000), st.integers(0, 255))
def test_a_parquet_file_with_a_wrong_byte_gives_rows_or_a_sentence(place: int, byte: int) -> None:
    data = bytearray(parquet_bytes({"text": [f"text {n}" for n in range(300)]}))
    data[place % len(data)] = byte
    assert isinstance(outcome(bytes(data)), (str, list))


def test_damaged_metadata_of_a_column_end_no_process() -> None:
    data = parquet_bytes({"text": [f"text {n}" for n in range(300)]})
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for place in range(footer, len(data) - 8):
        damaged = bytearray(data)
        damaged[place] = 13  # at some place, pyarrow's metadata of the column abort at this
        assert isinstance(outcome(bytes(damaged)), (str, list))


def test_a_parquet_file_that_unpacks_to_too_much_is_refused_at_once(tmp_path: Path) -> None:
    text = "x" * 2**20
    data = parquet_bytes({"text": [text] * 130}, use_dictionary=False, compression="zstd")
    assert len(data) < 1_000_000
    with pytest.raises(TooLargeError, match="128 MiB each in one row group"):
        read(data)
    many = parquet_bytes({"text": [text] * 1030}, use_dictionary=False, compression="zstd", row_group_size=8)
    assert len(many) < 8_000_000
    with pytest.raises(TooLargeError, match="1024 MiB unpacked"):
        read(many)
    (tmp_path / "t").write_bytes(parquet_bytes({"text": ["x" * 200_000]}))
    with pytest.raises(InputError, match="more than 100,000 characters"):
        list(read_table(tmp_path / "t").rows())
