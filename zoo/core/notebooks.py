"""A Jupyter notebook that gives what a page shows: the visitor's own files within it, and the call."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from zoo.core.knobs import Knobs
from zoo.core.operations import Operation
from zoo.core.snippets import Source, snippets

INSTALL = "It runs where this project is installed: `pip install .` in its folder, and Jupyter."
LINE = 120  # characters of base64 in a line


def notebook(
    operation: Operation,
    inputs: Mapping[str, Source | Sequence[Source]],
    knobs: Knobs,
    address: str,
    files: Mapping[str, bytes] | None = None,
) -> str:
    """The notebook as JSON, nbformat 4.5. ``files``: the contents of the visitor's own, by the name in ``inputs``."""
    written = snippets(operation, inputs, knobs, address)
    cells = [_cell("markdown", f"# {operation.summary}\n\nThe call that the page made. {INSTALL}")]
    cells += [_cell("code", _write_file(name, data)) for name, data in (files or {}).items()]
    cells += [
        _cell("code", written.python),
        _cell("markdown", "All that the call returns:"),
        _cell("code", "result"),
        _cell("markdown", f"The same in a shell, and over HTTP:\n\n```sh\n{written.shell}\n{written.http}\n```"),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _write_file(name: str, data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = "\n".join(text[start : start + LINE] for start in range(0, len(text), LINE))
    return f'import base64\nfrom pathlib import Path\n\nPath("{name}").write_bytes(base64.b64decode("""\n{lines}\n"""))'
