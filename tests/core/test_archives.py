"""What is packed is read, whatever packed it; what is damaged or no archive is a sentence."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.packing import FILES, PACKERS, packed, read
from zoo.core import archives
from zoo.core.archives import read_archive
from zoo.core.errors import InputError, ZooError


@pytest.mark.parametrize("packer", PACKERS)
def test_files_come_in_order_of_names(tmp_path: Path, packer: str) -> None:
    files, told = read(packed(tmp_path, PACKERS[packer](FILES)))
    assert list(files) == sorted(FILES)
    assert files == FILES
    assert told == {}


def test_a_folder_reads_as_its_archive(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text("hidden")
    (tmp_path / "cat/secret.jpg").symlink_to("/etc/passwd")
    (tmp_path / "etc").symlink_to("/etc")
    os.mkfifo(tmp_path / "dog/pipe.jpg")
    files, told = read(tmp_path)
    assert files == FILES
    assert told == dict.fromkeys(("cat/secret.jpg", "etc", "dog/pipe.jpg"), archives.NO_FILE)


NAMES = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
USUAL = NAMES.filter(lambda name: not name.startswith(".") and name.casefold() not in archives.IGNORED)
FOLDERS = USUAL.filter(lambda name: not re.fullmatch("[A-Za-z]:", name))  # C: is a drive


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.tuples(FOLDERS, USUAL).map("/".join), st.binary(max_size=300), max_size=6),
    st.sampled_from(sorted(PACKERS)),
)
def test_what_is_packed_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes], packer: str
) -> None:
    content = {name: b"data" + data for name, data in content.items()}
    files, told = read(packed(tmp_path_factory.mktemp("packed"), PACKERS[packer](content)))
    assert told == {}
    cleaned = [archives.clean_name(name) for name in content]
    assert set(files) == set(cleaned)
    if len(set(cleaned)) == len(content):
        assert sorted(files.values()) == sorted(content.values())
    assert all(name.isprintable() or set(name) & set("\u200c\u200d") for name in files)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(PACKERS)))
def test_a_damaged_archive_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, packer: str
) -> None:
    whole = bytearray(PACKERS[packer](FILES))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(whole)))
    try:
        files, _ = read(packed(tmp_path_factory.mktemp("damaged"), bytes(whole[:end])))
    except ZooError as error:
        files, sentence = {}, str(error)
    else:
        sentence = "."
    assert len(files) <= len(FILES)
    assert sentence.endswith(".")


def test_other_files_are_a_sentence(tmp_path: Path) -> None:
    for data in (
        b"",
        b"text",
        b"Rar!\x1a\x07\0" + bytes(100),
        b"PK\x03\x04",
        os.urandom(5000),
        b"\x1f\x8b" + bytes(50),
    ):
        with pytest.raises(InputError, match="A zip, a tar"):
            read(packed(tmp_path, data))
    with pytest.raises(InputError, match="no file or folder"):
        read(tmp_path / "none.zip")


def test_no_temporary_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = packed(tmp_path, PACKERS["tar.gz"](FILES))
    files = read_archive(path, max_files=10, max_bytes=10**6)
    next(files)
    assert list((tmp_path / "temporary").iterdir())
    files.close()  # type: ignore[attr-defined]
    assert not list((tmp_path / "temporary").iterdir())
