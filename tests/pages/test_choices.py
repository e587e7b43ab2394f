"""Choices side by side: where they are too wide for their place, they go on in the next row."""

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "pages"
SIDE_BY_SIDE = {"pills", "segmented_control"}


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.py")), ids=lambda path: path.stem)
def test_no_choice_is_cut(path: Path) -> None:
    """Streamlit's own default is a row that scrolls, inside of columns and rows, and without a sign of more."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    calls = [call for call in calls if {node.attr for node in _callees(call)} & SIDE_BY_SIDE]
    assert [call.lineno for call in calls if "wrap" not in {keyword.arg for keyword in call.keywords}] == []


def _callees(call: ast.Call) -> list[ast.Attribute]:
    """What is called, or will be by a ``partial``."""
    first = call.args[:1] if isinstance(call.func, ast.Name) and call.func.id == "partial" else []
    return [node for node in (call.func, *first) if isinstance(node, ast.Attribute)]
