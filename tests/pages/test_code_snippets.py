"""Snippets say the same in Python, shell and HTTP, and leave out defaults."""

import ast
import shlex
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from pages.components.code_snippets import source_of
from pages.components.input_picker import Picture
from zoo.core.inputs import Input
from zoo.core.knobs import Knobs
from zoo.core.operations import File, Operation
from zoo.core.snippets import ExampleFile, Snippets, snippets
from zoo.examples import example
from zoo.exhibits import find_operation
from zoo.exhibits.classify.knobs import ClassifyKnobs, HeatMapKnobs

ADDRESS = "http://localhost:8501"


class MixKnobs(Knobs):
    size: int = Field(default=320, description="Size.")
    style: float = Field(default=1.0, description="Style.")
    start: Literal["content", "noise"] = Field(default="content", description="Start.")
    keep_colours: bool = Field(default=False, description="Colours.")
    tile: bool = Field(default=True, description="Tile.")
    model: list[str] = Field(default=["first"], description="Models.")


MIX = Operation(
    exhibit="mix",
    summary="Mix.",
    function="mix:mix",
    inputs=(Input("content", "image", "One."), Input("styles", "images", "Several."), Input("title", "text", "Text.")),
    knobs=MixKnobs,
    result=str,
    file=File("image/png", ".png"),
)


def mixed(knobs: MixKnobs) -> Snippets:
    inputs = {"content": "a b.jpg", "styles": [ExampleFile("mosaic"), "c.jpg"], "title": "@it's"}
    return snippets(MIX, inputs, knobs, ADDRESS)


def call_of(python: str) -> ast.Call:
    """The call whose value is ``result``."""
    (assignment,) = [node for node in ast.parse(python).body if isinstance(node, ast.Assign)]
    assert isinstance(assignment.value, ast.Call)
    return assignment.value


def keywords(python: str) -> dict[str, Any]:
    return {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call_of(python).keywords}


def test_defaults_are_left_out() -> None:
    code = mixed(MixKnobs())
    assert keywords(code.python).keys() == {"output"}
    assert [word for word in shlex.split(code.shell) if word.startswith("--")] == [
        "--styles",
        "--styles",
        "--output",
        "--json",
    ]
    assert shlex.split(code.http)[:2] == ["curl", f"{ADDRESS}/api/v1/mix"]
    assert "size" not in code.http


def test_changed_knobs_are_in_every_snippet() -> None:
    knobs = MixKnobs(size=64, keep_colours=True, tile=False, start="noise", style=1.5, model=["a b", "c"])
    code = mixed(knobs)
    assert keywords(code.python) == knobs.model_dump(exclude_defaults=True) | {"output": "mix.png"}
    shell = " ".join(shlex.split(code.shell))
    for option in ("--size 64", "--style 1.5", "--start noise", "--keep-colours", "--no-tile", "--model a b --model c"):
        assert option in shell
    form = shlex.split(code.http)
    for field in ("size=64", "style=1.5", "start=noise", "keep_colours=true", "tile=false", "model=a b", "model=c"):
        assert form[form.index(field) - 1] == "-F"


def test_inputs_are_paths_examples_and_texts() -> None:
    code = mixed(MixKnobs())
    content, styles, title = call_of(code.python).args
    assert ast.literal_eval(content) == "a b.jpg"
    assert ast.unparse(styles) == "[zoo.example('mosaic'), 'c.jpg']"
    assert ast.literal_eval(title) == "@it's"
    assert '--styles "$(zoo example mosaic)" --styles c.jpg' in code.shell
    assert shlex.split(code.shell)[2:4] == ["a b.jpg", "@it's"]
    assert '-F "styles=@$(zoo example mosaic)"' in code.http
    assert "content=@a b.jpg" in shlex.split(code.http)
    form = shlex.split(code.http)
    assert form[form.index("title=@it's") - 1] == "--form-string"  # a leading @ is no file


@pytest.mark.parametrize(("name", "expected"), [("coffee", ExampleFile("coffee")), (None, "picture.jpg")])
def test_an_own_file_is_written_as_a_path(name: str | None, expected: ExampleFile | str) -> None:
    picture = Picture("key", example("coffee"), "text", name)
    assert source_of(picture, "picture.jpg") == expected


def test_classifys_python_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = {"image": ExampleFile("coffee")}
    classified = snippets(find_operation("classify"), source, ClassifyKnobs(top_k=2), ADDRESS)
    drawn = snippets(find_operation("classify-heat-map"), source, HeatMapKnobs(opacity=20), ADDRESS)
    for code in (classified, drawn):
        values: dict[str, Any] = {}
        exec(code.python, values)
        assert values["result"]
    assert (tmp_path / "classify-heat-map.png").is_file()


def test_a_text_that_begins_like_an_option_stays_a_text() -> None:
    operation = find_operation("sentiment")
    text = shlex.split(snippets(operation, {"text": "-5 stars"}, operation.knobs(), "http://x").shell)
    assert text[text.index("--") + 1 :] == ["-5 stars"]
