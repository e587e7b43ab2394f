"""Tables in and out: CSV, Excel workbooks, JSON lines and parquet, untrusted; and CSV without formulas."""

from zoo.core.tables.formats import TABLE_LIMITS, TableFormat, table_notes
from zoo.core.tables.headers import added
from zoo.core.tables.knobs import READ_AS, TableFormatKnobs
from zoo.core.tables.reading import Table, check_table, column_of, guess_text_column, read_table
from zoo.core.tables.writing import TableWriter, check_table_output, safe_cell

__all__ = [
    "READ_AS",
    "TABLE_LIMITS",
    "Table",
    "TableFormat",
    "TableFormatKnobs",
    "TableWriter",
    "added",
    "check_table",
    "check_table_output",
    "column_of",
    "guess_text_column",
    "read_table",
    "safe_cell",
    "table_notes",
]
