"""Names in archives: those that lead elsewhere or are no files are left out, odd ones can be written."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.core.packing import FILES, PACKERS, packed, read, tarred, zipped
from zoo.core import archives
from zoo.core.errors import InputError


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
