"""Adversarial gives the same attack in Python, on the page, in the shell and over HTTP."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

import zoo as library
from tests.apps import app_at, plain
from tests.interfaces.shell import ROOT, probabilities, shell
from zoo.api.app import app
from zoo.core.evaluation import class_indices
from zoo.examples import example, example_path
from zoo.exhibits.adversarial import AttackKnobs, attack, image_classifiers

COFFEE = Path(example_path("coffee"))


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


def test_library_shell_and_api_agree(client: TestClient, tmp_path: Path) -> None:
    fields = {"method": "pgd", "steps": "3", "epsilon": "1.5", "target": "tabby", "seed": "7", "top_k": "3"}
    result = attack(example("coffee"), AttackKnobs(method="pgd", steps=3, epsilon=1.5, target="tabby", seed=7, top_k=3))
    expected = {p.label: pytest.approx(p.probability, abs=1e-4) for p in result.after.predictions}
    in_python = library.adversarial(COFFEE, method="pgd", steps=3, epsilon=1.5, target="tabby", seed=7, top_k=3)
    assert in_python.adversarial.tobytes() == result.adversarial.tobytes()
    options = [part for name, value in fields.items() for part in (f"--{name.replace('_', '-')}", value)]
    output = tmp_path / "adversarial.png"
    (line,) = shell("adversarial", str(COFFEE), *options, "--output", str(output), "--json").splitlines()
    record = client.post("/v1/adversarial", files={"image": COFFEE.read_bytes()}, data=fields).json()
    png = client.post("/v1/adversarial?format=png", files={"image": COFFEE.read_bytes()}, data=fields)
    assert probabilities(json.loads(line)["after"]) == expected
    assert probabilities(record["after"]) == expected
    assert (record["fooled"], record["linf_distance"], record["target"]) == (
        result.fooled,
        result.linf_distance,
        "tabby",
    )
    assert png.headers["X-Restriction"] == result.restriction
    for picture in (Image.open(output), Image.open(io.BytesIO(png.content))):
        assert picture.convert("RGB").tobytes() == result.adversarial.tobytes()


def test_the_old_path_of_the_picture_redirects(client: TestClient) -> None:
    sent = {"files": {"image": COFFEE.read_bytes()}, "data": {"model": "cifar10-resnet"}}
    old = client.post("/v1/adversarial/picture", **sent)  # type: ignore[arg-type]
    assert old.history[0].status_code == 308
    assert old.content == client.post("/v1/adversarial?format=png", **sent).content  # type: ignore[arg-type]


def test_terminal_text_ends_with_the_summary() -> None:
    result = attack(example("coffee"), AttackKnobs())
    assert shell("adversarial", str(COFFEE)).splitlines()[-1] == result.summary
    text = shell("adversarial-transfer", str(COFFEE), "--model", "resnet-18", "--model", "cifar10-resnet")
    assert text.count(" -> ") == 2 * 4
    assert "none" in shell("adversarial-defences", str(COFFEE), "--model", "cifar10-resnet")


def test_page_draws_the_same_result_and_its_snippet_runs() -> None:
    page = app_at("adversarial.py")
    page.query_params["example"], page.query_params["epsilon"] = "coffee", "1.5"
    page.run()
    assert not page.exception
    assert not page.error
    knobs = AttackKnobs(method="pgd", target="goldfish", epsilon=1.5)  # what the page opens with
    summary = attack(example("coffee"), knobs).summary
    assert any(plain(text.value).endswith(summary) for text in page.markdown)
    # Defences are not computed before their tab is opened.
    assert {slider.key for slider in page.slider} == {"epsilon", "queries", "steps", "step_size", "seed"}
    python, command, curl = (code.value for code in page.code)
    done = subprocess.run([sys.executable, "-c", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == summary
    assert "--epsilon 1.5" in command
    assert "-F epsilon=1.5" in curl


def test_link_with_nonsense_leaves_the_defaults() -> None:
    page = app_at("adversarial.py")
    for name, value in {"method": "cheese", "epsilon": "99", "target": "unicorn", "model": "x"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    assert 'zoo.adversarial(zoo.example("coffee"), target="goldfish", method="pgd")' in page.code[0].value


@pytest.mark.parametrize(
    ("data", "fields", "status"),
    [
        (b"hello", {}, 422),
        (None, {"epsilon": "99"}, 422),
        (None, {"method": "cheese"}, 422),
        (None, {"target": "unicorn"}, 422),
        (None, {"model": "tweet-lstm"}, 422),
        (None, {"model": "no-such-model"}, 404),
    ],
)
def test_errors_are_sentences(client: TestClient, data: bytes | None, fields: dict[str, str], status: int) -> None:
    response = client.post("/v1/adversarial", files={"image": data or COFFEE.read_bytes()}, data=fields)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].endswith(".")


def test_evaluation_prints_a_line_a_model(tmp_path: Path) -> None:
    example("chelsea").resize((64, 64)).save(tmp_path / "n02123045_tabby.png")
    lines = shell("evaluate", "adversarial", str(tmp_path), "--epsilon", "0.0313", "--json").splitlines()
    records = [json.loads(line) for line in lines]
    with_the_class = [card.name for card in image_classifiers() if "n02123045" in class_indices(card)]
    assert [record["model"] for record in records] == with_the_class
    assert all(record.keys() == {"model", "clean", "fgsm", "pgd10", "n"} for record in records)


def test_option_of_another_exhibits_evaluation_is_refused(tmp_path: Path) -> None:
    assert "--epsilon" in shell("evaluate", "classify", str(tmp_path), "--epsilon", "0.1", code=2)
