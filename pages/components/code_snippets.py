"""The code behind what is on screen, in Python, shell and HTTP, made from an operation's declaration."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components import layout
from pages.components.input_picker import Picture, Recording
from zoo.core.knobs import Knobs
from zoo.core.snippets import ExampleFile, Source, snippets
from zoo.exhibits import find_operation


def source_of(own: Picture | Recording, path: str) -> Source:
    """An example by its name; a visitor's own file by the ``path`` that stands for it."""
    return path if own.example is None else ExampleFile(own.example)


def draw_code_snippets(command: str, inputs: Mapping[str, Source | Sequence[Source]], knobs: Knobs) -> None:
    """Three snippets that give what is on screen, by the operation of that command."""
    operation = find_operation(command)
    written = snippets(operation, inputs, knobs, layout.address())
    with st.expander("Use it from code", icon=":material/code:"):
        for tab, text in zip(
            st.tabs(["Python", "Shell", "HTTP"]), (written.python, written.shell, written.http), strict=True
        ):
            tab.code(text, language=None, wrap_lines=True)
