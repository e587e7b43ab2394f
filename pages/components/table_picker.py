"""An uploaded table on a page: its first rows, how it was read, and the controls to read it otherwise."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.escape import literal
from pages.components.job_progress import store_upload
from pages.components.knob_widgets import knob
from zoo.core.knobs import parse_knobs
from zoo.core.tables import TABLE_LIMITS, TableFormat, TableFormatKnobs, guess_text_column, read_table

PREVIEW_ROWS = 5
COUNTED_ROWS, COUNTED_VALUES = 100_000, 100


@dataclass(frozen=True)
class UploadedTable:
    """A table in the visitor's workspace.

    ``text_index``: the index of the column that most likely contains the texts. ``knobs``: values of
    ``TableFormatKnobs`` by name, for the operation that reads it.
    """

    path: Path
    format: TableFormat
    text_index: int
    knobs: dict[str, Any]


def choose_table(name: str) -> UploadedTable | None:
    """An uploaded table, with its first rows on the page; None before the first upload.

    ``name`` tells this table from that of another tab. Raises InputError where it cannot be read as it is chosen.
    """
    upload = store_upload(name, "A table of texts", TABLE_LIMITS.max_bytes)
    if upload is None:
        st.caption(
            "CSV of any separator and encoding, an Excel workbook (.xlsx), JSON lines or parquet; a million rows and "
            "more. The file stays on this machine."
        )
        return None
    path, id = upload
    knobs = choose_format(name)
    table_format, rows = _first_rows(id, path, knobs.model_dump_json())
    draw_format(table_format)
    st.dataframe(pd.DataFrame(rows, columns=table_format.columns), hide_index=True)
    text_index = table_format.columns.index(guess_text_column(table_format, rows))
    return UploadedTable(path, table_format, text_index, knobs.model_dump())


def choose_format(name: str) -> TableFormatKnobs:
    """The knobs of how a table is read; all are guessed until a visitor changes one."""
    with st.expander("Read it otherwise", icon=":material/tune:"):
        values = {field: knob(TableFormatKnobs, field, f"{name}-{field}") for field in TableFormatKnobs.model_fields}
    return parse_knobs(TableFormatKnobs, **values)


def draw_format(table_format: TableFormat) -> None:
    """How a table was read, and each thing in it that is not as it should be."""
    st.caption(literal(table_format.sentence))
    if table_format.notes:
        st.warning("  \n".join(map(literal, table_format.notes)), icon=":material/info:")


def draw_apostrophes(count: int) -> None:
    """How many cells of a written table got an apostrophe; nothing where none did."""
    if count:
        st.caption(f"Apostrophes before what a spreadsheet would take for a formula: in {count:,} cells.")


@st.cache_data(max_entries=20, show_spinner="Reading the table…")
def _first_rows(id: str, _path: Path, knobs: str) -> tuple[TableFormat, list[dict[str, str]]]:
    """Format and first rows, once an upload and choice of knobs: what is guessed depends on the whole file."""
    table = read_table(_path, TableFormatKnobs.model_validate_json(knobs))
    return table.format, list(islice(table.rows(), PREVIEW_ROWS))


def count_values(chosen: UploadedTable, column: str) -> dict[str, int]:
    """How many rows have each value of a column, the most frequent first; up to 100 values of the first 100,000 rows.

    Raises InputError where the table cannot be read as it is chosen.
    """
    version = f"{chosen.path} {chosen.path.stat().st_mtime_ns} {sorted(chosen.knobs.items())}"
    return _count_values(version, column, chosen)


@st.cache_data(max_entries=20, show_spinner="Reading the labels…")
def _count_values(version: str, column: str, _chosen: UploadedTable) -> dict[str, int]:
    """Once for each ``version`` of the file and of how it is read, and for each column."""
    table = read_table(_chosen.path, parse_knobs(TableFormatKnobs, **_chosen.knobs))
    counts = Counter(row[column].strip() for row in islice(table.rows(), COUNTED_ROWS))
    return dict(counts.most_common(COUNTED_VALUES))
