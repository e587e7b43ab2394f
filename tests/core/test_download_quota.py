"""The operator's limit on downloads: counted once each, as long as they are on the disk, by every process."""

import shutil
from pathlib import Path

import pytest

from zoo.core import download_quota
from zoo.core.download_quota import LEDGER, release, reserve, used_bytes
from zoo.core.errors import StorageError, UnavailableError

MB = 10**6


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZOO_DOWNLOAD_GB", "0.1")
    return tmp_path


def test_downloads_count_until_they_are_removed(data: Path) -> None:
    one, other = data / "one.pth", data / "two.pth"
    reserve(one, 60 * MB)
    one.touch()
    with pytest.raises(StorageError, match=r"0\.04 of 0\.10 GB are left"):
        reserve(other, 50 * MB)
    reserve(one, 60 * MB)  # again, as when it is resumed
    assert used_bytes() == 60 * MB
    one.unlink()
    release(one)
    reserve(other, 50 * MB)


def test_a_download_counts_from_its_beginning(data: Path) -> None:
    reserve(data / "one.pth", 60 * MB)
    with pytest.raises(StorageError):
        reserve(data / "two.pth", 60 * MB)
    release(data / "one.pth")
    reserve(data / "two.pth", 60 * MB)


def test_a_part_on_the_disk_counts_and_an_empty_folder_does_not(data: Path) -> None:
    (data / "one.pth.partial").touch()
    reserve(data / "one.pth", MB)
    release(data / "one.pth")
    assert used_bytes() == MB
    (data / "snapshot").mkdir()
    reserve(data / "snapshot", MB)
    release(data / "snapshot")
    assert used_bytes() == MB


def test_the_disk_keeps_some_space(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data)._replace(free=download_quota.FREE + 5 * MB)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    reserve(data / "small.pth", 4 * MB)
    with pytest.raises(StorageError, match="disk"):
        reserve(data / "large.pth", 6 * MB)


def test_zero_switches_downloads_off(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DOWNLOAD_GB", "0")
    with pytest.raises(UnavailableError, match="switched off"):
        reserve(data / "one.pth", 1)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', '{"a": {"bytes": "x", "at": 0}}'])
def test_a_damaged_ledger_is_set_aside(data: Path, content: str) -> None:
    folder = data / "data"
    folder.mkdir()
    (folder / LEDGER).write_text(content)
    reserve(data / "one.pth", MB)
    assert used_bytes() == MB
    assert (folder / f"{LEDGER}.damaged").read_text() == content
