"""Adversarial's four doors give the same attack on the same picture."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, probabilities, shell
from zoo.api import app
from zoo.core.evaluation import class_indices
from zoo.examples import example, example_path
from zoo.exhibits.adversarial import AttackKnobs, attack, verdict, victims

COFFEE = Path(example_path("coffee"))


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


def test_library_command_line_and_api_agree(client: TestClient, tmp_path: Path) -> None:
    fields = {"method": "pgd", "steps": "3", "epsilon": "1.5", "target": "tabby", "seed": "7", "top_k": "3"}
    result = attack(example("coffee"), AttackKnobs(method="pgd", steps=3, epsilon=1.5, target="tabby", seed=7, top_k=3))
    expected = {p.label: pytest.approx(p.probability, abs=1e-4) for p in result.outcome.after.predictions}
    options = [part for name, value in fields.items() for part in (f"--{name.replace('_', '-')}", value)]
    saved = tmp_path / "attacked.png"
    (line,) = shell("adversarial", str(COFFEE), *options, "--save", str(saved), "--json").splitlines()
    web = client.post("/v1/adversarial", files={"image": COFFEE.read_bytes()}, data=fields).json()
    png = client.post("/v1/adversarial/picture", files={"image": COFFEE.read_bytes()}, data=fields).content
    assert probabilities(json.loads(line)["after"]) == expected
    assert probabilities(web["after"]) == expected
    assert (web["fooled"], web["largest"], web["aim"]) == (result.outcome.fooled, result.outcome.largest, "tabby")
    for picture in (Image.open(saved), Image.open(io.BytesIO(png))):
        assert picture.convert("RGB").tobytes() == result.adversarial.tobytes()


def test_page_tells_the_same_with_code_that_runs(tmp_path: Path) -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "adversarial.py"), default_timeout=120)
    page.query_params["example"], page.query_params["epsilon"] = "coffee", "1.5"
    page.run()
    assert not page.exception
    assert not page.error
    told = verdict(attack(example("coffee"), AttackKnobs(epsilon=1.5)).outcome)
    assert [banner.value for banner in page.success] == [told]
    # Defences are not computed until they are looked at.
    assert {slider.key for slider in page.slider} == {"epsilon", "questions"}
    python, command, curl = (code.value for code in page.code)
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{python}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == told
    assert (tmp_path / "attacked.png").exists()
    assert "--epsilon 1.5" in command
    assert "-F epsilon=1.5" in curl


def test_link_with_nonsense_leaves_the_defaults() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "adversarial.py"), default_timeout=120)
    for name, value in {"method": "cheese", "epsilon": "99", "target": "unicorn", "model": "x"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    assert "AttackKnobs()" in page.code[0].value


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
    assert response.json().keys() == {"error"}
    assert response.json()["error"].endswith(".")


def test_evaluation_prints_a_line_a_model(tmp_path: Path) -> None:
    example("chelsea").resize((64, 64)).save(tmp_path / "n02123045_tabby.png")
    lines = shell("evaluate", "adversarial", str(tmp_path), "--epsilon", "0.0313", "--json").splitlines()
    records = [json.loads(line) for line in lines]
    know_it = [card.name for card in victims() if "n02123045" in class_indices(card)]
    assert [record["model"] for record in records] == know_it
    assert all(record.keys() == {"model", "clean", "fgsm", "pgd10", "n"} for record in records)


def test_question_that_an_exhibit_does_not_know_is_a_sentence(tmp_path: Path) -> None:
    assert "--epsilon is no question to classify" in shell(
        "evaluate", "classify", str(tmp_path), "--epsilon", "0.1", code=2
    )
