"""Every operation gives the same record in Python, in the shell and over HTTP, and is documented in each."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import zoo as library
from tests.docs.remembered import remember_results
from tests.interfaces.examples import command_line, flat, inputs_and_knobs, request
from tests.interfaces.shell import command
from zoo.api.app import app
from zoo.api.parameters import formats
from zoo.core import explanations
from zoo.core.operations import Operation
from zoo.exhibits import OPERATIONS
from zoo.exhibits.models import measuring
from zoo.exhibits.style import fine_tuning

OFFLINE = [operation for operation in OPERATIONS if operation.example]
MEASURED = {"inside": b"name,kind", "inside-trace": b"\x1f\x8b"}  # files of times, which differ: how each begins


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(app)


@pytest.fixture(scope="module")
def schema(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").json())


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer samples and smaller pictures: that interfaces agree is under test, not how good results are."""
    for name, value in {"SMOOTHGRAD_SAMPLES": 2, "IG_STEPS": 4, "OCCLUSION_GRID": 5}.items():
        monkeypatch.setattr(explanations, name, value)
    for name, value in {"CROP": 64, "PHOTOGRAPH": 96, "PAINTING": 96}.items():
        monkeypatch.setattr(fine_tuning, name, value)
    for name, value in {"ROUND_SECONDS": 0.05, "WARM_UP_SECONDS": 0.02, "LOADS": 1}.items():
        monkeypatch.setattr(measuring, name, value)


def same(one: Any, other: Any) -> None:
    left, right = dict(flat(one)), dict(flat(other))
    assert left.keys() == right.keys()
    for path, value in left.items():
        assert right[path] == (pytest.approx(value, abs=2e-3, rel=1e-3) if isinstance(value, float) else value), path


@pytest.mark.parametrize("operation", OFFLINE, ids=lambda operation: operation.command)
def test_python_shell_and_http_agree(operation: Operation, client: TestClient, tmp_path: Path) -> None:
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    written = operation.file is not None and operation.file.written
    output = tmp_path / f"output{operation.file.suffix}" if operation.file else tmp_path / "none"
    extra = {"output": output} if written else {}
    result = getattr(library, operation.attribute)(**inputs, **knobs, **extra)
    in_python = operation.record(result)

    done = command(*command_line(operation, inputs, knobs, tmp_path / "shell.csv"))
    assert done.status == 0, done.err
    (line,) = done.out.splitlines()
    same(in_python, {name: value for name, value in json.loads(line).items() if name in in_python})

    response = client.post(f"/v1{operation.path}?format=json", **request(operation, inputs, knobs))
    assert response.status_code == 200, response.text
    same(in_python, response.json())


@pytest.mark.parametrize("operation", [each for each in OFFLINE if each.file], ids=lambda each: each.command)
def test_the_file_is_the_same_everywhere(
    operation: Operation, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of equal results, which the test above compares: long work is done once."""
    remember_results(monkeypatch)
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    assert operation.file is not None
    output = tmp_path / f"python{operation.file.suffix}"
    getattr(library, operation.attribute)(**inputs, **knobs, output=output)
    response = client.post(f"/v1{operation.path}?format={operation.file.format}", **request(operation, inputs, knobs))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(operation.file.mime)
    if operation.command in MEASURED:
        assert response.content.startswith(MEASURED[operation.command])
        assert output.read_bytes().startswith(MEASURED[operation.command])
    else:
        assert response.content == output.read_bytes()


@pytest.mark.parametrize("operation", [each for each in OFFLINE if each.job], ids=lambda each: each.command)
def test_a_job_streams_progress_and_its_result(operation: Operation, client: TestClient, tmp_path: Path) -> None:
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    response = client.post(f"/v1{operation.path}?format=events", **request(operation, inputs, knobs))
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in block.splitlines()) for block in response.text.strip().split("\n\n")]
    assert {event["event"] for event in events} == {"progress", "result"}
    assert events[-1]["event"] == "result"
    steps = [json.loads(event["data"])["step"] for event in events[:-1]]
    assert steps == sorted(steps)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_every_interface_documents_it(operation: Operation, schema: dict[str, Any]) -> None:
    assert operation.summary.endswith(".")
    endpoint = schema["paths"][f"/v1{operation.path}"]["post"]
    assert endpoint["summary"] == operation.summary
    assert endpoint["tags"] == [operation.exhibit]
    assert {"200", "404", "413", "422", "429", "503"} <= endpoint["responses"].keys()
    assert "$ref" in json.dumps(endpoint["responses"]["200"]["content"]["application/json"])
    help_text = " ".join(command(operation.command, "--help").out.split())
    text = json.dumps(schema)
    for name, field in operation.knobs.model_fields.items():
        assert field.description, name
        assert json.dumps(field.description)[1:-1] in text
        assert f"--{name.replace('_', '-')}" in help_text
    assert operation.summary.split()[0] in (getattr(library, operation.attribute).__doc__ or "")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_an_unknown_name_is_refused_everywhere(operation: Operation, client: TestClient, tmp_path: Path) -> None:
    inputs, _ = inputs_and_knobs(operation, tmp_path)
    output = tmp_path / f"output{operation.file.suffix if operation.file else ''}"
    with pytest.raises(Exception, match="no_such_knob"):
        getattr(library, operation.attribute)(**inputs, no_such_knob=1, output=output)
    answer = client.post(f"/v1{operation.path}", **request(operation, inputs, {"no_such_knob": 1}))
    assert answer.status_code == 422
    assert "no_such_knob" in answer.json()["detail"]
    assert command(operation.command, "--no-such-knob", "1").status == 2


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_names_of_formats_are_told(operation: Operation, client: TestClient, tmp_path: Path) -> None:
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    answer = client.post(f"/v1{operation.path}?format=exe", **request(operation, inputs, knobs))
    assert answer.status_code == 422
    assert all(name in answer.json()["detail"] for name in formats(operation))
