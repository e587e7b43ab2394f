"""How a table was read and written, in a terminal."""

from zoo.core.tables import TableFormat


def table_lines(read_as: TableFormat, apostrophes: int = 0) -> list[str]:
    """What was guessed and found odd in a table, and how many cells of the output got an apostrophe."""
    return [read_as.sentence, *read_as.notes, *apostrophe_note(apostrophes)]


def apostrophe_note(apostrophes: int) -> list[str]:
    """The sentence on cells that got an apostrophe; nothing where none did."""
    if not apostrophes:
        return []
    cells = "1 cell got" if apostrophes == 1 else f"{apostrophes:,} cells got"
    return [f"{cells} an apostrophe, so that no spreadsheet takes it for a formula (--no-spreadsheet-safe: none)."]
