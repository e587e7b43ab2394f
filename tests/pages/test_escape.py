"""Text of a visitor on a page: drawn character by character, wherever Streamlit reads Markdown."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pages.components.escape import JOINER, literal
from tests.hostile import HOSTILE

PAGES = [
    path for path in sorted((Path(__file__).parents[2] / "pages").rglob("*.py")) if path.stem != "home"
]  # ours alone
MARKDOWN = MarkdownIt("commonmark").enable("strikethrough").enable("table")
# What Streamlit's frontend looks for in the text that is left once Markdown was read.
LOOKED_FOR = re.compile(r":material/\w+:|:[\w+-]+:|:\w+\[|https?://|www\.|\w@\w", re.IGNORECASE)
READ_AS_MARKDOWN = {
    *("markdown", "caption", "error", "warning", "info", "success", "badge", "subheader", "title", "header"),
    *("progress", "download_button", "button", "banner", "download"),
}
# Attributes of results, cards and errors that hold what a visitor, a file or a card of the hub says.
BROUGHT = {"title", "label", "restriction", "summary", "licence", "citation", "sentence", "message", "engine", "sample"}
BROUGHT |= {"notes", "dataset"}


def drawn(markdown: str) -> str:
    """The text that is drawn, where it is one paragraph of nothing but text; else what it became."""
    tokens = MARKDOWN.parse(markdown)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    parts = [part for token in tokens for part in token.children or ()]
    assert {part.type for part in parts} <= {"text", "text_special"}
    return "".join(part.content for part in parts)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_drawn_as_they_are(text: str) -> None:
    result = drawn(literal(text))
    assert result.replace(JOINER, "") == text
    assert not LOOKED_FOR.search(result)


@given(st.text(st.characters(codec="utf-8", exclude_characters=JOINER)))
def test_any_text_is_drawn_as_it_is(text: str) -> None:
    result = drawn(literal(text))
    # Markdown replaces NUL, which no browser draws.
    assert result.replace(JOINER, "") == " ".join(text.split()).replace("\0", "\ufffd")
    assert not LOOKED_FOR.search(result)


def unescaped(node: ast.AST) -> Iterator[ast.AST]:
    """What is put into a text outside of ``literal()``."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("literal", "len", "map"):
        return
    if isinstance(node, ast.Attribute) and node.attr in BROUGHT:
        yield node
    if isinstance(node, ast.Name) and node.id in ("error", "note"):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from unescaped(child)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_escape_what_they_did_not_write(path: Path) -> None:
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and call.args and ast.unparse(call.func).split(".")[-1] in READ_AS_MARKDOWN:
            where = f"{path.name}:{call.lineno}"
            ours = (
                "exhibit.title",
                "exhibit.sentence",
                "exhibit.invitation",
                "direction.title",
                "other.title",
                "field.title",
            )
            brought = [ast.unparse(node) for node in unescaped(call.args[0])]
            assert [name for name in brought if name not in ours] == [], where
