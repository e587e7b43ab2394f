"""What a request may carry: forms and JSON, all text as UTF-8, each field once, and files where files belong."""

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.interfaces.web import PNG, detail_of, upload
from zoo.api.app import app
from zoo.api.forms import JSON, URLENCODED, MalformedBody, json_fields, urlencoded_fields
from zoo.exhibits import OPERATIONS
from zoo.renamed import FIELDS

FEW = settings(max_examples=200, deadline=None)
TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def sent(body: str | bytes, mime: str = URLENCODED) -> dict[str, Any]:
    return {"content": body.encode() if isinstance(body, str) else body, "headers": {"content-type": mime}}


# UTF-8


@FEW
@given(TEXT)
def test_a_form_is_utf_8_with_or_without_percent_signs(text: str) -> None:
    assert urlencoded_fields(b"text=" + quote(text).encode()) == [("text", text)]
    # As curl -d sends it: what separates fields, and what stands for something else, is encoded, and nothing more.
    raw = "".join(quote(character) if character in "&=+%" else character for character in text)
    assert urlencoded_fields(b"text=" + raw.encode()) == [("text", text)]


@given(st.binary())
@FEW
def test_any_body_is_fields_or_a_sentence(body: bytes) -> None:
    for read in (urlencoded_fields, json_fields):
        with contextlib.suppress(MalformedBody):
            for name, value in read(body):
                assert isinstance(value, str)
                assert (name + value).encode() is not None


@pytest.mark.parametrize("mime", [URLENCODED, "APPLICATION/X-WWW-FORM-URLENCODED; charset=iso-8859-1"])
def test_a_raw_accent_arrives(client: TestClient, mime: str) -> None:
    assert client.post("/v1/sentiment", **sent("text=Öl für 3 €", mime)).json()["text"] == "Öl für 3 €"


def test_what_is_not_utf_8_is_refused_and_not_guessed(client: TestClient) -> None:
    latin = "text=Öl".encode("latin-1")
    assert detail_of(client.post("/v1/sentiment", **sent(latin)), 422) == "text is not UTF-8: send all text as UTF-8."
    part = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xd6l\r\n--b--\r\n'
    answer = client.post("/v1/sentiment", **sent(part, "multipart/form-data; boundary=b"))
    assert "not UTF-8" in detail_of(answer, 422)
    assert "not UTF-8" in detail_of(client.post("/v1/sentiment", **sent(b'{"text": "\xd6l"}', JSON)), 422)


@pytest.mark.parametrize("body", [lambda text: f"text={quote(text)}", lambda text: json.dumps({"text": text})])
def test_a_text_within_the_limit_fits_however_it_is_encoded(client: TestClient, body: Any) -> None:
    operation = next(each for each in OPERATIONS if each.command == "sentiment-words")
    (kind,) = operation.inputs
    content = body("\U0001f600" * kind.max_characters)
    answer = client.post("/v1/sentiment", **sent(content, JSON if content.startswith("{") else URLENCODED))
    assert answer.status_code == 200 or "characters" in detail_of(answer, 413)


# JSON


def test_json_gives_what_a_form_gives(client: TestClient) -> None:
    fields = {"text": "A fine day, isn't it?", "neutral": False, "model": ["tweet-lstm"]}
    as_json = client.post("/v1/sentiment", json=fields).json()
    as_form = client.post("/v1/sentiment", data=fields | {"neutral": "false"}).json()
    assert as_json["answers"][0]["predictions"] == as_form["answers"][0]["predictions"]
    assert len(as_json["answers"][0]["predictions"]) == 2


@given(st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT))
@FEW
def test_a_member_is_a_field(record: dict[str, Any]) -> None:
    if any(value in (float("inf"), float("-inf")) for value in record.values() if isinstance(value, float)):
        return
    given = [(name, value) for name, value in record.items() if value is not None]
    fields = json_fields(json.dumps(record).encode())
    assert [name for name, _ in fields] == [name for name, _ in given]
    for (_, field), (_, value) in zip(fields, given, strict=True):
        assert field == value if isinstance(value, str) else json.loads(str(field)) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ('{"text": NaN}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"text": ' + "9" * 5000 + "}", "not valid JSON"),
        ('"text"', "no object"),
        ("[1]", "no object"),
        ('{"text": {"a": 1}}', "nested"),
        ('{"model": [["tweet-lstm"]], "text": "a"}', "nested"),
        (r'{"text": "\ud800"}', "surrogate"),
        ('{"text": ["a", "b"]}', "text is given 2 times: give it once."),
        ('{"text": "a", "text": "b"}', "text is given 2 times: give it once."),
        ('{"txt": "a"}', "There is no field txt: did you mean text?"),
        ('{"text": null}', "text is missing"),
        ('{"text": "a", "neutral": 7}', "neutral: "),
    ],
)
def test_json_that_cannot_be_used_is_a_sentence(client: TestClient, body: str, expected: str) -> None:
    assert expected in detail_of(client.post("/v1/sentiment", **sent(body, JSON)), 422)


def test_json_infinity_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/generate", **sent('{"text": "a", "temperature": 1e999}', JSON))
    assert "temperature: input should be a finite number." in detail_of(answer, 422)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_the_schema_names_each_encoding_that_is_read(client: TestClient, operation: Any) -> None:
    route = client.get("/openapi.json").json()["paths"][f"/v1{operation.path}"]["post"]
    if not operation.inputs and not operation.knobs.model_fields:
        assert "requestBody" not in route
        return
    body = route["requestBody"]["content"]
    texts = all(kind.kind == "text" for kind in operation.inputs)
    assert body.keys() == ({URLENCODED, JSON} if texts else {"multipart/form-data"})
    assert len({content["schema"]["$ref"] for content in body.values()}) == 1


# Fields


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ("/v1/classify", {"data": {"image": "picture.jpg"}}, "-F image=@picture.jpg"),
        ("/v1/classify", {}, "image is missing: send a form with the file after an @, as in -F image=@picture.jpg."),
        ("/v1/sound", {"data": {"sound": "a.wav"}}, "-F sound=@sound.wav"),
        ("/v1/sentiment/table", {"data": {"table": "a.csv"}}, "-F table=@table.csv"),
        ("/v1/generate/fine-tune", {"data": {"document": "a.txt"}}, "-F document=@document.txt"),
        ("/v1/style", {"files": upload(), "data": {"paintings": "a.png"}}, "-F paintings=@picture.jpg"),
        ("/v1/sentiment", {"files": {"text": ("a.txt", b"good")}}, "text is a text, not a file"),
        ("/v1/sentiment", {}, "text is missing"),
        ("/v1/classify", {"files": upload(), "data": {"top_k": ["1", "2"]}}, "top_k is given 2 times"),
        ("/v1/adversarial", {"files": upload(), "data": {"eps": "16"}}, "There is no field eps: did you mean epsilon?"),
        ("/v1/classify", {"files": upload(), "data": {"zzz": "1"}}, "there is image, model, top_k."),
        ("/v1/sound", {"data": {"hide_from": "1"}}, "it is called time_mask_start."),
    ],
)
def test_a_field_that_would_be_ignored_or_misread_is_refused(
    client: TestClient, path: str, given: dict[str, Any], expected: str
) -> None:
    detail = detail_of(client.post(path, **given), 422)
    assert expected in detail
    assert "<class" not in detail


def test_json_without_its_header_is_recognized(client: TestClient) -> None:
    assert "Content-Type: application/json" in detail_of(client.post("/v1/sentiment", **sent('{"text": "a"}')), 422)


@pytest.mark.parametrize("mime", ["image/png", "text/plain", "application/octet-stream"])
def test_a_body_that_is_no_form_is_refused_with_what_is_read(client: TestClient, mime: str) -> None:
    assert "-F image=@picture.jpg" in detail_of(client.post("/v1/classify", **sent(PNG, mime)), 415)


def test_one_of_several_files_is_named(client: TestClient) -> None:
    files = [("image", PNG), ("paintings", ("good.png", PNG)), ("paintings", ("bad.png", b"no picture"))]
    assert "file 2 (bad.png)" in detail_of(client.post("/v1/style", files=files), 422)


@pytest.mark.parametrize("size", [1, 10_000, 2_000_000])
def test_a_body_of_noise_is_a_problem(client: TestClient, size: int) -> None:
    for mime in (URLENCODED, JSON, "multipart/form-data; boundary=b", "multipart/form-data"):
        answer = client.post("/v1/sentiment", **sent(os.urandom(size), mime))
        assert len(detail_of(answer, answer.status_code)) < 2000
        assert 400 <= answer.status_code < 500


# Parameters of the address


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/models?exibit=sound", "did you mean exhibit?"),
        ("GET", "/v1/models?exhibit=sound&exhibit=style", "exhibit is given more than once"),
        ("GET", "/v1/stats?x=1", "There is no parameter x: leave it out."),
        ("GET", "/v1/models/resnet-18?exhibit=a", "There is no parameter exhibit"),
        ("POST", "/v1/sentiment?fromat=json", "did you mean format?"),
        ("POST", "/v1/sentiment?neutral=false", "Fields of the form belong into the body."),
    ],
)
def test_an_unknown_parameter_is_refused(client: TestClient, method: str, path: str, expected: str) -> None:
    data = {"data": {"text": "good"}} if method == "POST" else {}
    assert expected in detail_of(client.request(method, path, **data), 422)


@pytest.mark.parametrize("command", FIELDS)
def test_old_fields_have_a_new_name_that_exists(command: str) -> None:
    operation = next(each for each in OPERATIONS if each.command == command)
    known = {kind.name for kind in operation.inputs} | operation.knobs.model_fields.keys()
    assert set(FIELDS[command].values()) <= known
    assert not FIELDS[command].keys() & known
