"""Damage to the files of bundled models: told with the reason, and the other models work; nothing is served wrong."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from zoo.core import cards, checksums, loading
from zoo.core.assets import ASSETS
from zoo.core.errors import DamagedModelError

ROOT = Path(__file__).parents[2]
SMALL = ("cifar10-resnet-robust", "udnie", "starry-night", "tweet-lstm")
BAD = "cifar10-resnet-robust"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copies of small bundled models with the list of their hashes, in the place of all models."""
    folder = tmp_path / "assets" / "models"
    for name in SMALL:
        shutil.copytree(cards.MODELS / name, folder / name)
    checksums.write_list(folder.parent, checksums.hashes(folder.parent, checksums.listed_files(folder.parent)))
    monkeypatch.setattr(cards, "MODELS", folder)
    monkeypatch.setattr(checksums, "ASSETS", folder.parent)
    cards.forget_damage()
    yield folder
    monkeypatch.undo()
    cards.forget_damage()


def break_file(folder: Path, file: str, content: bytes | None) -> None:
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("README.md", None),
        ("README.md", b"# A text without front matter"),
        ("README.md", b"---\na: [\n---\n"),
        ("README.md", b"---\nlicense: mit\nrestriction: 3\ntraining_data: none\ncitation: x\n---\n"),
        ("README.md", b"\xff\xfe"),
        ("config.json", None),
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("config.json", b'{"exhibit": "adversarial", "title": ["x"]}'),
        ("config.json", b"<html>Log in</html>"),
        ("model.safetensors", None),
        ("model.safetensors", b""),
        ("model.safetensors", b"\xff" * 100),
        ("model.safetensors", (5).to_bytes(8, "little") + b"[1,2]"),
    ],
)
def test_a_damaged_folder_costs_no_other_model_anything(
    models: Path, caplog: pytest.LogCaptureFixture, file: str, content: bytes | None
) -> None:
    break_file(models / BAD, file, content)
    with caplog.at_level(logging.ERROR):
        names = [card.name for card in cards.bundled_cards()]
    assert names == sorted(set(SMALL) - {BAD})
    assert BAD in caplog.text
    assert file in caplog.text
    (broken,) = [card for card in cards.summaries() if card.unavailable]
    assert broken.name == BAD
    assert file in broken.unavailable
    with pytest.raises(
        DamagedModelError, match=rf"^The model {BAD} is unavailable: .*The other models work\.$"
    ) as error:
        cards.find_card(BAD)
    assert str(models) not in str(error.value)
    assert loading.load("tweet-lstm")


def test_a_file_that_may_not_be_read_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.parent.name == BAD:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "Permission denied" in cards.damaged_models()[BAD]


def test_a_folder_in_the_place_of_a_file_is_told(models: Path) -> None:
    break_file(models / BAD, "config.json", None)
    (models / BAD / "config.json").mkdir()
    assert "config.json" in cards.damaged_models()[BAD]


def test_without_the_folder_of_models_there_are_none(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(models)
    assert cards.bundled_cards() == ()
    assert "cannot be listed" in caplog.text


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_flipped_byte_is_noticed_at_the_load(models: Path, file: str) -> None:
    path = models / "tweet-lstm" / file
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    assert "tweet-lstm" in [card.name for card in cards.bundled_cards()]  # what is large is not read for a list
    with pytest.raises(DamagedModelError, match=rf"unavailable: {file} is damaged \(its hash"):
        loading.load("tweet-lstm")
    assert "tweet-lstm" in cards.damaged_models()
    assert "tweet-lstm" not in [card.name for card in cards.bundled_cards()]
    with pytest.raises(DamagedModelError, match="unavailable"):
        loading.load("tweet-lstm")


def test_a_changed_configuration_is_noticed_in_the_list(models: Path) -> None:
    path = models / BAD / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"temperature": 7}))
    assert "hash" in cards.damaged_models()[BAD]


def test_damage_to_the_base_of_a_model_is_told(models: Path) -> None:
    path = models / "starry-night" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x55")
    with pytest.raises(DamagedModelError, match="unavailable"):
        loading.load("udnie")


def test_a_configuration_of_other_weights_is_a_sentence(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(models / "tweet-lstm" / "model.safetensors", models / BAD / "model.safetensors")
    monkeypatch.setattr(checksums, "_expected", lambda path: None)
    with pytest.raises(DamagedModelError, match="do not fit together"):
        loading.load(BAD)


def test_a_repaired_model_works_again(models: Path) -> None:
    config = (models / BAD / "config.json").read_bytes()
    break_file(models / BAD, "config.json", b"{")
    assert BAD in cards.damaged_models()
    (models / BAD / "config.json").write_bytes(config)
    cards.forget_damage()
    assert BAD not in cards.damaged_models()
    assert loading.load(BAD)


def test_the_list_names_every_bundled_file_with_its_hash() -> None:
    """After a change: python -m training list-hashes."""
    actual = checksums.hashes(ASSETS, checksums.listed_files(ASSETS))
    assert checksums.read_list(ASSETS) == actual
    read = {path for folder in ("models", "tables") for path in (ASSETS / folder).rglob("*") if path.is_file()}
    unlisted = {path for path in read if path.relative_to(ASSETS).as_posix() not in actual}
    assert {path.suffix for path in unlisted} <= {".md", ".webp"}


def test_a_damaged_list_is_told_and_checks_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / checksums.LIST).write_bytes(b"\xff\xfe")
    assert checksums.read_list(tmp_path) == {}
    assert "no file there is checked" in caplog.text
