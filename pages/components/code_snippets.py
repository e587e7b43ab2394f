"""The code behind what is on screen, in Python, shell and HTTP and as a notebook, from an operation's declaration."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components import layout
from pages.components.input_picker import Picture, Recording
from zoo.core.images import encode_png
from zoo.core.knobs import Knobs
from zoo.core.notebooks import notebook
from zoo.core.snippets import ExampleFile, Source, snippets
from zoo.core.sounds import encode_wav
from zoo.exhibits import find_operation


def source_of(own: Picture | Recording, path: str) -> Source:
    """An example by its name; a visitor's own file by the ``path`` that stands for it."""
    return path if own.example is None else ExampleFile(own.example)


def draw_code_snippets(
    command: str,
    inputs: Mapping[str, Source | Sequence[Source]],
    knobs: Knobs,
    own: Mapping[str, Picture | Recording] | None = None,
    label: str = "Use it from code",
) -> None:
    """Three snippets that give what is on screen, by the operation of that command, and a notebook to download.

    ``own``: the visitor's inputs by the paths that stand for them; those that are no examples go into the notebook.
    ``label``: of the panel, unlike that of any other on the page.
    """
    operation, address = find_operation(command), layout.address()
    written = snippets(operation, inputs, knobs, address)
    with st.expander(label, icon=":material/code:"):
        for tab, text in zip(
            st.tabs(["Python", "Shell", "HTTP"]), (written.python, written.shell, written.http), strict=True
        ):
            tab.code(text, language=None, wrap_lines=True)

        def make() -> str:
            files = {path: _content(file) for path, file in (own or {}).items() if file.example is None}
            return notebook(operation, inputs, knobs, address, files)

        layout.download("Notebook", make, f"{command}.ipynb", "application/x-ipynb+json")


def _content(own: Picture | Recording) -> bytes:
    """The visitor's input as a file, without loss."""
    return encode_png(own.image) if isinstance(own, Picture) else encode_wav(own.sound)
