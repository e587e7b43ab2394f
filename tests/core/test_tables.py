"""CSV tables: separators, quotes and headers are guessed, checked against all rows, and can be chosen."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.tables import read, values
from zoo.core.errors import InputError
from zoo.core.tables import (
    TableFormatKnobs,
    TableWriter,
    added,
    column_of,
    guess_text_column,
)

# Separators and quotes


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_detected(separator: str) -> None:
    lines = [["id", "text"], ["1", '"a, b; c | d"'], ["2", '"two\nlines"']]
    table_format, rows = read("\n".join(separator.join(line) for line in lines).encode())
    assert table_format.separator == {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}[separator]
    assert [row["text"] for row in rows] == ["a, b; c | d", "two\nlines"]
    assert table_format.notes == ("The row in line 3 has a quoted text of several lines.",)


def test_quotes_in_the_texts_of_a_tsv_file_are_text() -> None:
    texts = ['"Never again', "fine", 'they said"', '"Great day"', 'a "b" c', '"', '""', '"Oh" no']
    lines = [f"{number}\tx\t{text}\n" for number, text in enumerate(texts, 1)]
    table_format, rows = read("".join(["id\tlabel\ttext\n", *lines]).encode())
    assert [row["text"] for row in rows] == texts
    assert table_format.quoting == "none"


def test_a_text_between_two_quotes_swallows_no_rows() -> None:
    """Python's reader takes the lines from the first quote to the second for one cell, and finds nothing wrong."""
    _, rows = read(b'id;text\n1;"never again\n2;fine\n3;he said so"\n4;good\n')
    assert values(rows) == [["1", '"never again'], ["2", "fine"], ["3", 'he said so"'], ["4", "good"]]


def test_one_record_whose_quotes_are_not_in_order_is_repaired() -> None:
    table_format, rows = read(b'id,text\n1,"fine, thanks"\n2,"he said "no", twice"\n3,"a ""b"", c"\n4,"unclosed\n5,x\n')
    assert [row["text"] for row in rows] == ["fine, thanks", 'he said "no", twice', 'a "b", c', '"unclosed', "x"]
    assert table_format.quoting == "double"
    assert "The quotes in 2 rows, first in line 3, are not in order" in table_format.notes[0]


def test_backslashes_before_quotes_are_detected() -> None:
    table_format, rows = read(rb"""id,text
1,"he said \"hi\", ok"
2,"C:\new \\ folder"
3,fine
""")
    assert [row["text"] for row in rows] == ['he said "hi", ok', r"C:\new \ folder", "fine"]
    assert table_format.quoting == "backslash"


def test_separators_in_an_unquoted_last_text_belong_to_it() -> None:
    data = b"label,text\nneg,so bad\npos,I was happy, then it broke, sadly\nneg,meh\n"
    table_format, rows = read(data)
    assert rows[1] == {"label": "pos", "text": "I was happy, then it broke, sadly"}
    assert table_format.notes[0].startswith("Line 3 has more cells than there are columns")
    table_format, rows = read(data.replace(b"text", b"words"), column="words")
    assert rows[1]["words"] == "I was happy, then it broke, sadly"


def test_separators_in_another_unquoted_text_are_an_error_that_names_the_line() -> None:
    data = b"text,label\nso bad,neg\nI was happy, then it broke,pos\nmeh,neg\n"
    with pytest.raises(InputError, match="Line 3 has 3 cells, but the table has 2 columns"):
        read(data)
    with pytest.raises(InputError, match="Line 3 has 3 cells"):
        read(data.replace(b"text,label", b"words,text"), column="words")


def test_a_table_of_one_column_needs_no_quotes() -> None:
    texts = ["I love it, really", "bad; or worse", "fine", "yes, sir, no, sir"]
    table_format, rows = read("\n".join(["text", *texts]).encode())
    assert [row["text"] for row in rows] == texts
    assert (table_format.separator, table_format.notes) == ("none", ())


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_excels_own_first_line_names_the_separator(line: str) -> None:
    table_format, rows = read(f"{line}\ntext;a,b,c\nI love it, or not;3,5\n".encode("utf-8-sig"))
    assert table_format.columns == ("text", "a,b,c")
    assert rows == [{"text": "I love it, or not", "a,b,c": "3,5"}]
    assert read(f"{line}\ntext^x\n1^2\n".replace("=;", "=^").encode())[1] == [{"text": "1", "x": "2"}]


def test_short_and_empty_rows_are_counted_and_trailing_separators_lose_nothing() -> None:
    table_format, rows = read(b"a,b,c\n1,2,3\n4\n\n ,,\n5,6,7,,\n", column="a")
    assert values(rows) == [["1", "2", "3"], ["4", "", ""], ["5", "6", "7"]]
    assert table_format.notes == (
        "Line 3 has fewer cells than there are columns: the others are empty.",
        "Line 5 has only empty cells: it was left out.",
    )


def test_a_title_above_the_names_is_an_error_that_says_so() -> None:
    with pytest.raises(InputError, match="Line 1 is one cell, but the rows below have 3"):
        read(b"Export of 2024\n\nid,label,text\n1,pos,good\n2,neg,bad\n3,neg,worse\n")


# Headers


def test_column_names_are_unique() -> None:
    assert read(b"text, text ,,x\nq,r,s,t\n")[0].columns == ("text", "text (2)", "column 3", "x")
    assert added(("text", "mood", "mood (model)"), ("mood", "score"), "model") == ["mood (model) (2)", "score"]


@pytest.mark.parametrize(
    "data",
    [
        b"text,2019,2020\nI love it,3,4\nbad day,1,2\n",
        b"0,1\nI love it,a\nso bad,b\n",
        b"words,1990,1991,1992\nI love it,3,4,5\nso bad,9,1,3\n",
        b"12,words\nyes,so bad\nno,so good\n",
        b",text,label\n0,so bad,1\n1,so good,0\n",
        b"text\njust one\ncolumn here\n",
        b"mood,comments\npositive,I love it\nnegative,so bad\n",
    ],
)
def test_a_row_of_names_is_a_header(data: bytes) -> None:
    table_format, rows = read(data)
    assert table_format.header
    assert len(rows) == data.count(b"\n") - 1


@pytest.mark.parametrize(
    "data",
    [
        b"0,what a day\n4,what a night\n",
        b"0,ok\n4,what a night\n0,I love it\n",
        b"positive,I love it\nnegative,so bad\npositive,so good\n",
        b"2024-05-01,so bad\n2024-05-02,so good\n",
        b"1,pos,so bad\n2,neg,so good\n3,pos,I love it\n",
        b"I love it so\nyou hate it\nthey are fine\n",
    ],
)
def test_a_table_without_names_loses_no_row(data: bytes) -> None:
    table_format, rows = read(data)
    assert not table_format.header
    assert table_format.columns[0] == "column 1"
    assert len(rows) == table_format.rows == data.count(b"\n")


# What was guessed is told and can be changed


def test_the_format_is_told_in_a_sentence() -> None:
    table_format = read(b"id\ttext\n1\tfine\n")[0]
    assert table_format.sentence == (
        "Read as CSV: separator tab, quotes double, encoding utf-8, column names in the first row; 1 rows."
    )


def test_every_guess_can_be_changed() -> None:
    data = b'a,b;c\n"1","2";3\n'
    assert values(read(data, separator="semicolon", quoting="none")[1]) == [['"1","2"', "3"]]
    assert values(read(data, separator="comma", quoting="none")[1]) == [['"1"', '"2";3']]
    assert values(read(data, header="no", separator="none", quoting="none")[1]) == [["a,b;c"], ['"1","2";3']]
    assert read(b"1,2\n3,4\n", header="yes")[1] == [{"1": "3", "2": "4"}]
    assert values(read("text\né\n".encode(), encoding="windows-1252")[1]) == [["Ã©"]]
    with pytest.raises(ValueError, match="separator"):
        TableFormatKnobs(separator="colon")


def test_characters_that_the_chosen_encoding_lacks_are_counted() -> None:
    table_format, _ = read(b"text\n\x81 a\n", encoding="windows-1252")
    assert table_format.notes == ("A character of line 2 could not be decoded.",)
    with pytest.raises(InputError, match="choose another encoding"):
        read(b"text\nab\n", encoding="utf-16")


# Rows in = rows out

CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\r\n\t"), max_size=30)
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_row_that_was_written_is_read(
    rows: list[tuple[str, str, str]], separator: str, encoding: str, quoting: int
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerows(
        [("id", "label", "text"), *rows]
    )
    kept = [list(row) for row in rows if any(cell.strip() for cell in row)]
    assert values(read(out.getvalue().encode(encoding))[1]) == kept


@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=20))
def test_a_tsv_file_without_quoting_has_a_row_a_line(rows: list[tuple[str, str]]) -> None:
    lines = "".join(f"{number}\t{label}\t{text}\n" for number, (label, text) in enumerate(rows))
    table_format, found = read(f"id\tlabel\ttext\n{lines}".encode())
    assert len(found) == table_format.rows
    # Quotes that open and close on different lines may be meant so: then the line is told.
    if not any("several lines" in note for note in table_format.notes):
        assert [row["id"] for row in found] == [str(number) for number in range(len(rows))]
    unquoted = read(f"id\tlabel\ttext\n{lines}".encode(), quoting="none", separator="tab")[1]
    assert [(row["label"], row["text"]) for row in unquoted] == rows


@given(st.lists(st.sampled_from(['"', ",", "a", " ", '""', ";", "b\\", "é"]), max_size=12).map("".join))
def test_no_text_in_a_last_column_costs_a_row_or_a_character(text: str) -> None:
    data = f"label,text\npos,fine day\nneg,{text}\npos,good one\nneg,bad one\n"
    found = read(data.encode())[1]
    assert len(found) == 4
    letters = [character for character in text if character not in '" \\']
    assert [character for character in found[1]["text"] if character not in '" \\'] == letters


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20))
def test_a_written_table_is_read_back(cells: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = TableWriter(out, ["alpha", "beta"], safe=False)
    for alpha, beta in cells:
        writer.write({"alpha": alpha, "beta": beta})
    rows = read(out.getvalue().encode(), header="yes")[1]
    assert values(rows) == [list(pair) for pair in cells if any(cell.strip() for cell in pair)]


def test_columns_are_matched_by_name_and_texts_guessed_by_length() -> None:
    table_format, rows = read(b"id,Tweet,long\n1,hi,a much longer cell\n")
    assert column_of(table_format, "tweet") == "Tweet"
    with pytest.raises(InputError, match=r"no column named 'x'.*id, Tweet, long"):
        column_of(table_format, "x")
    assert guess_text_column(table_format, rows) == "Tweet"
    assert guess_text_column(*read(b"id,words\n1,some words\n")) == "words"
