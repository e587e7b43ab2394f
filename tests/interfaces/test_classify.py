"""The four doors give the same answer to the same picture."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from zoo.api import app
from zoo.core.images import decode_image
from zoo.examples import example, example_path
from zoo.exhibits.classify import ClassifyKnobs, classify

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.fixture
def upright_and_turned(tmp_path: Path) -> Path:
    """The coffee lying on its side, with the note in its EXIF block that says so."""
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    example("coffee").rotate(90, expand=True).save(turned, exif=exif.tobytes(), quality=95)
    return turned


def probabilities(answer: dict[str, object]) -> dict[str, float]:
    return {p["id"]: p["probability"] for p in answer["predictions"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("which", ["example", "upload"])
def test_library_command_line_and_api_agree(which: str, client: TestClient, upright_and_turned: Path) -> None:
    file = Path(example_path("coffee")) if which == "example" else upright_and_turned
    (answer,) = classify(decode_image(file.read_bytes()), ClassifyKnobs(top_k=3)).answers
    library = {p.id: p.probability for p in answer.predictions}
    command = [sys.executable, "-m", "zoo", "classify", str(file), "--top-k", "3", "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (line,) = run.stdout.splitlines()
    shell = probabilities(json.loads(line)["answers"][0])
    response = client.post("/v1/classify", files={"image": file.read_bytes()}, data={"top_k": "3"})
    web = probabilities(response.json()["answers"][0])
    assert shell == pytest.approx(library, abs=1e-4)
    assert web == pytest.approx(library, abs=1e-4)
    assert answer.predictions[0].label == "espresso"


def test_page_draws_the_same_answer() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "classify.py"), default_timeout=120)
    page.query_params["example"] = "coffee"
    page.run()
    assert not page.exception
    assert page.title[0].value == "Classify"
    snippet = page.code[0].value
    printed = subprocess.run([sys.executable, "-c", snippet], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "mobilenet-v2" in printed.stdout
    assert "espresso" in printed.stdout


@pytest.mark.parametrize(
    ("form", "file", "status"),
    [
        ({"top_k": "99"}, None, 422),
        ({"model": "no-such-model"}, None, 404),
        ({}, b"hello", 422),
        ({}, b"x" * (33 << 20), 413),
    ],
)
def test_errors_are_sentences(client: TestClient, form: dict[str, str], file: bytes | None, status: int) -> None:
    data = Path(example_path("coffee")).read_bytes() if file is None else file
    response = client.post("/v1/classify", files={"image": data}, data=form)
    assert response.status_code == status
    assert response.json()["error"].endswith(".")


def test_schema_carries_the_knobs(client: TestClient) -> None:
    text = json.dumps(client.get("/openapi.json").json())
    for field in ClassifyKnobs.model_fields.values():
        assert str(field.description) in text


def test_heat_map_is_a_png(client: TestClient) -> None:
    data = Path(example_path("coffee")).read_bytes()
    response = client.post("/v1/classify/heat-map", files={"image": data})
    assert decode_image(response.content).size == (600, 400)


def test_evaluation_prints_json_alone(tmp_path: Path) -> None:
    example("coffee").save(tmp_path / "n07920052_espresso.png")
    command = [sys.executable, "-m", "zoo", "evaluate", "classify", str(tmp_path), "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    records = [json.loads(line) for line in run.stdout.splitlines()]
    assert {"model": "mobilenet-v2", "top1": 1.0, "top5": 1.0, "n": 1} in records


def test_wrong_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    command = [sys.executable, "-m", "zoo", "classify", str(tmp_path / "text.jpg")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("folder", ["zoo", "pages"])
def test_imports_run_one_way(folder: str) -> None:
    forbidden = {"zoo": ("streamlit", "pages"), "pages": ("torch", "torchvision")}[folder]
    for path in (ROOT / folder).rglob("*.py"):
        tree = ast.parse(path.read_text())
        imported = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
        imported += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not {name.split(".")[0] for name in imported} & set(forbidden), path


def test_front_door_imports_no_torch() -> None:
    code = "import sys, app, zoo.cli, zoo.core.runtime; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
