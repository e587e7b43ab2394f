"""A user's own models: only the one who made them lists and removes them, in every interface."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from starlette.testclient import TestClient

import zoo as library
from tests.interfaces.console import Zoo, assert_told, records
from tests.interfaces.examples import inputs_and_knobs, request
from tests.interfaces.web import detail_of
from tests.own_cards import FRONT
from zoo.api.app import app
from zoo.api.own import HEADER, owner_of
from zoo.api.parameters import formats
from zoo.core import user_models
from zoo.core.errors import NotFoundError
from zoo.core.operations import Operation
from zoo.core.runtime import Runtime
from zoo.exhibits import OPERATIONS

SECRET, OTHER = "a-secret-of-one-client", "a-secret-of-another-client"
CONFIG = {"exhibit": "style", "title": "Mine", "architecture": {"kind": "stylenet", "n_styles": 1}}
CREATING = [operation for operation in OPERATIONS if operation.creates_model]


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def saved(owner: str = user_models.LOCAL_OWNER) -> str:
    return user_models.save(CONFIG, {"x": torch.ones(2, 3)}, FRONT, "# Mine", owner).name


def listed(client: TestClient, token: str) -> list[str]:
    return [card["name"] for card in client.get("/v1/own", headers={HEADER: token}).json()]


def test_a_client_lists_and_removes_its_own_models_alone(client: TestClient) -> None:
    mine, others = [saved(owner_of(SECRET)) for _ in range(2)], saved(owner_of(OTHER))
    assert sorted(listed(client, SECRET)) == sorted(mine)
    assert client.delete(f"/v1/{mine[0]}", headers={HEADER: SECRET}).status_code == 204
    assert listed(client, SECRET) == mine[1:]
    refused = [client.delete(f"/v1/{name}", headers={HEADER: SECRET}) for name in (others, mine[0])]
    for answer, name in zip(refused, (others, mine[0]), strict=True):
        assert detail_of(answer, 404).replace(name, "") == detail_of(refused[0], 404).replace(others, "")
    assert listed(client, OTHER) == [others]


@pytest.mark.parametrize("token", [None, "", "short", "x" * 129, "local", "http:a-secret-of-one-client"])
def test_without_the_secret_nothing_is_listed_or_removed(client: TestClient, token: str | None) -> None:
    names = [saved(), saved(owner_of(SECRET))]
    headers = {} if token is None else {HEADER: token}
    answer = client.get("/v1/own", headers=headers)
    assert answer.status_code == 422 or answer.json() == []
    for name in names:
        assert client.delete(f"/v1/{name}", headers=headers).status_code in (404, 422)
        assert user_models.card(name.removeprefix("own/")).name == name


def test_the_directory_holds_no_secret(directory: Path) -> None:
    saved(owner_of(SECRET))
    assert not any(SECRET.encode() in path.read_bytes() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("operation", "format", "token"),
    [
        # Every format with a secret that the server gives, and one with a secret of the client's own.
        *((operation, format, None) for operation in CREATING for format in formats(operation)),
        *((operation, formats(operation)[0], SECRET) for operation in CREATING),
    ],
    ids=lambda value: (
        value.command if isinstance(value, Operation) else {None: "given", SECRET: "chosen"}.get(value, value)
    ),
)
def test_a_model_belongs_to_the_token_of_its_request(
    client: TestClient, tmp_path: Path, operation: Operation, token: str | None, format: str
) -> None:
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    headers = {} if token is None else {HEADER: token}
    path = f"/v1{operation.path}?format={format}"
    answer = client.post(path, headers=headers, **request(operation, inputs, knobs))
    assert answer.status_code == 200
    returned = answer.headers[HEADER]
    assert token in (None, returned)
    (name,) = listed(client, returned)
    assert name in answer.text
    assert client.delete(f"/v1/{name}", headers={HEADER: returned}).status_code == 204
    assert client.get(f"/v1/models/{name}").status_code == 404


def test_an_easy_secret_is_refused_before_the_work(client: TestClient, tmp_path: Path) -> None:
    operation = CREATING[0]
    answer = client.post(
        f"/v1{operation.path}", headers={HEADER: "abc"}, **request(operation, *inputs_and_knobs(operation, tmp_path))
    )
    assert "16 to 128" in detail_of(answer, 422)


def test_python_and_shell_list_and_remove_what_was_made_there(zoo: Zoo) -> None:
    mine, others = [saved() for _ in range(3)], saved(owner_of(SECRET))
    assert sorted(card.name for card in library.own_models()) == sorted(mine)
    assert sorted(str(card["name"]) for card in records(zoo("own", "list", "--json").out)) == sorted(mine)
    assert mine[0] in zoo("own", "list").out
    assert zoo("own", "remove", mine[0]).status == 0
    library.remove_own_model(mine[1])
    assert [card.name for card in library.own_models()] == mine[2:]
    assert_told(zoo("own", "remove", others), others)
    with pytest.raises(NotFoundError):
        library.remove_own_model(others)


def test_one_address_has_a_limit_whatever_tokens_it_sends(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_MODELS_PER_ADDRESS", "1")
    operation = CREATING[0]
    post = partial(client.post, f"/v1{operation.path}?format=json")
    arguments = request(operation, *inputs_and_knobs(operation, tmp_path))
    first = post(headers={"X-Forwarded-For": "192.0.2.1"}, **arguments)
    assert first.status_code == 200
    arguments = request(operation, *inputs_and_knobs(operation, tmp_path))
    answer = post(headers={"X-Forwarded-For": "192.0.2.2", HEADER: OTHER}, **arguments)  # believed of no client
    assert "network address" in detail_of(answer, 429)


def test_a_damaged_model_is_listed_as_unavailable(client: TestClient, directory: Path, zoo: Zoo) -> None:
    for owner in (owner_of(SECRET), user_models.LOCAL_OWNER):
        name = saved(owner)
        (directory / name.removeprefix("own/") / "config.json").write_text("{")
    (card,) = client.get("/v1/own", headers={HEADER: SECRET}).json()
    assert "config.json" in card["unavailable"]
    assert "config.json" in detail_of(client.get(f"/v1/models/{card['name']}"), 503)
    printed = zoo("own", "list").out
    assert "unavailable" in printed
    assert client.delete(f"/v1/{card['name']}", headers={HEADER: SECRET}).status_code == 204
    assert zoo("own", "remove", printed.split()[0]).status == 0
    assert zoo("own", "list").out == ""


def test_the_statistics_name_no_user_model() -> None:
    with Runtime(lambda name: torch.nn.Linear(1, 1), device="cpu", budget_bytes=10**9) as runtime:
        runtime.load("own/0123456789abcdef", "own/fedcba9876543210", "resnet-18")
        models = runtime.stats().models
    assert models == {"own": 16, "resnet-18": 8}
    assert "0123456789abcdef" not in json.dumps(dict(models))
