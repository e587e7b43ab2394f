"""Files of the Hugging Face hub, fetched by ``huggingface_hub`` into the cache that all its tools share.

The download runs in a thread of its own, so that it can be watched and cancelled like any other job.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx2 import HTTPError
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.std import tqdm  # type: ignore[import-untyped]

from zoo.core import checksums
from zoo.core.download_quota import release, reserve
from zoo.core.errors import InputError, NotFoundError, UnavailableError
from zoo.core.network import NOT_THERE, WITHOUT, failed, require_network, status_of, wrong_content
from zoo.core.steps import Progress, Steps
from zoo.core.storage import set_aside, storage_error, storing

POLL = 0.1  # seconds between two progress records
TIMEOUT = 10.0  # seconds for an answer of the hub
MORE_THAN_STATED, SMALL = 1.1, 100 * 10**6  # bytes beyond those of the weights: tokenizers and configurations


class _CancelledError(Exception):
    """Ends the download's thread."""


class _Transfer:
    """What a download's thread and its steps share."""

    def __init__(self) -> None:
        self.received = 0
        self.cancelled = threading.Event()

    def bar(self) -> type[tqdm]:
        """The class of a progress bar that draws nothing: it counts bytes, and raises once cancelled."""
        transfer = self

        class Bar(tqdm):  # type: ignore[misc]
            def __init__(self, *args: Any, **options: Any) -> None:
                options.pop("name", None)
                super().__init__(*args, **options | {"disable": True})

            def update(self, n: float | None = 1) -> bool | None:
                transfer.received += int(n or 0)
                if transfer.cancelled.is_set():
                    raise _CancelledError
                return None

        return Bar


def snapshot(repository: str, revision: str) -> Path:
    """The folder where the hub's tools keep a revision."""
    return Path(constants.HF_HUB_CACHE, f"models--{repository.replace('/', '--')}", "snapshots", revision)


def download(
    repository: str, revision: str, files: Sequence[str], total: int, sha256: Mapping[str, str] | None = None
) -> Steps[Path]:
    """Fetch what is missing or damaged of ``files``, in their order, with progress in bytes; at once when all is there.

    ``total``: about how many bytes that will be. ``sha256``: hashes by file name; without one, the hash by which the
    hub names a file is checked. Closing the steps cancels the download. Returns the snapshot's folder. Raises
    what ``hub_errors`` raises, UnavailableError for a wrong hash or where downloads are switched off, and StorageError
    beyond the operator's limit.
    """
    folder = snapshot(repository, revision)
    missing = [file for file in files if not is_usable(folder / file)]
    if not missing:
        return folder
    require_network(f"A download of {repository}")
    reserve(folder, total)
    transfer, done = _Transfer(), Future[None]()
    arguments = (repository, revision, missing, sha256 or {}, transfer, done)
    threading.Thread(target=_work, args=arguments, name="hub-download", daemon=True).start()
    start = time.monotonic()
    try:
        while not done.done():
            wait([done], POLL)
            received = transfer.received
            if received > MORE_THAN_STATED * total + SMALL:
                raise UnavailableError(f"{repository} is larger than its page states: it was not downloaded.")
            elapsed = time.monotonic() - start
            yield Progress(received, max(total, received), message="Downloading the weights", elapsed=elapsed)
        with hub_errors(repository):
            done.result()
    finally:
        transfer.cancelled.set()
        release(folder)
    return folder


def is_usable(path: Path) -> bool:
    """Whether a file is there and is what the hub named it. A damaged one is set aside first, to be fetched again."""
    if not path.exists():
        return False
    with storing(path.name):
        usable = is_intact(path)
    if not usable:
        blob = path.resolve()
        set_aside(blob)
        if path.is_symlink():
            path.unlink()
    return usable


def _work(
    repository: str,
    revision: str,
    files: Sequence[str],
    sha256: Mapping[str, str],
    transfer: _Transfer,
    done: "Future[None]",
) -> None:
    try:
        # Without a connection this one request fails at once; hf_hub_download would try again for a minute.
        url = hf_hub_url(repository, files[0], revision=revision)
        get_hf_file_metadata(url, timeout=TIMEOUT)
        for file in files:
            fetched = hf_hub_download(
                repository,
                file,
                revision=revision,
                cache_dir=constants.HF_HUB_CACHE,
                etag_timeout=TIMEOUT,
                tqdm_class=transfer.bar(),
            )
            check_hash(Path(fetched), sha256.get(file, ""))
    except BaseException as error:  # whatever it is belongs to the one who waits
        done.set_exception(error)
    else:
        done.set_result(None)


def is_intact(path: Path, sha256: str = "") -> bool:
    """Whether a file has the hash ``sha256``, or the one that its blob is named by, and is JSON where its name says so.

    The hub names a large file by its SHA-256 and a small one by its hash in git.
    """
    blob = path.resolve()
    expected = sha256 or blob.name
    if path.suffix == ".json" and not _is_json(blob):
        return False
    if re.fullmatch(r"[0-9a-f]{64}", expected):
        return checksums.sha256(blob) == expected
    if re.fullmatch(r"[0-9a-f]{40}", expected):
        content = blob.read_bytes()
        # git's name of a blob, not a protection against a person
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == expected
    return True


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def check_hash(path: Path, sha256: str = "") -> None:
    """Raise UnavailableError, and remove the file, where it is not what was asked for."""
    if is_intact(path, sha256):
        return
    begin = path.read_bytes()[:200].lstrip().lower()
    blob = path.resolve()
    path.unlink()
    blob.unlink(missing_ok=True)
    if begin.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise wrong_content(f"the file {path.name}", host())
    raise UnavailableError("The downloaded files are damaged (their hash is not the published one): try again.")


def host() -> str:
    return constants.ENDPOINT.partition("://")[2]


@contextmanager
def hub_errors(repository: str) -> Iterator[None]:
    """The hub's errors as ours: NotFoundError, InputError for a gated model, UnavailableError without a network."""
    where = host()
    try:
        yield
    except GatedRepoError as error:
        raise InputError(
            f"{repository} is given out only to those who accept its terms on {where}: accept them there, set "
            "HF_TOKEN, and try again."
        ) from error
    except RepositoryNotFoundError as error:
        raise NotFoundError(f"There is no model named {repository!r} on {where}: check owner and name.") from error
    except RevisionNotFoundError as error:
        raise NotFoundError(f"{repository} has no such revision on {where}: leave it out for the newest.") from error
    except RemoteEntryNotFoundError as error:
        raise NotFoundError(f"{repository} lacks a file that its model needs: choose another model.") from error
    except OfflineModeIsEnabled as error:
        raise UnavailableError(
            f"{repository} could not be downloaded: HF_HUB_OFFLINE switches the hub off here. {WITHOUT}"
        ) from error
    except HfHubHTTPError as error:
        if status_of(error) in NOT_THERE:
            raise NotFoundError(f"{repository} does not exist on {where}, or no longer: check its name.") from error
        raise failed(repository, where, error) from error
    except FileMetadataError as error:  # an answer without the headers that all files of the hub have
        raise wrong_content(f"a file of {repository}", where) from error
    except (LocalEntryNotFoundError, HTTPError) as error:
        raise failed(repository, where, error) from error
    except OSError as error:
        raise storage_error(error, repository) or failed(repository, where, error) from error
    except (ValueError, KeyError, TypeError) as error:  # of an answer that is not what the hub sends
        raise wrong_content(f"the page of {repository}", where) from error
