"""Archives from strangers: what is in them is read and counted, and nothing that they claim is believed."""

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.core import archives
from zoo.core.archives import read_archive
from zoo.core.errors import InputError, TooLargeError, ZooError

FILES = {"cat/b.jpg": b"\xff\xd8\xffb", "cat/a.jpg": b"\xff\xd8\xffa", "dog/1.png": b"\x89PNG" + bytes(1000)}


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": zipped,
    "stored zip": lambda files: zipped(files, zipfile.ZIP_STORED),
    "tar": tarred,
    "tar.gz": lambda files: gzip.compress(tarred(files)),
    "tar.bz2": lambda files: bz2.compress(tarred(files)),
    "tar.xz": lambda files: lzma.compress(tarred(files)),
}


def read(path: Path, **limits: int) -> tuple[dict[str, bytes], dict[str, str]]:
    """What is read, and what is left out with the reason."""
    told: dict[str, str] = {}
    most = {"max_files": 1000, "max_bytes": 10**7} | limits
    files = read_archive(path, tell=lambda name, reason: told.setdefault(name, reason), **most)
    return {str(name): data for name, data in files}, told


def packed(folder: Path, data: bytes) -> Path:
    path = folder / "pictures.bin"  # the name says nothing
    path.write_bytes(data)
    return path


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
FOLDERS = USUAL.filter(lambda name: not (len(name) == 2 and name[0].isascii() and name[1] == ":"))  # C: is a drive


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


# ---- Bombs


@pytest.mark.parametrize("packer", ["zip", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_bomb_is_refused_while_it_is_read(tmp_path: Path, packer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "FREE_BYTES", 2**20)
    path = packed(tmp_path, PACKERS[packer]({f"{n}.jpg": bytes(2**24) for n in range(4)}))
    assert path.stat().st_size < 2**18
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="grows more than 100-fold"):
        read(path, max_bytes=10**9, max_files=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 2**20  # of 64 MiB


def test_a_zip_that_lies_about_sizes_is_counted(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.jpg": bytes(10**6)}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)  # its size, unpacked
    data[22:26] = struct.pack("<I", 10)
    files, told = read(packed(tmp_path, bytes(data)))
    assert sum(map(len, files.values())) <= 10
    assert files or told


def repeated(data: bytes, count: int) -> bytes:
    """A zip of one file with many entries for it in its directory, two bytes of which count them."""
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    size = count * (end - start)
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count % 2**16, count % 2**16, size, start, 0)
    return data[:start] + data[start:end] * count + tail


def test_overlapping_files_are_counted_each_time(tmp_path: Path) -> None:
    """As in the better zip bomb of Fifield 2019: many entries of the directory point to one packed file."""
    path = packed(tmp_path, repeated(zipped({"a.jpg": os.urandom(2**18)}, zipfile.ZIP_STORED), 60))
    try:
        files, told = read(path, max_bytes=2**20)
    except TooLargeError:
        return
    assert len(files) <= 4
    assert told  # newer versions of Python refuse the others


@pytest.mark.parametrize("packer", PACKERS)
def test_the_limits_hold(tmp_path: Path, packer: str) -> None:
    path = packed(tmp_path, PACKERS[packer](FILES))
    total = sum(map(len, FILES.values()))
    assert read(path, max_bytes=total, max_files=3)[0] == FILES
    with pytest.raises(TooLargeError, match="more bytes than are accepted"):
        read(path, max_bytes=total - 1)
    with pytest.raises(TooLargeError, match="more than 2 files"):
        read(path, max_files=2)
    assert len(read(path, max_file_bytes=100)[0]["dog/1.png"]) == 101


@pytest.mark.parametrize("packer", ["zip", "tar"])
def test_a_hundred_thousand_files_are_refused(tmp_path: Path, packer: str) -> None:
    one = PACKERS[packer]({"c/1.jpg": b""})
    path = packed(tmp_path, repeated(one, 100_000) if packer == "zip" else one[:512] * 100_000 + bytes(1024))
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="send fewer"):
        read(path, max_files=20_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 2**20


def test_one_header_of_a_tar_cannot_fill_the_memory(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a.jpg")
        member.pax_headers = {"comment": "x" * 2 * 10**7}
        archive.addfile(member)
    path = packed(tmp_path, file.getvalue())
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="directory"):
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_chain_of_long_names_ends_in_a_sentence(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1
    block = header.tobuf(tarfile.GNU_FORMAT) + bytes(512)
    with pytest.raises(InputError):
        read(packed(tmp_path, block * 2000))


# ---- Names that lead elsewhere, and what is no file


@pytest.mark.parametrize(
    "name", ["../x.jpg", "a/../../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "a\\..\\x.jpg", "..", "\\\\host\\x"]
)
@pytest.mark.parametrize("packer", ["zip", "tar", "tar.gz"])
def test_names_that_lead_out_are_refused(tmp_path: Path, packer: str, name: str) -> None:
    with pytest.raises(InputError, match="leads out of it"):
        read(packed(tmp_path, PACKERS[packer](FILES | {name: b"x"})))


def test_links_and_devices_of_a_tar_are_left_out(tmp_path: Path) -> None:
    file = io.BytesIO(tarred(FILES))
    kinds = {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "char": tarfile.CHRTYPE, "fifo": tarfile.FIFOTYPE}
    with tarfile.open(fileobj=file, mode="a") as archive:
        for name, kind in kinds.items():
            member = tarfile.TarInfo(f"cat/{name}.jpg")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    files, told = read(packed(tmp_path, file.getvalue()))
    assert files == FILES
    assert told == {f"cat/{name}.jpg": archives.NO_FILE for name in kinds}


def test_links_of_a_zip_are_left_out(tmp_path: Path) -> None:
    file = io.BytesIO(zipped(FILES))
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("cat/link.jpg")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    files, told = read(packed(tmp_path, file.getvalue()))
    assert files == FILES
    assert told == {"cat/link.jpg": archives.NO_FILE}


@pytest.mark.parametrize("inner", PACKERS)
@pytest.mark.parametrize("outer", ["zip", "tar"])
def test_archives_within_are_not_opened(tmp_path: Path, outer: str, inner: str) -> None:
    nested = PACKERS[inner](FILES)
    files, told = read(packed(tmp_path, PACKERS[outer](FILES | {"cat/more.jpg": nested})))
    assert files == FILES
    assert told == {"cat/more.jpg": archives.NESTED}


def test_what_systems_add_is_ignored(tmp_path: Path) -> None:
    extra = ("__MACOSX/cat/._a.jpg", "cat/._a.jpg", "cat/Thumbs.db", "cat/.DS_Store", "dog/desktop.ini", ".git/x.jpg")
    assert read(packed(tmp_path, zipped(FILES | dict.fromkeys(extra, b"x")))) == (FILES, {})


@pytest.mark.parametrize("flag", ["encrypted", "method"])
def test_a_file_that_cannot_be_unpacked_is_left_out_alone(tmp_path: Path, flag: str) -> None:
    data = bytearray(zipped(FILES))
    local, directory = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")  # of cat/b.jpg
    if flag == "encrypted":
        data[local + 6] |= 1
        data[directory + 8] |= 1
    else:
        data[local + 8], data[directory + 10] = 97, 97
    files, told = read(packed(tmp_path, bytes(data)))
    assert files == {name: FILES[name] for name in ("cat/a.jpg", "dog/1.png")}
    assert told == {"cat/b.jpg": archives.ENCRYPTED if flag == "encrypted" else archives.UNREADABLE}


def test_a_wrong_checksum_leaves_one_file_out(tmp_path: Path) -> None:
    data = bytearray(zipped(FILES, zipfile.ZIP_STORED))
    data[data.index(b"\xff\xd8\xffb") + 3] ^= 1
    files, told = read(packed(tmp_path, bytes(data)))
    assert sorted(files) == ["cat/a.jpg", "dog/1.png"]
    assert told == {"cat/b.jpg": archives.UNREADABLE}


# ---- Odd names


def test_names_have_no_control_characters(tmp_path: Path) -> None:
    names = {
        "a\n\x1b[31mb/x.jpg": b"1",
        "<b>bold</b>/ü.jpg": b"2",
        "long" * 60 + "/1.jpg": b"3",
        "\u202egpj.exe/4.jpg": b"4",
    }
    files, _ = read(packed(tmp_path, tarred(names)))
    assert sorted(files.values()) == [b"1", b"2", b"3", b"4"]
    assert {"a\ufffd\ufffd[31mb/x.jpg", "<b>bold</b>/ü.jpg", "\ufffdgpj.exe/4.jpg"} < set(files)


def test_a_name_in_no_encoding_can_be_written(tmp_path: Path) -> None:
    data = tarred({"cat/xx.jpg": b"1"}).replace(b"xx.jpg", b"\xff\xfe.jpg")
    header = bytearray(data[:512])
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (name,) = read(packed(tmp_path, bytes(header) + data[512:]))[0]
    assert name.encode() == "cat/\ufffd\ufffd.jpg".encode()


def test_a_zip_in_utf8_without_the_flag_keeps_its_letters(tmp_path: Path) -> None:
    data = bytearray(zipped({"größe/1.jpg": b"1"}))
    data[data.index(b"PK\x03\x04") + 7] &= ~8
    data[data.index(b"PK\x01\x02") + 9] &= ~8
    assert list(read(packed(tmp_path, bytes(data)))[0]) == ["größe/1.jpg"]


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
