"""The knobs of every operation that reads a table: how to read it, where the guess is wrong."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

Separator = Literal["auto", "comma", "semicolon", "tab", "pipe", "none"]
Quoting = Literal["auto", "double", "backslash", "none"]
Encoding = Literal[
    "auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "windows-1250", "windows-1251", "mac-roman",
    "iso-8859-1", "shift-jis", "euc-kr", "gb18030", "big5",
]  # fmt: skip
Header = Literal["auto", "yes", "no"]


class TableFormatKnobs(Knobs):
    separator: Separator = Field(
        default="auto",
        title="Separator",
        description="What stands between the cells of a line; none: every line is one cell.",
    )
    quoting: Quoting = Field(
        default="auto",
        title="Quotes",
        description="double: a cell may stand in double quotes, and a quote in it is doubled. backslash: a quote in it "
        "follows a backslash. none: a quote is a character like any other, and every line is a row.",
    )
    encoding: Encoding = Field(
        default="auto",
        title="Encoding",
        description="How the bytes of a CSV file or of JSON lines stand for characters.",
    )
    header: Header = Field(
        default="auto",
        title="Column names",
        description="Whether the first row contains the names of the columns.",
    )
    sheet: str = Field(
        default="",
        max_length=100,
        title="Sheet",
        description="The sheet of a workbook to read; empty: the first one that has cells.",
    )


READ_AS = TableFormatKnobs()  # everything is guessed
