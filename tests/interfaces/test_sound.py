"""Sound gives the same answer in Python, on the page, in the shell and over HTTP."""

import csv
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

import zoo as library
from tests.apps import app_at, plain
from tests.interfaces.shell import ROOT, probabilities, shell
from tests.recordings import encoded, silent_film, tone
from zoo.api.app import app
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards
from zoo.core.images import decode_image
from zoo.core.sounds import decode_sound
from zoo.examples import example_path
from zoo.exhibits.sound import RATE, SoundKnobs, classify, ensemble_cards

RAIN = Path(example_path("rain"))
MODELS = [card.name for card in exhibit_cards("sound")]
MASK = {"time_mask_start": "1", "time_mask_width": "0.5", "frequency_mask_width": "20"}


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


def options(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", value)]


@pytest.mark.parametrize("form", ["ogg", "film"])
def test_library_shell_and_api_agree(form: str, client: TestClient, tmp_path: Path) -> None:
    file = RAIN
    if form == "film":
        samples = decode_sound(RAIN.read_bytes(), 44_100).samples
        file = tmp_path / "film.mp4"
        file.write_bytes(encoded(samples, 44_100, "mp4", "aac", picture="mpeg4"))
    knobs = SoundKnobs(model=MODELS, top_k=3, time_mask_start=1.0, time_mask_width=0.5, frequency_mask_width=20)
    result = classify(decode_sound(file.read_bytes(), RATE), knobs)
    expected = [
        {p.label: pytest.approx(p.probability, abs=1e-4) for p in answer.predictions} for answer in result.answers
    ]
    models = [word for name in MODELS for word in ("--model", name)]
    (line,) = shell("sound", str(file), *models, "--top-k", "3", *options(MASK), "--json").splitlines()
    fields = {"model": MODELS, "top_k": "3", **MASK}
    record = client.post("/v1/sound", files={"sound": file.read_bytes()}, data=fields).json()
    assert [probabilities(answer) for answer in json.loads(line)["answers"]] == expected
    assert [probabilities(answer) for answer in record["answers"]] == expected
    assert record["categories"] == pytest.approx(result.categories, abs=1e-4)
    assert record["ensemble"]["model"] == ENSEMBLE


def test_page_draws_the_answer_with_code_that_runs(tmp_path: Path) -> None:
    page = app_at("sound.py")
    page.query_params["example"], page.query_params["frequency_mask_width"] = "bells", "30"
    page.run()
    assert not page.exception
    assert not page.error
    result = classify(example_path("bells"), SoundKnobs(frequency_mask_width=30))
    best = result.answers[0].predictions[0]
    heading = f"{'Unsure: ' * result.answers[0].unsure}{best.label}, {best.probability:.0%}"
    assert [plain(text.value) for text in page.subheader] == [heading]
    python, command, curl = (code.value for code in page.code)
    printed = subprocess.run([sys.executable, "-c", python], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"label='{best.label}'" in printed.stdout
    shim = tmp_path / "zoo"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m zoo "$@"\n')
    shim.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(
        command, shell=True, cwd=ROOT, env=os.environ | path, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout)["answers"][0]["predictions"][0]["label"] == best.label
    assert "-F frequency_mask_width=30" in curl


def test_invalid_values_in_a_link_leave_the_defaults() -> None:
    page = app_at("sound.py")
    invalid = {"example": "unicorn", "time_mask_start": "99", "n_fft": "77", "mask_value": "cheese", "model": "x"}
    for name, value in invalid.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    assert 'zoo.sound(zoo.example("rain"))' in page.code[0].value


@pytest.mark.parametrize(
    ("data", "fields", "status"),
    [
        (b"", {}, 422),
        (b"hello", {}, 422),
        (silent_film(), {}, 422),
        (None, {"top_k": "99"}, 422),
        (None, {"mask_value": "cheese"}, 422),
        (None, {"start": "60"}, 422),
        (None, {"model": "mobilenet-v2"}, 422),
        (None, {"model": "no-such-model"}, 404),
        (encoded(np.zeros(700 * 8000, np.float32), 8000, "flac", "flac"), {}, 413),
    ],
)
def test_errors_are_sentences(client: TestClient, data: bytes | None, fields: dict[str, str], status: int) -> None:
    response = client.post("/v1/sound", files={"sound": RAIN.read_bytes() if data is None else data}, data=fields)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize("name", ["explanation", "spectrogram", "analysis"])
def test_pictures_are_equal_everywhere(client: TestClient, tmp_path: Path, name: str) -> None:
    fields = {"start": "1.5", "n_mels": "64", "hop_length": "512"} | (
        {"target": "dog"} if name == "explanation" else {}
    )
    output = tmp_path / "shell.png"
    shell(f"sound-{name}", str(RAIN), *options(fields), "--output", str(output))
    response = client.post(f"/v1/sound/{name}", files={"sound": RAIN.read_bytes()}, data=fields)
    assert response.headers["content-type"] == "image/png"
    assert response.content == output.read_bytes()
    assert decode_image(response.content).width == 960
    function = getattr(library, f"sound_{name}")
    values = {key: value if key == "target" else float(value) for key, value in fields.items()}
    assert np.array_equal(np.asarray(function(RAIN, **values).picture), np.asarray(decode_image(response.content)))


def test_a_picture_of_restricted_weights_says_so(client: TestClient) -> None:
    response = client.post("/v1/sound/explanation", files={"sound": RAIN.read_bytes()})
    assert response.headers["X-Restriction"] == "non-commercial"


def test_an_unknown_choice_is_a_sentence_with_the_choices(client: TestClient) -> None:
    response = client.post("/v1/sound/spectrogram", files={"sound": RAIN.read_bytes()}, data={"n_fft": "77"})
    assert response.status_code == 422
    assert "256, 512, 1024, 2048 or 4096" in response.json()["detail"]


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Server-sent events as (name, data)."""
    fields = [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in text.split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in fields if "event" in block]


def test_timeline_streams_its_progress_and_gives_its_events(client: TestClient, tmp_path: Path) -> None:
    rain = decode_sound(RAIN.read_bytes(), RATE).samples
    path = tmp_path / "in.flac"
    path.write_bytes(encoded(np.concatenate([rain, rain, 0 * rain, 0 * rain]), format="flac", codec="flac"))
    form = {"hop": "5", "threshold": "0.05"}
    files = {"recording": path.read_bytes()}
    streamed = events(client.post("/v1/sound/timeline?format=events", files=files, data=form).text)
    assert [name for name, _ in streamed][-1] == "result"
    assert {name for name, _ in streamed[:-1]} == {"progress"}
    result = streamed[-1][1]
    assert (result["seconds"], result["quiet_windows"]) == (20.0, 2)
    assert result["events"]
    assert client.post("/v1/sound/timeline", files=files, data=form).json()["events"] == result["events"]
    assert library.sound_timeline(path, hop=5, threshold=0.05).seconds == 20.0

    output = tmp_path / "out.csv"
    (line,) = shell("sound-timeline", str(path), *options(form), "--json", "--output", str(output)).splitlines()
    assert json.loads(line)["events"] == result["events"]
    table = client.post("/v1/sound/timeline?format=csv", files=files, data=form)
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["X-Restriction"] == "non-commercial"
    assert table.content == output.read_bytes()
    with output.open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == [event["label"] for event in result["events"]]  # type: ignore[attr-defined]


def test_timeline_of_a_file_without_a_sound_is_an_error(client: TestClient) -> None:
    files = {"recording": b"hello"}
    ((name, data),) = events(client.post("/v1/sound/timeline?format=events", files=files).text)
    assert name == "error"
    assert "not a sound" in str(data["error"])
    assert client.post("/v1/sound/timeline", files=files).status_code == 422


def test_shell_tells_errors_and_quiet_sounds(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    assert "text.wav: This is not a sound" in shell("sound", str(tmp_path / "text.wav"), code=2)
    assert "Too quiet to classify" in shell("sound", "-", stdin=encoded(np.zeros(RATE, np.float32)))
    assert "There is no file" in shell("sound-timeline", str(tmp_path / "none.wav"), code=2)


def test_shell_describes_each_result(tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(encoded(tone(6.0)))
    file = str(tmp_path / "tone.wav")
    assert "[non-commercial]" in shell("sound", file)
    assert "evidence for dog" in shell("sound-explanation", file, "--target", "dog")
    assert "128 mel bands, 313 frames, 80 dB" in shell("sound-spectrogram", file)
    assert "Fundamental frequency: 4" in shell("sound-analysis", file)
    assert "windows in 6.0 s" in shell("sound-timeline", file)


def test_evaluation_prints_a_line_a_model_and_one_for_the_average(tmp_path: Path) -> None:
    (tmp_path / "5-1-A-10.ogg").write_bytes(RAIN.read_bytes())
    records = [json.loads(line) for line in shell("evaluate", "sound", str(tmp_path), "--json").splitlines()]
    of_esc50 = [card.name for card in ensemble_cards()]  # a name has the class index of no other data set
    assert [record["model"] for record in records] == [*of_esc50, ENSEMBLE]
    assert all(record.keys() == {"model", "accuracy", "n", "recall"} for record in records)
    assert all(record["recall"].keys() == {"rain"} for record in records)


def test_a_bent_sound_is_the_same_everywhere(client: TestClient, tmp_path: Path) -> None:
    fields = {"speed": "1.5", "noise": "pink", "snr": "0", "seed": "4"}
    file = tmp_path / "bent.wav"
    (line,) = shell("sound-bend", str(RAIN), *options(fields), "--output", str(file), "--json").splitlines()
    record = client.post("/v1/sound/bend", files={"sound": RAIN.read_bytes()}, data=fields).json()
    sent = client.post("/v1/sound/bend?format=wav", files={"sound": RAIN.read_bytes()}, data=fields)
    result = library.sound_bend(RAIN, speed=1.5, noise="pink", snr=0, seed=4)
    expected = {p.label: pytest.approx(p.probability, abs=1e-4) for p in result.bent.answers[0].predictions}
    assert probabilities(json.loads(line)["bent"]["answers"][0]) == expected
    assert probabilities(record["bent"]["answers"][0]) == expected
    assert "samples" not in record
    assert sent.headers["content-type"] == "audio/wav"
    assert sent.content == file.read_bytes()


@pytest.mark.parametrize(
    "fields", [{"speed": "nan"}, {"pitch": "13"}, {"high_pass": "900", "low_pass": "200"}, {"start": "36000"}]
)
def test_what_cannot_be_bent_is_a_sentence(client: TestClient, fields: dict[str, str]) -> None:
    response = client.post("/v1/sound/bend", files={"sound": RAIN.read_bytes()}, data=fields)
    assert response.status_code == 422
    assert response.json()["detail"].endswith(".")
