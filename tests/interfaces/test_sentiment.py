"""Sentiment's four doors give the same answer to the same text."""

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from zoo.api import app
from zoo.exhibits.sentiment import explain, sentiment
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL, SentimentKnobs

TEXT = 'it\'s not "bad" & costs $5… I LOVE it 😀'


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize("neutral", [True, False])
def test_library_command_line_and_api_agree(client: TestClient, neutral: bool) -> None:
    (answer,) = sentiment(TEXT, SentimentKnobs(neutral=neutral)).answers
    (line,) = shell("sentiment", TEXT, "--neutral" if neutral else "--no-neutral", "--json").splitlines()
    response = client.post("/v1/sentiment", data={"text": TEXT, "neutral": str(neutral).lower()})
    for other in (json.loads(line), response.json()):
        assert other["text"] == TEXT
        assert other["answers"][0]["probabilities"] == pytest.approx(answer.probabilities, abs=1e-4)
        assert other["answers"][0]["restriction"] == answer.restriction


def test_words_have_the_same_weight_at_every_door(client: TestClient) -> None:
    library = [(each.word, pytest.approx(each.contribution, abs=1e-4)) for each in explain(TEXT, DEFAULT_MODEL)]
    web = client.post("/v1/sentiment/words", data={"text": TEXT}).json()
    line = json.loads(shell("sentiment", TEXT, "--words", "--json"))["words"]
    for words in (web, line):
        assert [(each["word"], each["contribution"]) for each in words] == library


def test_page_shows_the_text_of_its_link_with_code_that_runs() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "sentiment.py"), default_timeout=120)
    page.query_params["text"], page.query_params["neutral"] = TEXT, "false"
    page.run()
    assert not page.exception
    assert not page.error
    python, command, _ = (code.value for code in page.code)
    (answer,) = sentiment(TEXT, SentimentKnobs(neutral=False)).answers
    done = subprocess.run([sys.executable, "-c", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{DEFAULT_MODEL} {answer.label}" in done.stdout
    _, _, _, *arguments = shlex.split(command)
    assert json.loads(shell(*arguments))["answers"][0]["label"] == answer.label


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"text": "  "}, 422),
        ({"text": "x" * 20_000}, 413),
        ({"text": "fine", "model": "mobilenet-v2"}, 422),
        ({"text": "fine", "model": "no-such-model"}, 404),
        ({"text": "fine", "neutral": "perhaps"}, 422),
    ],
)
def test_errors_are_sentences(client: TestClient, fields: dict[str, str], status: int) -> None:
    response = client.post("/v1/sentiment", data=fields)
    assert response.status_code == status
    assert response.json().keys() == {"error"}
    assert response.json()["error"].endswith(".")


def test_command_line_reads_a_table_and_tells_what_is_wrong(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,words\n1,I love it\n2,I hate it\n")
    assert shell("sentiment-table", str(source), str(target), "--column", "words") == f"{target}\n"
    with target.open() as file:
        assert [row["sentiment"] for row in csv.DictReader(file)] == ["positive", "negative"]
    assert "no column named 'text'" in shell("sentiment-table", str(source), str(target), code=2)
    assert "There is no file" in shell("sentiment-table", str(tmp_path / "none.csv"), str(target), code=2)
    assert "nothing to read" in shell("sentiment", " ", code=2)


def test_evaluation_prints_json_alone(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("text,target\nI love it,4\nI hate it,0\nthe bus leaves at 8,2\n")
    (record,) = (json.loads(line) for line in shell("evaluate", "sentiment", str(path), "--json").splitlines())
    assert record.keys() == {"model", "accuracy", "ci95", "macro_recall", "n"}
    assert (record["model"], record["n"]) == (DEFAULT_MODEL, 3)
    (record,) = (
        json.loads(line) for line in shell("evaluate", "sentiment", str(path), "--binary", "--json").splitlines()
    )
    assert (record["accuracy"], record["n"]) == (1.0, 2)
    assert "--binary" in shell("evaluate", "classify", str(path), "--binary", code=2)
