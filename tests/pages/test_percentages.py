"""Percentages are written in one way, as Python's and Vega's own formats write them: 12%."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("pages/**/*.py"), *ROOT.glob("zoo/**/*.py"), *ROOT.glob("zoo/**/*.js")])
APART = re.compile(r"(?:[\d}]|^)[ \u00a0\u202f]%(?![\w(])", re.MULTILINE)  # "}" ends a value in JavaScript


def texts_of(path: Path) -> list[str]:
    """What may be drawn: the strings of a module without its docstrings, or a script as a whole."""
    if path.suffix == ".js":
        return [path.read_text(encoding="utf-8")]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    docstrings = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return [node.value for node in constants if isinstance(node.value, str)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_space_stands_before_a_percent_sign(path: Path) -> None:
    assert [match.group() for text in texts_of(path) for match in APART.finditer(text)] == []
