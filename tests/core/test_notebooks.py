"""Notebooks are valid, carry the visitor's own file, and their cells give the result of the page."""

import contextlib
import io
from pathlib import Path

import nbformat
import pytest
from PIL import Image

import zoo
from zoo.core.images import encode_png
from zoo.core.notebooks import notebook
from zoo.core.snippets import ExampleFile
from zoo.exhibits import find_operation
from zoo.exhibits.classify.knobs import ClassifyKnobs

ADDRESS = "http://localhost:8501"


def test_the_cells_give_the_result_for_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.effect_noise((70, 50), 80).convert("RGB")
    knobs = ClassifyKnobs(model=["resnet-18"], top_k=2)
    operation = find_operation("classify")
    text = notebook(operation, {"image": "picture.png"}, knobs, ADDRESS, {"picture.png": encode_png(picture)})
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in made.cells:
            if cell.cell_type == "code":
                exec(cell.source, names)
    assert Image.open("picture.png").tobytes() == picture.tobytes()
    expected = zoo.classify(picture, model=["resnet-18"], top_k=2)
    assert names["result"].answers[0].predictions == expected.answers[0].predictions  # type: ignore[attr-defined]


def test_an_example_is_named_and_not_carried() -> None:
    knobs = ClassifyKnobs()
    text = notebook(find_operation("classify"), {"image": ExampleFile("coffee")}, knobs, ADDRESS)
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert "base64" not in text
    assert 'zoo.example(\\"coffee\\")' in text
