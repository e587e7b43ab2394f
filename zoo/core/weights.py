"""Weights from files: read as float32 tensors, and downloaded where they are missing.

A download is a job: it reports progress, resumes a partial file, checks the hash, and renames at the end, so that a
file under its final name is always whole.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from zoo.core import checksums
from zoo.core.download_quota import check_downloads, release, reserve
from zoo.core.errors import DamagedModelError, StorageError, UnavailableError
from zoo.core.network import failed, require_network, wrong_content
from zoo.core.steps import Progress, Steps
from zoo.core.storage import storing
from zoo.nets.rounding import from_int4

CHUNK = 1 << 20
TIMEOUT = 20.0  # seconds without a byte

# torchvision's own loading passes through torch.load too: no file of any origin may run code.
os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file as float32. ``NAME.int8`` or ``NAME.int4``, with ``NAME.scale`` per row, becomes ``NAME``.

    safetensors, or ``torch.load(weights_only=True)`` for files that others publish; never a pickle. Raises
    DamagedModelError where a file is not the listed one (see ``zoo.core.checksums``) or cannot be read.
    """
    if path.suffix != ".safetensors":
        loaded: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        return loaded
    return decoded(stored_tensors(path))


def stored_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file as they are stored. Raises DamagedModelError."""
    checksums.check(path)
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise DamagedModelError(f"{path.name} is damaged or cannot be read: install it again.") from error


def decoded(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stored tensors as float32: 8-bit and 4-bit rows are multiplied by their scales."""
    tensors = {}
    for name, tensor in stored.items():
        base, _, kind = name.rpartition(".")
        if kind == "int8":
            tensors[base] = tensor.float() * stored[f"{base}.scale"].float().view(-1, *[1] * (tensor.ndim - 1))
        elif kind == "int4":
            tensors[base] = from_int4(tensor, stored[f"{base}.scale"])
        elif kind != "scale" or not {f"{base}.int8", f"{base}.int4"} & stored.keys():
            tensors[name] = tensor.float() if tensor.is_floating_point() else tensor  # indices are integers
    return tensors


def download(url: str, destination: Path, sha256_prefix: str) -> Steps[Path]:
    """Fetch ``url`` to ``destination`` and yield progress in bytes; at once if it is there already.

    Raises UnavailableError without a network, for an answer that is another document, or when the hash is not the
    published one; StorageError where the disk is full or the operator's limit reached.
    """
    what = "The download"
    with storing(what):
        destination.parent.mkdir(parents=True, exist_ok=True)
    # Two visitors, one download. Not bound to a thread: another thread than the first may close it.
    lock = FileLock(destination.with_name(destination.name + ".lock"), timeout=0.2, thread_local=False)
    while not destination.exists():
        try:
            with storing(what):
                acquired = lock.acquire()
        except Timeout:
            yield Progress(step=0, message="Waiting for the same download, started by another visitor")
            continue
        with acquired:
            if not destination.exists():
                yield from _fetch_checked(url, destination, sha256_prefix)
    return destination


def matches(path: Path, sha256_prefix: str) -> bool:
    """Whether the hash of a file begins so. Raises UnavailableError where it cannot be read."""
    with storing(path.name):
        return checksums.sha256(path).startswith(sha256_prefix)


def _fetch_checked(url: str, destination: Path, sha256_prefix: str) -> Iterator[Progress]:
    require_network("A download")
    check_downloads()
    partial = destination.with_name(destination.name + ".partial")
    try:
        yield from _fetch(url, partial, destination)
    except httpx2.HTTPError as error:
        raise failed("The weights", httpx2.URL(url).host, error) from error
    except StorageError:
        partial.unlink(missing_ok=True)  # what does not fit must not fill the disk
        raise
    finally:
        release(destination)
    if not matches(partial, sha256_prefix):
        partial.unlink()
        release(destination)
        raise UnavailableError("The downloaded weights are damaged (their hash is not the published one): try again.")
    with storing("The download"):
        partial.replace(destination)


def _fetch(url: str, partial: Path, destination: Path) -> Iterator[Progress]:
    """Append the missing bytes to ``partial``, within the limits for ``destination``."""
    received = partial.stat().st_size if partial.exists() else 0
    # With a compressed transfer, bytes received would not be bytes of the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={received}-"} if received else {})
    with httpx2.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT) as response:
        if response.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
            return  # the partial file was complete: the hash decides
        response.raise_for_status()
        if response.headers.get("Content-Type", "").startswith("text/"):
            raise wrong_content("the weights", httpx2.URL(url).host)
        resumed = response.status_code == httpx2.codes.PARTIAL_CONTENT
        received = received if resumed else 0
        total = int(response.headers.get("Content-Length", 0)) + received
        if total == received:
            raise UnavailableError(f"{httpx2.URL(url).host} does not say how large the file is: it was not downloaded.")
        reserve(destination, total)
        start = time.monotonic()
        with storing("The download"), partial.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                file.write(chunk)
                received += len(chunk)
                elapsed = time.monotonic() - start
                yield Progress(received, max(total, received), message="Downloading the weights", elapsed=elapsed)
