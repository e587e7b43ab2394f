"""A classifier's folder is brought back, and nothing in a hostile one is believed."""

import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from tests.exported import picture, save_model
from zoo.core import user_models
from zoo.core.cards import find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import ImportKnobs, import_model
from zoo.exhibits.train.exports import importing

RESNET = {"kind": "resnet-18", "num_classes": 3}
Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def files_of(name: str) -> Files:
    with zipfile.ZipFile(io.BytesIO(user_models.archive(name))) as archive:
        return {Path(each).name: archive.read(each) for each in archive.namelist()}


def packed(files: Files, path: Path, folder: str = "model/") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{folder}{name}", content)
    return path


@pytest.mark.parametrize("kind", ["zip", "tar", "folder"])
@pytest.mark.parametrize("architecture", [RESNET, {"kind": "two-branch-mobilenet-v2", "num_classes": 3}])
def test_a_model_that_is_brought_back_answers_as_before(
    kind: str, architecture: dict[str, Any], tmp_path: Path
) -> None:
    card = save_model(architecture)
    path, files = tmp_path / "brought", files_of(card.name)
    if kind == "zip":
        path.write_bytes(user_models.archive(card.name))
    elif kind == "tar":
        with tarfile.open(path, "w:gz") as archive:
            archive.add(user_models.directory() / card.name.partition("/")[2], "model")
    else:
        path.mkdir()
        for name, content in files.items():
            (path / name).write_bytes(content)
    again = import_model(str(path))
    assert again.name != card.name
    assert (again.title, again.restriction, again.licence) == (card.title, card.restriction, card.licence)
    assert again.classes == card.classes
    assert user_models.is_owned(again.name)
    image = [picture(300, 200)]
    np.testing.assert_array_equal(probabilities(again.name, image), probabilities(card.name, image))


def test_a_new_title_and_an_owner(tmp_path: Path) -> None:
    path = packed(files_of(save_model(RESNET).name), tmp_path / "m.zip")
    again = import_model(path, ImportKnobs(title="Another"), owner="http:someone")
    assert again.title == "Another"
    assert user_models.is_owned(again.name, "http:someone")
    assert not user_models.is_owned(again.name)


def test_other_files_are_ignored_and_none_is_kept(tmp_path: Path) -> None:
    files = files_of(save_model(RESNET).name)
    files |= {"model.pkl": pickle.dumps({}), "run.py": b"raise SystemExit", "SHA256SUMS": b"0  nothing"}
    again = import_model(packed(files, tmp_path / "m.zip"))
    folder = find_card(again.name).folder
    assert folder is not None
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
        *("README.md", "SHA256SUMS", "config.json", "model.safetensors")
    }


def config(change: Callable[[Any], Any]) -> Callable[[Files], None]:
    def edit(files: Files) -> None:
        record = json.loads(files["config.json"])
        change(record)
        files["config.json"] = json.dumps(record).encode()

    return edit


def weights(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Files], None]:
    def edit(files: Files) -> None:
        tensors = load(files["model.safetensors"])
        change(tensors)
        files["model.safetensors"] = save(tensors)

    return edit


def replace(name: str, content: bytes) -> Callable[[Files], None]:
    return lambda files: files.update({name: content})


def huge_header(files: Files) -> None:
    """A tensor of more values than there is memory for."""
    header = json.dumps({"fc.weight": {"dtype": "F32", "shape": [2**40, 2**20], "data_offsets": [0, 4]}}).encode()
    files["model.safetensors"] = len(header).to_bytes(8, "little") + header + b"\0\0\0\0"


HOSTILE: dict[str, tuple[Callable[[Files], Any], str]] = {
    "another exhibit's": (config(lambda c: c.update(exhibit="generate")), "no picture classifier"),
    "another network": (config(lambda c: c["architecture"].update(kind="gpt2")), "architecture"),
    "many classes": (config(lambda c: c["architecture"].update(num_classes=10**9)), "num_classes"),
    "an unknown option": (config(lambda c: c["architecture"].update(weights="DEFAULT")), "weights"),
    "a large upscale": (config(lambda c: c["architecture"].update(upscale=1e6)), "upscale"),
    "an unknown name of torchvision": (
        config(lambda c: c.update(architecture={"kind": "torchvision", "name": "none", "num_classes": 3})),
        "no such network",
    ),
    "a text for a number": (config(lambda c: c["architecture"].update(num_classes="3")), "num_classes"),
    "too many members": (
        config(lambda c: c.update(architecture={"kind": "classifier-ensemble", "members": [RESNET] * 100})),
        "members",
    ),
    "fewer classes than outputs": (config(lambda c: c["classes"].pop()), "no such network"),
    "a long class": (config(lambda c: c["classes"][0].update(label="a" * 101)), "classes"),
    "a control character": (config(lambda c: c["classes"][0].update(label="a\x1b[2J")), "classes"),
    "a huge input": (config(lambda c: c["preprocessing"]["views"][0].update(crop=10**6, resize=10**6)), "views"),
    "a crop that is not inside": (config(lambda c: c["preprocessing"]["views"][0].update(crop=500)), "views"),
    "no views": (config(lambda c: c["preprocessing"].update(views=[])), "views"),
    "an infinite mean": (config(lambda c: c["preprocessing"].update(mean=[1e999, 0, 0])), "mean"),
    "no temperature": (config(lambda c: c["preprocessing"]["views"][0].update(temperature=0)), "temperature"),
    "no JSON": (replace("config.json", b"{"), "damaged"),
    "deep JSON": (replace("config.json", b"[" * 100_000), "damaged|no picture"),
    "a pickle": (replace("model.safetensors", pickle.dumps({"fc.weight": 1})), "no safetensors"),
    "a huge tensor": (huge_header, "no safetensors"),
    "nothing": (replace("model.safetensors", b""), "no safetensors"),
    "NaN": (weights(lambda t: t["fc.bias"].fill_(torch.nan)), "no numbers"),
    "another shape": (weights(lambda t: t.update({"fc.bias": torch.zeros(4)})), "of another shape"),
    "a missing tensor": (weights(lambda t: t.pop("fc.bias")), "missing"),
    "one more tensor": (weights(lambda t: t.update(more=torch.zeros(2))), "more"),
    "another type": (weights(lambda t: t.update({"fc.bias": torch.zeros(3, dtype=torch.bool)})), "type"),
    "no restriction": (replace("README.md", b"---\nlicense: mit\n---\n"), "restriction"),
    "no front matter": (replace("README.md", b"# A model"), "restriction|front matter"),
    "YAML that makes objects": (replace("README.md", b"---\nrestriction: !!python/object:os.system x\n---\n"), "front"),
    "no card": (lambda files: files.pop("README.md"), "README.md is missing"),
    "no weights": (lambda files: files.pop("model.safetensors"), "never from a pickle"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_folders_are_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    edit, reason = HOSTILE[name]
    files = files_of(save_model(RESNET).name)
    before = len(user_models.owned())
    edit(files)
    with pytest.raises(InputError, match=reason):
        import_model(packed(files, tmp_path / "m.zip"))
    assert len(user_models.owned()) == before


def test_two_models_in_one_archive_are_refused(tmp_path: Path) -> None:
    files = files_of(save_model(RESNET).name)
    twice = {f"{folder}/{name}": content for folder in "ab" for name, content in files.items()}
    with pytest.raises(InputError, match="one model at a time"):
        import_model(packed(twice, tmp_path / "m.zip"))


def test_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(importing.LIMITS, "model.safetensors", 1000)
    path = packed(files_of(save_model(RESNET).name), tmp_path / "m.zip")
    with pytest.raises(TooLargeError):
        import_model(path)


def test_the_quota_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(files_of(save_model(RESNET).name), tmp_path / "m.zip")
    monkeypatch.setattr(user_models, "MODELS_PER_OWNER", 1)
    with pytest.raises(InputError, match="remove one"):
        import_model(path)
