"""User models: saved under a random name, found by it alone, removed when they expire, within limits."""

import errno
import io
import json
import os
import re
import shutil
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest
import torch

from tests.own_cards import FRONT
from zoo.core import user_models, visitor_folders
from zoo.core.cards import MODELS, Card, bundled_cards, find_card
from zoo.core.errors import (
    BusyError,
    DamagedModelError,
    InputError,
    NotFoundError,
    StorageError,
    UnavailableError,
)
from zoo.core.service_clock import ServiceClock
from zoo.core.weights import read_tensors

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
        assert names == {"README.md", "SHA256SUMS", "config.json", "model.safetensors"}
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


def pass_time(directory: Path, seconds: float) -> None:
    """Let the directory's clock have counted so many more seconds."""
    clock = directory / visitor_folders.CLOCK_FILE
    record = json.loads(clock.read_text())
    clock.write_text(json.dumps(record | {"passed": record["passed"] + seconds}))


def test_it_expires(directory: Path) -> None:
    old = saved()
    pass_time(directory, user_models.LIFETIME - 60)
    young = saved()
    assert find_card(old.name)
    pass_time(directory, 120)
    with pytest.raises(NotFoundError):
        find_card(old.name)
    (directory / "broken.partial").mkdir()
    past = time.time() - visitor_folders.HOUR - 1
    os.utime(directory / "broken.partial", (past, past))
    user_models.FOLDERS.sweep()
    folders = [folder.name for folder in directory.iterdir() if folder.is_dir()]
    assert folders == [young.name.removeprefix("own/")]


def set_system_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    clock = partial(ServiceClock, wall=lambda: time.time() + seconds)
    monkeypatch.setattr(visitor_folders, "ServiceClock", clock)


def test_a_clock_set_back_deletes_nothing_and_keeps_nothing_for_ever(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = saved()
    set_system_clock(monkeypatch, -400 * 86_400)
    user_models.FOLDERS.sweep()
    assert find_card(card.name)
    for day in range(16):  # of the wrong clock
        set_system_clock(monkeypatch, (day - 400) * 86_400)
        user_models.FOLDERS.sweep()
    with pytest.raises(NotFoundError):
        find_card(card.name)


def test_a_clock_that_jumps_ahead_and_back_deletes_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = saved()
    for days in (4000, 0, 4000, 0):
        set_system_clock(monkeypatch, days * 86_400)
        user_models.FOLDERS.sweep()
    assert find_card(card.name)


@pytest.mark.parametrize("content", [None, "", "nonsense", "[]"])
def test_a_lost_clock_starts_at_the_newest_model(directory: Path, content: str | None) -> None:
    saved()
    pass_time(directory, 10 * 86_400)
    card = saved()
    clock = directory / visitor_folders.CLOCK_FILE
    clock.unlink() if content is None else clock.write_text(content)
    assert find_card(card.name)
    pass_time(directory, 15 * 86_400)
    assert user_models.owned("one") == () or content is not None


def test_times_of_files_decide_nothing(directory: Path) -> None:
    card = saved()
    past = time.time() - 10 * user_models.LIFETIME
    os.utime(directory / card.name.removeprefix("own/"), (past, past))
    assert find_card(card.name)


def test_a_model_without_a_date_gets_one(directory: Path) -> None:
    card = saved()
    (directory / card.name.removeprefix("own/") / visitor_folders.SAVED_FILE).unlink()
    assert find_card(card.name)
    pass_time(directory, user_models.LIFETIME + 1)
    with pytest.raises(NotFoundError):
        find_card(card.name)


DAMAGE = {
    "no front matter": ("README.md", b"# Mine"),
    "no YAML": ("README.md", b"---\na: [\n---\n"),
    "no JSON": ("config.json", b"{"),
    "no object": ("config.json", b"[1]"),
    "no weights": ("model.safetensors", b""),
    "cut weights": ("model.safetensors", b"\xff" * 8),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_model_is_listed_as_unavailable_and_can_be_removed(directory: Path, damage: str) -> None:
    good, bad = saved(), saved()
    file, content = DAMAGE[damage]
    (directory / bad.name.removeprefix("own/") / file).write_bytes(content)
    assert user_models.owned("one") == (good,)
    listed = {card.name: card.unavailable for card in user_models.owned_summaries("one")}
    assert listed[good.name] == ""
    assert file in listed[bad.name]
    with pytest.raises(DamagedModelError, match=r"is damaged.*make it again\.$") as error:
        find_card(bad.name)
    assert str(directory) not in str(error.value)
    user_models.remove_owned(bad.name, "one")
    assert [card.name for card in user_models.owned_summaries("one")] == [good.name]


def test_a_flipped_byte_of_its_weights_is_noticed(directory: Path) -> None:
    card = saved()
    path = directory / card.name.removeprefix("own/") / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedModelError, match="hash"):
        read_tensors(path)


def test_models_of_one_network_address_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_MODELS_PER_ADDRESS", "2")
    for owner in ("one", "two", "three"):
        visitor_folders.set_address(owner, "192.0.2.7")
    first = saved("one"), saved("two")
    with pytest.raises(BusyError, match="network address"):
        saved("three")
    saved("of no address")
    user_models.remove(first[0].name)
    assert saved("three")


def test_the_directory_holds_no_address(directory: Path) -> None:
    visitor_folders.set_address("one", "192.0.2.7")
    saved("one")
    assert not any(b"192.0.2.7" in path.read_bytes() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EROFS, UnavailableError)])
def test_a_disk_that_refuses_leaves_nothing_behind(
    directory: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    saved()
    before = sorted(directory.iterdir())
    write = Path.write_bytes

    def refuse(path: Path, data: bytes) -> int:
        if path.name == "model.safetensors":
            raise OSError(number, os.strerror(number), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(kind, match=r"The model cannot be stored.*\.$") as error:
        saved()
    assert str(directory) not in str(error.value)
    assert sorted(directory.iterdir()) == before


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
