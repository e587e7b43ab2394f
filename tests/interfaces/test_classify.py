"""Classify gives the same answer in Python, on the page, in the shell and over HTTP; what may import what."""

import ast
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

import zoo as library
from tests.apps import app_at
from tests.interfaces.console import Zoo, assert_told, records
from zoo.api.app import app
from zoo.core.images import decode_image
from zoo.examples import example, example_path
from zoo.exhibits import find_exhibit
from zoo.exhibits.classify import ClassifyKnobs, classify, evaluate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.fixture
def rotated(tmp_path: Path) -> Path:
    """A photograph stored rotated, with the orientation in its EXIF block."""
    path = tmp_path / "rotated.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    example("coffee").rotate(90, expand=True).save(path, exif=exif.tobytes(), quality=95)
    return path


def probabilities(answer: dict[str, object]) -> dict[str, float]:
    return {p["id"]: p["probability"] for p in answer["predictions"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("which", ["example", "upload"])
def test_library_shell_and_api_agree(which: str, client: TestClient, zoo: Zoo, rotated: Path) -> None:
    file = Path(example_path("coffee")) if which == "example" else rotated
    (answer,) = classify(decode_image(file.read_bytes()), ClassifyKnobs(top_k=3)).answers
    expected = {p.id: p.probability for p in answer.predictions}
    (in_python,) = library.classify(file, top_k=3).answers
    assert {p.id: p.probability for p in in_python.predictions} == pytest.approx(expected, abs=1e-4)
    (record,) = records(zoo("classify", file, "--top-k", 3, "--json").out)
    assert probabilities(record["answers"][0]) == pytest.approx(expected, abs=1e-4)  # type: ignore[index]
    response = client.post("/v1/classify", files={"image": file.read_bytes()}, data={"top_k": "3"})
    assert probabilities(response.json()["answers"][0]) == pytest.approx(expected, abs=1e-4)


def test_page_draws_the_same_answer_and_its_snippet_runs(zoo: Zoo) -> None:
    page = app_at("classify.py")
    page.query_params["example"] = "coffee"
    page.run()
    assert not page.exception
    assert page.title[0].value == find_exhibit("classify").title
    snippet = page.code[0].value
    printed = subprocess.run([sys.executable, "-c", snippet], cwd=ROOT, capture_output=True, text=True, check=True)
    best = classify(example("coffee")).answers[0].predictions[0]
    assert best.id in printed.stdout
    assert best.label in printed.stdout


def test_heat_map_is_a_png(client: TestClient) -> None:
    data = Path(example_path("coffee")).read_bytes()
    response = client.post("/v1/classify/heat-map", files={"image": data})
    assert decode_image(response.content).size == (600, 400)


def test_heat_map_is_written_to_a_file(zoo: Zoo, tmp_path: Path) -> None:
    output = tmp_path / "heat-map.png"
    done = zoo("classify-heat-map", example_path("coffee"), "--output", output, "--json")
    (record,) = records(done.out)
    assert record["output"] == str(output)
    with Image.open(output) as picture:
        assert picture.size == (600, 400)


def test_several_models_print_an_ensemble(zoo: Zoo) -> None:
    done = zoo("classify", example_path("coffee"), "--model", "mobilenet-v2", "--model", "resnet-18")
    assert [line.split()[0] for line in done.out.splitlines() if " ms " in line] == [
        "mobilenet-v2",
        "resnet-18",
        "average",
    ]


def test_evaluation_prints_json_alone(zoo: Zoo, tmp_path: Path) -> None:
    example("coffee").save(tmp_path / "n07920052_espresso.png")
    printed = records(zoo("evaluate", "classify", tmp_path, "--json").out)
    assert json.loads(json.dumps(asdict(evaluate(tmp_path, "mobilenet-v2")))) in printed


def test_a_file_that_is_no_picture_is_one_sentence(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    assert_told(zoo("classify", tmp_path / "text.jpg"), "text.jpg")


@pytest.mark.parametrize("folder", ["zoo", "pages"])
def test_imports_run_one_way(folder: str) -> None:
    forbidden = {"zoo": ("streamlit", "pages"), "pages": ("torch", "torchvision")}[folder]
    for path in (ROOT / folder).rglob("*.py"):
        tree = ast.parse(path.read_text())
        imported = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
        imported += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not {name.split(".")[0] for name in imported} & set(forbidden), path


def test_starting_imports_no_torch() -> None:
    code = "import sys, app, zoo.cli, zoo.core.runtime, zoo.exhibits; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
