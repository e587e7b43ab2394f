"""What was done to an input is told by every interface."""

import json
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import zoo as library
from tests.apps import app_at, plain
from tests.core.pictures import file_of
from tests.interfaces.console import Zoo, records
from tests.recordings import tone, wav_of_channels
from zoo.api.app import app
from zoo.core.blank_pictures import BLANK
from zoo.examples import example

CUT = file_of(example("coffee").resize((600, 400)), "JPEG")[:-30]
PHASE = wav_of_channels(tone(2.0), -tone(2.0))


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize(
    ("command", "field", "data", "words"),
    [
        ("classify", "image", CUT, "ends early"),
        ("classify", "image", file_of(Image.new("RGB", (99, 99)), "PNG"), BLANK),
        ("sound", "sound", PHASE, "opposite phase"),
        ("sound", "sound", wav_of_channels(tone(2.0))[:-30_000], "of 2.0 s it has"),
        ("sound", "sound", wav_of_channels(tone(2.0, loudness=0.0)), "Too quiet"),
        ("sound", "sound", wav_of_channels(tone(0.2)), "Only 0.2 s"),
        ("style-fast", "image", CUT, "ends early"),
        ("adversarial", "image", CUT, "ends early"),
        ("adversarial", "image", file_of(Image.new("RGB", (99, 99)), "PNG"), BLANK),
    ],
)
def test_python_shell_and_api_tell_it(
    command: str, field: str, data: bytes, words: str, client: TestClient, zoo: Zoo, tmp_path: Path
) -> None:
    path = tmp_path / "input"
    path.write_bytes(data)
    (note,) = getattr(library, command.replace("-", "_"))(path).notes
    assert words in note
    (record,) = records(zoo(command, path, "--json").out)
    assert record["notes"] == [note]
    assert f"Note: {note}" in zoo(command, path).out
    url = f"/v1/{command.replace('-', '/')}"
    assert client.post(f"{url}?format=json", files={field: data}).json()["notes"] == [note]


def test_fewer_sentences_than_asked_for_are_told(client: TestClient, zoo: Zoo) -> None:
    (note,) = library.augment("Hello").notes
    assert "no new sentence" in note
    assert f"Note: {note}" in zoo("augment", "Hello").out
    assert client.post("/v1/augment", data={"text": "Hello"}).json()["notes"] == [note]
    assert library.augment("The old film was good from its beginning to its end.", outputs=1).notes == ()


def test_a_file_carries_the_notes_in_a_header(client: TestClient) -> None:
    response = client.post("/v1/classify/heat-map", files={"image": CUT})
    assert response.headers["content-type"] == "image/png"
    assert "ends early" in response.headers["X-Notes"]
    whole = client.post("/v1/classify/heat-map", files={"image": file_of(example("coffee"), "JPEG")})
    assert "X-Notes" not in whole.headers


def uploaded(name: str, kind: str, data: bytes) -> AppTest:
    page = app_at(f"{name}.py").run()
    next(field for field in page.file_uploader if str(field.key).startswith(kind)).set_value(("input", data, ""))
    page.run()
    assert not page.exception
    return page


def test_pages_tell_it_once() -> None:
    captions = [caption.value for caption in uploaded("classify", "picture-upload", CUT).caption]
    assert len([caption for caption in captions if "ends early" in caption]) == 1
    captions = [caption.value for caption in uploaded("sound", "recording-upload", PHASE).caption]
    assert len([caption for caption in captions if "opposite phase" in caption]) == 1


def test_a_blank_picture_has_no_bars() -> None:
    page = uploaded("classify", "picture-upload", file_of(Image.new("RGB", (99, 99)), "PNG"))
    assert [info.value for info in page.info if plain(info.value) == BLANK]
    assert not [markdown for markdown in page.markdown if plain(markdown.value).startswith("**mobilenet-v2** ·")]
    assert json.dumps(page.session_state["picture"].text)
