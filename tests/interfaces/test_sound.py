"""Sound's four doors give the same answer to the same recording."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, probabilities, shell
from tests.recordings import encoded, silent_film
from zoo.api import app
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards
from zoo.core.sounds import decode_sound
from zoo.examples import example_path
from zoo.exhibits.sound import RATE, SoundKnobs, sound

RAIN = Path(example_path("rain"))
MODELS = [card.name for card in exhibit_cards("sound")]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize("form", ["ogg", "film"])
def test_library_command_line_and_api_agree(form: str, client: TestClient, tmp_path: Path) -> None:
    file = RAIN
    if form == "film":
        samples = decode_sound(RAIN.read_bytes(), 44_100).samples
        file = tmp_path / "film.mp4"
        file.write_bytes(encoded(samples, 44_100, "mp4", "aac", picture="mpeg4"))
    knobs = SoundKnobs(model=MODELS, top_k=3, hide_from=1.0, hide_seconds=0.5, hide_bands=20)
    heard = sound(decode_sound(file.read_bytes(), RATE), knobs)
    library = [
        {p.label: pytest.approx(p.probability, abs=1e-4) for p in answer.predictions} for answer in heard.answers
    ]
    options = ["--top-k", "3", "--hide-from", "1", "--hide-seconds", "0.5", "--hide-bands", "20"]
    models = [word for name in MODELS for word in ("--model", name)]
    (line,) = shell("sound", str(file), *models, *options, "--json").splitlines()
    fields = {"model": MODELS, "top_k": "3", "hide_from": "1", "hide_seconds": "0.5", "hide_bands": "20"}
    web = client.post("/v1/sound", files={"sound": file.read_bytes()}, data=fields).json()
    assert [probabilities(answer) for answer in json.loads(line)["answers"]] == library
    assert [probabilities(answer) for answer in web["answers"]] == library
    assert web["families"] == pytest.approx(heard.families, abs=1e-4)
    assert web["ensemble"]["model"] == ENSEMBLE


def test_page_draws_the_answer_with_code_that_runs() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "sound.py"), default_timeout=120)
    page.query_params["example"], page.query_params["hide_bands"] = "bells", "30"
    page.run()
    assert not page.exception
    assert not page.error
    heard = sound(decode_sound(Path(example_path("bells")).read_bytes(), RATE), SoundKnobs(hide_bands=30))
    best = heard.answers[0].predictions[0]
    assert f"#### {best.label}, {best.probability:.0%}" in [text.value for text in page.markdown]
    python, command, curl = (code.value for code in page.code)
    printed = subprocess.run([sys.executable, "-c", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines()[0] == f"{best.probability:.1%} {best.label}"
    ran = subprocess.run(
        command.replace("python", sys.executable), shell=True, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout)["answers"][0]["predictions"][0]["label"] == best.label
    assert "-F hide_bands=30" in curl


def test_nonsense_in_a_link_leaves_the_defaults() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "sound.py"), default_timeout=120)
    for name, value in {"example": "unicorn", "hide_from": "99", "fft": "77", "fill": "cheese", "model": "x"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    assert "SoundKnobs()" in page.code[0].value


@pytest.mark.parametrize(
    ("data", "fields", "status"),
    [
        (b"", {}, 422),
        (b"hello", {}, 422),
        (silent_film(), {}, 422),
        (None, {"top_k": "99"}, 422),
        (None, {"fill": "cheese"}, 422),
        (None, {"start": "60"}, 422),
        (None, {"model": "mobilenet-v2"}, 422),
        (None, {"model": "no-such-model"}, 404),
        (encoded(np.zeros(700 * 8000, np.float32), 8000, "flac", "flac"), {}, 413),
    ],
)
def test_errors_are_sentences(client: TestClient, data: bytes | None, fields: dict[str, str], status: int) -> None:
    response = client.post("/v1/sound", files={"sound": RAIN.read_bytes() if data is None else data}, data=fields)
    assert response.status_code == status
    assert response.json().keys() == {"error"}
    assert response.json()["error"].endswith(".")


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Server-sent events as (name, data)."""
    fields = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in text.split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in fields if "event" in block]


def test_timeline_streams_its_progress_and_its_events(client: TestClient, tmp_path: Path) -> None:
    rain = decode_sound(RAIN.read_bytes(), RATE).samples
    data = encoded(np.concatenate([rain, rain, 0 * rain, 0 * rain]), format="flac", codec="flac")
    form = {"every": "5", "at_least": "0.3"}
    told = events(client.post("/v1/sound/timeline", files={"sound": data}, data=form).text)
    assert [name for name, _ in told][-1] == "result"
    assert {name for name, _ in told[:-1]} == {"progress"}
    result = told[-1][1]
    assert (result["seconds"], result["quiet"]) == (20.0, 2)
    assert [event["label"] for event in result["events"]] == ["rain"]  # type: ignore[attr-defined]

    (tmp_path / "in.flac").write_bytes(data)
    arguments = ["sound-timeline", str(tmp_path / "in.flac"), "--every", "5", "--at-least", "0.3", "--json"]
    (line,) = shell(*arguments, "--csv", str(tmp_path / "out.csv")).splitlines()
    assert [json.loads(line)] == result["events"]
    with (tmp_path / "out.csv").open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["rain"]


def test_timeline_of_no_recording_is_an_event_with_a_sentence(client: TestClient) -> None:
    ((name, data),) = events(client.post("/v1/sound/timeline", files={"sound": b"hello"}).text)
    assert name == "error"
    assert "not a sound" in str(data["error"])


def test_command_line_says_what_is_wrong_and_what_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    assert "text.wav: This is not a sound" in shell("sound", str(tmp_path / "text.wav"), code=2)
    assert "Too quiet to tell" in shell("sound", "-", stdin=encoded(np.zeros(RATE, np.float32)))
    assert "There is no file" in shell("sound-timeline", str(tmp_path / "none.wav"), code=2)


def test_evaluation_prints_a_line_a_model_and_one_for_all(tmp_path: Path) -> None:
    (tmp_path / "5-1-A-10.ogg").write_bytes(RAIN.read_bytes())
    records = [json.loads(line) for line in shell("evaluate", "sound", str(tmp_path), "--json").splitlines()]
    assert [record["model"] for record in records] == [*MODELS, ENSEMBLE]
    assert all(record.keys() == {"model", "accuracy", "n", "recall"} for record in records)
    assert all(record["recall"].keys() == {"rain"} for record in records)
