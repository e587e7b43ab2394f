"""Written tables: no cell is a formula for a spreadsheet program, and nothing else is changed."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError
from zoo.core.tables import TableWriter, check_table_output, safe_cell
from zoo.core.tables.writing import NUMBER, SIGNS


@pytest.mark.parametrize(
    "cell", ["=1+1", "+A1", "-cmd", "@sum", "\tcmd", "\rcmd", "  =1", "=cmd|' /C calc'!A0", "＝1", "+1+2"]
)
def test_a_formula_is_prefixed_with_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "words",
        "-3.5",
        "+1e3",
        "a=b",
        "'quoted",
        "-5%",
        "-£3.50",
        "+44 7700 900123",
        "-1.234,50",
        "ok ;-)",
        "a; b",
        "5;-3",
        "a;5 or 6|7",
    ],
)
def test_other_cells_are_unchanged(cell: str) -> None:
    assert safe_cell(cell) == cell


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("fine;=1+1", "fine;'=1+1"),
        ("a; @sum(1)", "a; '@sum(1)"),
        ("a\n=cmd", "a\n'=cmd"),
        ("a\t+A1;-A2", "a\t'+A1;'-A2"),
        ("=1;=2", "'=1;'=2"),
        ('a;"=cmd"', 'a;"\'=cmd"'),
        ('a\t"" =cmd', 'a\t"" \'=cmd'),
        ('a\n"@sum(1)', "a\n\"'@sum(1)"),
        ('"=cmd"', '\'"=cmd"'),
        ("a;-2+3+cmd|' /C calc'!A0", "a;'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
    ],
)
def test_a_formula_inside_of_a_cell_gets_one_too(cell: str, safe: str) -> None:
    """A spreadsheet whose separator is the semicolon takes what follows one for a cell, whatever quotes there are."""
    assert safe_cell(cell) == safe


def written(rows: list[list[str]], *, safe: bool = True) -> tuple[str, int]:
    out = io.StringIO(newline="")
    writer = TableWriter(out, ["a", "b"], safe=safe)
    for row in rows:
        writer.write(dict(zip("ab", row, strict=True)))
    return out.getvalue(), writer.changed


def test_changed_cells_are_counted_and_may_stay_as_they_are() -> None:
    rows = [["@user", "fine"], ["=1", "x;=2"]]
    assert written(rows) == ("a,b\n'@user,fine\n'=1,x;'=2\n", 3)
    assert written(rows, safe=False) == ("a,b\n@user,fine\n=1,x;=2\n", 0)


CELL = st.text(st.one_of(st.sampled_from("=+-@;\t|\n\r ,\"'1a"), st.characters(codec="utf-8", exclude_characters="\0")))


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=9))
def test_what_is_written_is_read_back_by_any_reader(rows: list[list[str]]) -> None:
    plain, _ = written(rows, safe=False)
    assert list(csv.reader(io.StringIO(plain, newline="")))[1:] == rows
    safe, changed = written(rows)
    found = list(csv.reader(io.StringIO(safe, newline="")))[1:]
    assert found == [[safe_cell(cell) for cell in row] for row in rows]
    assert changed == sum(one != safe_cell(one) for row in rows for one in row)


@given(CELL)
def test_no_separator_makes_a_formula_of_a_cell(cell: str) -> None:
    for separator in (None, ";", "\t", "|", "\n", "\r"):
        for part in safe_cell(cell).split(separator) if separator else [safe_cell(cell)]:
            assert not part.startswith(tuple(SIGNS)) or re.match(r"[+-](\)|[\d.,]*$)", part) or is_number(part)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return NUMBER.fullmatch(text.strip()) is not None
    return True


@pytest.mark.parametrize("name", ["a.xlsx", "a.PARQUET", "a.jsonl", "-"])
def test_a_table_is_not_written_under_a_name_that_says_something_else(name: str, tmp_path: Path) -> None:
    target = Path(name) if name == "-" else tmp_path / name
    with pytest.raises(InputError, match=r"\.csv|Name a file"):
        check_table_output(target, tmp_path / "source.csv")
    check_table_output(tmp_path / "a.csv", tmp_path / "source.csv")
