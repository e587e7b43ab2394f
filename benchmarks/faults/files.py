"""Files that are not what they were: of bundled models, downloads and the clock of user models."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.disks import works
from benchmarks.faults.processes import ROOT, sentence, server, told, zoo
from tests.hub_server import HubServer, publish
from tests.tiny_models import write_vit
from zoo.examples import example_path

PARTS = ("zoo", "assets", "pages", ".streamlit")
DAY = 86_400


def copied_checkout(folder: Path) -> Path:
    """The app in a folder of its own; unchanged files are links."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, copy_function=os.link, dirs_exist_ok=True)
    shutil.copy(ROOT / "app.py", folder)
    return folder


def change(path: Path, content: bytes) -> None:
    path.unlink()  # a link: the original stays
    path.write_bytes(content)


def damaged_models(folder: Path) -> list[tuple[str, str]]:
    root = copied_checkout(folder / "checkout")
    weights = root / "assets/models/tweet-lstm/model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    change(weights, bytes(content))
    change(root / "assets/models/cifar10-resnet-robust/config.json", b"{")
    with server(folder / "run", root=root) as started:
        listed = {card["name"]: card["unavailable"] for card in started.get("/api/v1/models").json()}
        picture = Path(example_path("coffee")).read_bytes()
        reached = started.post("sentiment", data={"text": "A good day."})
        return [
            ("list of models", f"cifar10-resnet-robust: unavailable: {listed['cifar10-resnet-robust']}"),
            ("one flipped byte of weights", sentence(reached, 503)),
            ("another model", works(started.post("classify", files={"image": ("c.jpg", picture)}))),
            ("a page", works(started.get("/"))),
        ]


@contextmanager
def hub(folder: Path) -> Iterator[HubServer]:
    """A hub on this machine with one small model."""
    write_vit(folder / "repository")
    with HubServer() as running:
        publish(running, folder / "repository", pipeline_tag="image-classification")
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def downloads(folder: Path) -> list[tuple[str, str]]:
    """From a hub of this machine: a login page, half a file, then all of it, then a damaged copy in the cache."""
    with hub(folder) as running:
        run = ("classify", example_path("coffee"), "--model", "hub/owner/tiny")
        settings = {"HF_ENDPOINT": running.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        running.login_page = b"<!DOCTYPE html><title>Log in</title>"
        login = told(zoo(folder / "run", *run, **settings))
        running.login_page, running.cut = b"", 10_000
        half = told(zoo(folder / "run", *run, **settings))
        running.cut = 0
        answers(zoo(folder / "run", *run, **settings))
        (config,) = (folder / "run/cache/hub").glob("models--owner--tiny/snapshots/*/config.json")
        config.resolve().write_bytes(b"<html>")
        answers(zoo(folder / "run", *run, **settings))
        assert json.loads(config.read_bytes())
        assert list(config.parents[2].glob("blobs/*.damaged"))
    return [
        ("a login page with status 200", login.replace(running.url.partition("://")[2], "HUB")),
        ("half of a file", half.replace(running.url.partition("://")[2], "HUB")),
        ("the same again, with a network", "exit 0: an answer"),
        ("a damaged configuration in the cache", "exit 0: an answer; the damaged file is set aside, named in the log"),
    ]


def answers(done: object) -> None:
    assert getattr(done, "returncode", 1) == 0, getattr(done, "stderr", "")[-600:]


def no_network(folder: Path) -> list[tuple[str, str]]:
    picture = example_path("coffee")
    run = ("classify", picture, "--model")
    return [
        ("a model of torchvision", told(zoo(folder, *run, "torchvision/squeezenet1_1"))),
        ("a model of the hub", told(zoo(folder, *run, "hub/owner/name"))),
        ("with ZOO_OFFLINE", told(zoo(folder, *run, "torchvision/squeezenet1_1", ZOO_OFFLINE="1"))),
        ("with ZOO_DOWNLOAD_GB=0", told(zoo(folder, *run, "torchvision/squeezenet1_1", ZOO_DOWNLOAD_GB="0"))),
    ]


def clock_set_back(folder: Path) -> list[tuple[str, str]]:
    """The recorded time is moved ahead, which is what a clock set back looks like."""
    picture = example_path("ink")
    answers(zoo(folder, "style-learn", picture, "--steps", "20", "--title", "Faults"))
    clock = folder / "data/models/.clock"
    record = json.loads(clock.read_text())
    clock.write_text(json.dumps(record | {"wall": time.time() + 400 * DAY}))
    assert "Faults" in zoo(folder, "own", "list").stdout
    record = json.loads(clock.read_text())
    clock.write_text(json.dumps(record | {"passed": record["passed"] + 14 * DAY + 1}))
    assert zoo(folder, "own", "list").stdout == ""
    return [
        ("the clock set back by 400 days", "the model is listed as before"),
        ("two weeks of running later", "it has expired"),
    ]
