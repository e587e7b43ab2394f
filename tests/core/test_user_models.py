"""User models: saved under a random name, found by it alone, removed when they expire, within limits."""

import io
import os
import re
import shutil
import time
import zipfile
from pathlib import Path

import pytest
import torch

from zoo.core import user_models
from zoo.core.cards import MODELS, Card, bundled_cards, find_card
from zoo.core.errors import BusyError, InputError, NotFoundError

FRONT = {
    "license": "other",
    "license_name": "research use",
    "restriction": "research use",
    "training_data": [{"name": "a picture", "licence": "its maker's"}],
    "citation": "none",
}
CONFIG = {"exhibit": "style", "title": "Mine", "architecture": {"kind": "stylenet", "n_styles": 1}}


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    return tmp_path / "models"


def saved(owner: str = "one") -> Card:
    return user_models.save(CONFIG, {"x": torch.ones(2, 3)}, FRONT, "# Mine", owner)


def test_it_is_found_by_its_name_and_in_no_list() -> None:
    card = saved()
    assert re.fullmatch(r"own/[0-9a-f]{16}", card.name)
    assert find_card(card.name) == card
    assert (card.source, card.title, card.parameters, card.restriction) == ("own", "Mine", 6, "research use")
    assert card not in bundled_cards()
    assert saved().name != card.name


def test_its_archive_does_not_name_its_owner_and_it_can_be_removed() -> None:
    card = saved("secret")
    with zipfile.ZipFile(io.BytesIO(user_models.archive(card.name))) as packed:
        names = {Path(name).name for name in packed.namelist()}
        assert names == {"README.md", "config.json", "model.safetensors"}
        assert not any(b"secret" in packed.read(name) for name in packed.namelist())
    user_models.remove(card.name)
    for use in (find_card, user_models.archive, user_models.remove):
        with pytest.raises(NotFoundError, match="expired or was removed"):
            use(card.name)


@pytest.mark.parametrize("name", ["own/", "own/..", "own/0123456789abcdef", "own/../models", "own/ABCDEF0123456789"])
def test_other_names_are_not_found(name: str) -> None:
    saved()
    with pytest.raises(NotFoundError):
        find_card(name)


def test_no_name_leads_out_of_the_directory(directory: Path) -> None:
    directory.mkdir(parents=True)
    shutil.copytree(MODELS / bundled_cards()[0].name, directory.parent / "0123456789abcdef")
    with pytest.raises(NotFoundError):
        find_card("own/../0123456789abcdef")


def test_it_expires(directory: Path) -> None:
    old, young = saved(), saved()
    past = time.time() - user_models.LIFETIME - 1
    os.utime(directory / old.name.removeprefix("own/"), (past, past))
    with pytest.raises(NotFoundError):
        find_card(old.name)
    (directory / "broken.partial").mkdir()
    os.utime(directory / "broken.partial", (past, past))
    user_models.sweep()
    assert [folder.name for folder in directory.iterdir()] == [young.name.removeprefix("own/")]


def test_number_of_models_and_total_size_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_models, "MODELS_PER_OWNER", 2)
    saved(), saved()
    with pytest.raises(InputError, match="remove one"):
        saved()
    card = saved("other")
    monkeypatch.setattr(user_models, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(BusyError, match="full"):
        saved("third")
    user_models.remove(card.name)
