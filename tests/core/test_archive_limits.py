"""Archives that claim little and hold much: what is read is counted, and nothing that they claim is believed."""

import io
import os
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from tests.core.packing import FILES, PACKERS, packed, read, zipped
from zoo.core import archives
from zoo.core.errors import InputError, TooLargeError


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
