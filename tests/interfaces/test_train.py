"""Train in the shell, in Python and over HTTP: local names, evaluation, sentences, and classify-image."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient

import zoo as library
from tests.exhibits.training_shapes import folder_of_shapes, png, shape
from tests.interfaces.console import Zoo, assert_told
from zoo.api.app import app
from zoo.core import local_names, user_models
from zoo.core.errors import InputError, NotFoundError

QUICK = ["--epochs", "8", "--size", "96"]


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of_shapes(tmp_path / "shapes")


def test_a_model_has_the_name_that_it_was_given(zoo: Zoo, folder: Path, tmp_path: Path) -> None:
    done = zoo("train", str(folder), "--out", "shapes", "--seed", "1", *QUICK, "--json")
    assert done.status == 0, done.err
    record = json.loads(done.out)
    assert record["title"] == "shapes"
    assert record["classes"] == ["circle", "square"]
    assert 0 <= record["accuracy"] <= 1
    assert record["seconds"] > 0
    assert local_names.resolve("shapes") == record["model"]
    (line,) = zoo("own", "list").out.splitlines()
    assert line.startswith(record["model"])
    assert line.endswith("--model shapes")
    evaluated = json.loads(zoo("evaluate", "classify", str(folder), "--model", "shapes", "--json").out)
    assert evaluated["model"] == record["model"]
    assert evaluated["n"] == 24
    assert evaluated["top1"] > 0.6
    picture = tmp_path / "picture.png"
    picture.write_bytes(png(shape("circle", 99)))
    answer = json.loads(zoo("classify", str(picture), "--model", "shapes", "--json").out)["answers"][0]
    assert answer["model"] == record["model"]
    for operation in (library.classify_heat_map, library.classify_explanations):
        assert operation(str(picture), model="shapes").label in ("circle", "square")
    attacked = library.adversarial(str(picture), model="shapes", steps=2)
    assert attacked is not None
    assert library.load("shapes")(torch.zeros(1, 3, 96, 96)).shape == (1, 2)
    # Over HTTP the random name counts alone.
    client = TestClient(app)
    files = {"image": png(shape("circle", 99))}
    assert client.post("/1.0/classify-image", files=files, data={"model": "shapes"}).status_code == 404
    named = client.post("/1.0/classify-image", files=files, data={"model": record["model"]})
    assert named.json() == {"result": answer["predictions"][0]["label"]}
    assert client.post("/v1/classify", files=files, data={"model": "shapes"}).status_code == 404
    assert client.post("/v1/classify", files=files, data={"model": record["model"]}).status_code == 200
    user_models.remove(record["model"])
    with pytest.raises(NotFoundError, match="shapes"):
        local_names.resolve("shapes")


def test_classify_image_takes_the_bundled_model_and_refuses_what_is_no_picture() -> None:
    client = TestClient(app)
    answered = client.post("/1.0/classify-image", files={"image": Path(library.example("coffee")).read_bytes()})
    assert answered.json() == {"result": "espresso"}
    refused = client.post("/1.0/classify-image", files={"image": b"no picture"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.post("/1.0/classify-image").status_code == 422


@pytest.mark.parametrize("name", ["", "a b", "../up", "own/0123456789abcdef", "mobilenet-v2", "x" * 61])
def test_names_that_cannot_be_given(name: str) -> None:
    with pytest.raises(InputError):
        local_names.check_name(name)


def test_a_name_that_cannot_be_given_is_refused_before_the_work(zoo: Zoo, folder: Path) -> None:
    done = zoo("train", str(folder), "--out", "resnet-18")
    assert_told(done, "bundled model")
    assert user_models.owned() == ()


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "no picture"),
        ({"circle": 4}, "one class alone"),
        ({"circle": 1, "square": 1}, "one picture to train on"),
        ({"circle": 4, "square": 2}, "two pictures to train on"),
    ],
    ids=["none", "one class", "one picture a class", "two pictures of a class"],
)
def test_too_little_is_one_sentence(zoo: Zoo, tmp_path: Path, counts: dict[str, int], sentence: str) -> None:
    folder = tmp_path / "little"
    folder.mkdir()
    for kind, count in counts.items():
        (folder / kind).mkdir()
        for number in range(count):
            (folder / kind / f"{number}.png").write_bytes(png(shape(kind, number)))
    done = zoo("train", str(folder))
    assert done.status == 2
    assert sentence in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.parametrize("count", [3, 4])
def test_the_least_that_is_asked_for_is_enough(zoo: Zoo, tmp_path: Path, count: int) -> None:
    for kind in ("circle", "square"):
        (tmp_path / "few" / kind).mkdir(parents=True)
        for number in range(count):
            (tmp_path / "few" / kind / f"{number}.png").write_bytes(png(shape(kind, number)))
    assert zoo("train", str(tmp_path / "few"), *QUICK).status == 0


def test_an_archive_in_an_archive_is_told(zoo: Zoo, tmp_path: Path, folder: Path) -> None:
    shutil.make_archive(str(tmp_path / "outer" / "inner"), "zip", folder)
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "outer")
    assert_told(zoo("train", packed), "inner.zip", "archive within the archive")


def test_python_gives_names_as_the_shell_does(folder: Path) -> None:
    result = library.train(str(folder), out="figures", epochs=4, size=64)
    assert result.title == "figures"
    assert local_names.resolve("figures") == result.model
    titled = library.train(str(folder), out="figures", title="Round and square", epochs=4, size=64)
    assert (titled.title, local_names.resolve("figures")) == ("Round and square", titled.model)


def test_over_http_a_zip_is_trained_on_and_the_model_belongs_to_the_token(folder: Path, tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    client, token = TestClient(app), {"Owner-Token": "a secret of sixteen characters"}
    form = {"epochs": "4", "size": "64"}
    answered = client.post("/v1/train", files={"archive": packed.read_bytes()}, data=form, headers=token)
    assert answered.status_code == 200, answered.text
    model = answered.json()["model"]
    assert [card["name"] for card in client.get("/v1/own", headers=token).json()] == [model]
    assert client.get("/v1/own", headers={"Owner-Token": "another secret of some length"}).json() == []
    assert client.post("/v1/train", files={"archive": packed.read_bytes()}, data={"out": "mine"}).status_code == 422
