"""An uploaded table on a page: how it was read is shown, and can be changed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import table_picker
from tests.apps import plain


def draw() -> None:
    from pages.components import layout, table_picker

    with layout.errors_as_sentences():
        table_picker.choose_table("table")


@pytest.fixture
def upload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The path of what a visitor uploads; each test has an id of its own."""
    path = tmp_path / "table"
    monkeypatch.setattr(table_picker, "store_upload", lambda *args: (path, str(path)))
    return path


def columns(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value.columns)


def test_the_guess_is_shown_and_every_part_can_be_changed(upload: Path) -> None:
    upload.write_bytes(b'label\ttext\npos\t"never; again\nneg\tcaf\xe9\npos\tfine\nneg\tbad\n')
    page = AppTest.from_function(draw, default_timeout=60).run()
    assert plain(page.caption[0].value) == (
        "Read as CSV: separator tab, quotes none, encoding windows-1252, column names in the first row; 4 rows."
    )
    assert "The text is not UTF-8" in plain(page.warning[0].value)
    assert columns(page) == ["label", "text"]
    page.button_group(key="table-separator").set_value("semicolon")
    page.button_group(key="table-quoting").set_value("none")
    page.button_group(key="table-header").set_value("no").run()
    assert columns(page) == ["column 1"]
    page.selectbox(key="table-encoding").set_value("mac-roman").run()
    assert "encoding mac-roman, no column names; 5 rows" in plain(page.caption[0].value)
    assert not page.exception


def test_a_line_that_does_not_fit_is_a_sentence_and_the_controls_stay(upload: Path) -> None:
    upload.write_bytes(b"text,label\nI was happy, then it broke,pos\nbad,neg\nfine,pos\n")
    page = AppTest.from_function(draw, default_timeout=60).run()
    assert "Line 2 has 3 cells" in page.error[0].value
    page.button_group(key="table-separator").set_value("none").run()
    assert not page.error
    assert "3 rows" in plain(page.caption[0].value)
