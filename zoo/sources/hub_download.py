"""Files of the Hugging Face hub, fetched by ``huggingface_hub`` into the cache that all its tools share.

The download runs in a thread of its own, so that it can be watched and cancelled like any other job.
"""

import hashlib
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

from zoo.core.errors import InputError, NotFoundError, UnavailableError
from zoo.core.jobs import Progress, Steps

POLL = 0.1  # seconds between two progress records
TIMEOUT = 10.0  # seconds for an answer of the hub


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
    """Fetch what is missing of ``files``, in their order, with progress in bytes; at once when all are there.

    ``total``: about how many bytes that will be. ``sha256``: hashes by file name; without one, the hash by which the
    hub names a large file is checked. Closing the steps cancels the download. Returns the snapshot's folder. Raises
    what ``hub_errors`` raises, and UnavailableError for a wrong hash.
    """
    folder = snapshot(repository, revision)
    missing = [file for file in files if not (folder / file).exists()]
    if not missing:
        return folder
    transfer, done = _Transfer(), Future[None]()
    arguments = (repository, revision, missing, sha256 or {}, transfer, done)
    threading.Thread(target=_work, args=arguments, name="hub-download", daemon=True).start()
    start = time.monotonic()
    try:
        while not done.done():
            wait([done], POLL)
            received = transfer.received
            elapsed = time.monotonic() - start
            yield Progress(received, max(total, received), message="Downloading the weights", elapsed=elapsed)
        with hub_errors(repository):
            done.result()
    finally:
        transfer.cancelled.set()
    return folder


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


def check_hash(path: Path, sha256: str = "") -> None:
    """Raise UnavailableError, and remove the file, where its hash is not ``sha256`` or that of its blob's name."""
    blob = path.resolve()
    expected = sha256 or (blob.name if re.fullmatch(r"[0-9a-f]{64}", blob.name) else "")
    if not expected:
        return
    with blob.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != expected:
        path.unlink()
        blob.unlink(missing_ok=True)
        raise UnavailableError("The downloaded weights are damaged (their hash is not the published one): try again.")


@contextmanager
def hub_errors(repository: str) -> Iterator[None]:
    """The hub's errors as ours: NotFoundError, InputError for a gated model, UnavailableError without a network."""
    host = constants.ENDPOINT.partition("://")[2]
    try:
        yield
    except GatedRepoError as error:
        raise InputError(
            f"{repository} is given out only to those who accept its terms on {host}: accept them there, set HF_TOKEN, "
            "and try again."
        ) from error
    except RepositoryNotFoundError as error:
        raise NotFoundError(f"There is no model named {repository!r} on {host}: check owner and name.") from error
    except RevisionNotFoundError as error:
        raise NotFoundError(f"{repository} has no such revision on {host}: leave it out for the newest.") from error
    except RemoteEntryNotFoundError as error:
        raise NotFoundError(f"{repository} lacks a file that its model needs: choose another model.") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, FileMetadataError, HfHubHTTPError, HTTPError) as error:
        raise UnavailableError(
            f"{repository} could not be downloaded from {host}: check the network and try again. "
            "The bundled models work without it."
        ) from error
    except OSError as error:
        raise UnavailableError(f"{repository} cannot be stored here ({error}): free some space.") from error
