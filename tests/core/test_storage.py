"""A full or read-only disk as a sentence with the right status, in the library, the shell and over HTTP."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from tests.interfaces.web import PNG, detail_of
from zoo.api import app as api
from zoo.cli.console import FAILED, UNFORESEEN, echo_error
from zoo.core.errors import InputError, StorageError, UnavailableError
from zoo.core.files import replacing
from zoo.core.storage import storage_error, storing

FULL = [errno.ENOSPC, errno.EDQUOT, errno.EFBIG]
REFUSED = [errno.EROFS, errno.EACCES, errno.EPERM]


def refused(number: int) -> OSError:
    return OSError(number, os.strerror(number), "/secret/path")


@pytest.mark.parametrize("number", [*FULL, *REFUSED])
def test_each_refusal_is_a_sentence_without_the_path(number: int) -> None:
    error = storage_error(refused(number), "The model")
    assert isinstance(error, StorageError if number in FULL else UnavailableError)
    assert error.status in (507, 503)
    assert str(error).startswith("The model cannot be stored: ")
    assert str(error).endswith(".")
    assert "/secret" not in str(error)


def test_no_folder_for_temporary_files_is_a_refusal() -> None:
    error = FileNotFoundError(errno.ENOENT, f"{tempfile.gettempdir()}: No usable temporary directory found in [...]")
    assert isinstance(storage_error(error), UnavailableError)
    assert storage_error(FileNotFoundError(errno.ENOENT, "No such file")) is None
    assert storage_error(ValueError("no error of the system")) is None


def test_a_broken_disk_is_told_and_a_lock_that_takes_long_is_not_the_disk() -> None:
    with pytest.raises(UnavailableError, match="Input/output error"), storing("It"):
        raise refused(errno.EIO)
    with pytest.raises(TimeoutError), storing("It"):
        raise TimeoutError


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EROFS, InputError)])
def test_an_output_that_does_not_fit_leaves_the_file_as_it_was(
    tmp_path: Path, number: int, kind: type[Exception]
) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before")

    def write() -> None:
        with replacing(target) as beside:
            beside.write_text("half")
            raise refused(number)

    with pytest.raises(kind, match=r"out\.csv cannot be written"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "before"


def test_the_shell_prints_a_sentence_where_the_details_cannot_be_stored(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert echo_error(refused(errno.ENOSPC)) == FAILED

    def full(*arguments: object, **options: object) -> None:
        raise refused(errno.ENOSPC)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert echo_error(RuntimeError("unforeseen")) == UNFORESEEN
    first, second = capsys.readouterr().err.splitlines()
    assert first == "zoo: The output cannot be stored: the disk is full. Free some space, then try again."
    assert second.startswith("zoo: Something went wrong (RuntimeError): unforeseen. The details could not be stored")


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The API with a route that meets a full disk."""
    application = api.create_app()
    router = APIRouter()

    @router.get("/refused/{number}")
    def meet(number: int) -> None:
        raise refused(number)

    application.include_router(router)
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("number", [*FULL, *REFUSED])
def test_wherever_it_is_met_http_answers_a_problem(client: TestClient, number: int) -> None:
    answer = client.get(f"/refused/{number}")
    assert "/secret" not in detail_of(answer, 507 if number in FULL else 503)


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 503)])
def test_an_upload_that_cannot_be_spooled_is_a_problem(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def refuse(*arguments: object) -> None:
        raise refused(number)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", refuse)
    answer = client.post("/v1/classify", files={"image": ("picture", PNG)})
    assert "The upload cannot be stored" in detail_of(answer, status)
