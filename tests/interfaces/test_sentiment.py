"""Sentiment in Python, in the shell, over HTTP and on the page: the same answers, and errors as sentences."""

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import zoo
from tests.apps import app_at
from tests.interfaces.shell import ROOT, command, probabilities, shell
from zoo.api.app import app
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL
from zoo.exhibits.sentiment.labels import label_of

TEXT = 'it\'s not "bad" & costs $5… I LOVE it 😀'


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize("neutral", [True, False])
def test_library_command_line_and_api_agree(client: TestClient, neutral: bool) -> None:
    result = zoo.sentiment(TEXT, neutral=neutral)
    expected = {p.label: pytest.approx(p.probability, abs=1e-4) for p in result.answers[0].predictions}
    (line,) = shell("sentiment", TEXT, "--neutral" if neutral else "--no-neutral", "--json").splitlines()
    response = client.post("/v1/sentiment", data={"text": TEXT, "neutral": str(neutral).lower()})
    for record in (json.loads(line), response.json()):
        assert record["text"] == TEXT
        assert probabilities(record["answers"][0]) == expected
        assert record["answers"][0]["restriction"] == result.answers[0].restriction
        assert record["polarities"] == pytest.approx(result.polarities, abs=1e-4)


def test_word_contributions_agree(client: TestClient) -> None:
    expected = [(each.word, pytest.approx(each.contribution, abs=1e-4)) for each in zoo.sentiment_words(TEXT).words]
    web = client.post("/v1/sentiment/words", data={"text": TEXT}).json()["words"]
    line = json.loads(shell("sentiment-words", TEXT, "--json"))["words"]
    for words in (web, line):
        assert [(each["word"], each["contribution"]) for each in words] == expected


def test_rewrites_agree(client: TestClient) -> None:
    expected = [(each.text, pytest.approx(each.polarity, abs=1e-4)) for each in zoo.sentiment_rewrites(TEXT).rewrites]
    web = client.post("/v1/sentiment/rewrites", data={"text": TEXT}).json()["rewrites"]
    line = json.loads(shell("sentiment-rewrites", TEXT, "--json"))["rewrites"]
    for rewrites in (web, line):
        assert [(each["text"], each["polarity"]) for each in rewrites] == expected


def test_results_are_readable_in_a_terminal() -> None:
    printed = shell("sentiment", TEXT)
    answer = zoo.sentiment(TEXT).answers[0]
    for prediction in answer.predictions:
        assert f"{prediction.probability:.1%}  {prediction.label}" in printed
    assert "polarity" in printed
    assert "love" in shell("sentiment-words", "I love it")
    assert "upper case: I LOVE IT" in shell("sentiment-rewrites", "I love it")


def test_a_text_is_read_from_standard_input() -> None:
    done = command("sentiment", "-", "--json", stdin=TEXT.encode())
    assert json.loads(done.out)["text"] == TEXT


def test_the_page_draws_the_text_of_its_link_with_code_that_runs() -> None:
    page = app_at("sentiment.py")
    page.query_params["text"], page.query_params["neutral"] = TEXT, "false"
    page.run()
    assert not page.exception
    assert not page.error
    python, shell_command, _ = (code.value for code in page.code)
    best = zoo.sentiment(TEXT, neutral=False).answers[0].predictions[0]
    done = subprocess.run([sys.executable, "-c", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"label='{best.label}'" in done.stdout
    name, *arguments = shlex.split(shell_command)
    assert name == "zoo"
    assert json.loads(shell(*arguments))["answers"][0]["predictions"][0]["label"] == best.label


@pytest.mark.parametrize("path", ["/v1/sentiment", "/v1/sentiment/words", "/v1/sentiment/rewrites"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"text": "  "}, 422),
        ({"text": "x" * 20_000}, 413),
        ({"text": "x" * 200_000}, 413),
        ({"text": "fine", "model": "mobilenet-v2"}, 422),
        ({"text": "fine", "model": "no-such-model"}, 404),
        ({"text": "fine", "neutral": "perhaps"}, 422),
    ],
)
def test_errors_are_sentences(client: TestClient, path: str, fields: dict[str, str], status: int) -> None:
    response = client.post(path, data=fields)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].endswith(".")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("id,words\n1,I love it\n2,I hate it\n")
    return path


def test_the_table_command_writes_a_table(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    printed = shell("sentiment-table", str(source), str(target), "--column", "words")
    assert printed.endswith(f"{target}\n")
    assert "2 rows" in printed
    expected = [zoo.sentiment(text).answers[0].predictions[0].label for text in ("I love it", "I hate it")]
    with target.open() as file:
        assert [row["sentiment"] for row in csv.DictReader(file)] == expected


def test_every_interface_tells_how_a_table_was_read_and_takes_another_way(client: TestClient, tmp_path: Path) -> None:
    source, target = tmp_path / "in.tsv", tmp_path / "out.csv"
    source.write_bytes(b'label\ttext\npositive\t"I love it\nnegative\tI hate it, caf\xe9; yes"\nneutral\t@user;=1\n')
    result = zoo.sentiment_table(source, output=target)
    assert (result.read_as.quoting, result.read_as.rows, result.apostrophes) == ("none", 3, 1)
    printed = shell("sentiment-table", str(source), str(target))
    assert "separator tab, quotes none, encoding windows-1252, column names in the first row; 3 rows" in printed
    assert "The text is not UTF-8" in printed
    assert "Apostrophes before what a spreadsheet would take for a formula (spreadsheet_safe): in 1 cell." in printed
    printed = shell("sentiment-table", str(source), str(target), "--no-spreadsheet-safe", "--encoding", "mac-roman")
    assert "Apostrophes" not in printed
    assert "@user;=1" in target.read_text()
    assert "cafÈ" in target.read_text()
    response = client.post("/v1/sentiment/table", files={"table": source.read_bytes()})
    assert response.headers["x-notes"].startswith("Read as CSV: separator tab, quotes none")
    form = {"header": "no", "column": "column 2", "encoding": "windows-1252"}
    record = client.post("/v1/sentiment/table?format=json", files={"table": source.read_bytes()}, data=form).json()
    assert record["rows"] == 4
    assert record["read_as"] | {"notes": []} == {
        "kind": "csv",
        "columns": ["column 1", "column 2"],
        "rows": 4,
        "header": False,
        "separator": "tab",
        "quoting": "none",
        "encoding": "windows-1252",
        "sheet": "",
        "notes": [],
    }
    refused = client.post("/v1/sentiment/table", files={"table": source.read_bytes()}, data={"separator": "colon"})
    assert refused.status_code == 422
    assert "separator" in refused.text
    printed = shell("evaluate", "sentiment", str(source), "--table", "quoting=none", "--table", "separator=tab")
    assert "quotes none" in printed
    assert "--table separator: write" in shell("evaluate", "sentiment", str(source), "--table", "separator", code=2)


def test_errors_of_the_table_command_leave_every_file_as_it_was(source: Path, tmp_path: Path) -> None:
    target, link, before = tmp_path / "out.csv", tmp_path / "link.csv", source.read_bytes()
    target.write_text("precious")
    link.symlink_to(source)
    for arguments, message in [
        ((source, target), "no column named 'text'"),
        ((source, target, "--column", "wrods"), "no column named 'wrods'"),
        ((source, target, "--column", "words", "--label", "truth"), "no column named 'truth'"),
        ((source, source, "--column", "words"), "is the input itself"),
        ((source, link, "--column", "words"), "is the input itself"),
        ((link, source, "--column", "words"), "is the input itself"),
        ((source, source), "is the input itself"),
        ((source, tmp_path, "--column", "words"), "it is a folder"),
        ((tmp_path / "none.csv", target), "There is no file"),
        ((source, target, "--column", "words", "--model", "no-such-model"), "no-such-model"),
    ]:
        assert message in shell("sentiment-table", *map(str, arguments), code=2)
        assert source.read_bytes() == before
        assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "link.csv", "out.csv"]


def test_the_library_refuses_the_input_as_output(source: Path) -> None:
    before = source.read_bytes()
    with pytest.raises(Exception, match="is the input itself"):
        zoo.sentiment_table(source, column="words", output=source)
    assert source.read_bytes() == before


def test_a_table_over_http_is_a_csv_file_or_a_record(client: TestClient, source: Path) -> None:
    files, fields = {"table": source.read_bytes()}, {"column": "words"}
    response = client.post("/v1/sentiment/table", files=files, data=fields)
    assert response.headers["content-type"].startswith("text/csv")
    assert list(csv.DictReader(response.text.splitlines()))[1]["words"] == "I hate it"
    assert response.headers["x-restriction"]
    record = client.post("/v1/sentiment/table?format=json", files=files, data=fields).json()
    assert record["rows"] == 2
    assert "path" not in record
    refused = client.post("/v1/sentiment/table", files=files)
    assert refused.status_code == 422
    assert "no column named 'text'" in refused.json()["detail"]


def test_evaluation_prints_json_alone(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    rows = {"I love it": "4", "I hate it": "0", "the bus leaves at 8": "2"}
    path.write_text("text,target\n" + "".join(f"{text},{target}\n" for text, target in rows.items()))
    (record,) = (json.loads(line) for line in shell("evaluate", "sentiment", str(path), "--json").splitlines())
    assert record.keys() == {"model", "accuracy", "ci95", "macro_recall", "n", "table"}
    assert (record["model"], record["n"]) == (DEFAULT_MODEL, 3)
    (record,) = (
        json.loads(line) for line in shell("evaluate", "sentiment", str(path), "--binary", "--json").splitlines()
    )
    polar = {text: label_of(target, "target") for text, target in rows.items() if target != "2"}
    correct = [
        zoo.sentiment(text, neutral=False).answers[0].predictions[0].label == label for text, label in polar.items()
    ]
    assert (record["accuracy"], record["n"]) == (sum(correct) / 2, 2)
    assert "--binary" in shell("evaluate", "classify", str(path), "--binary", code=2)
