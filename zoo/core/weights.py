"""Where weights come from: bundled with the project, else cached, else downloaded.

A download is a job: it reports progress, resumes a partial file, checks the hash, and renames at the end, so that a
file under its final name is always whole.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import torch
from filelock import FileLock
from safetensors.torch import load_file
from torch import Tensor

from zoo.core.errors import UnavailableError
from zoo.core.jobs import Progress, Steps

CHUNK = 1 << 20

# torchvision's own loading passes through torch.load too: no file of any origin may run code.
os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"


def cache_folder() -> Path:
    """Where downloads are kept: ``ZOO_CACHE``, else ``menagerie`` under the user's cache folder."""
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "menagerie"
    return Path(os.environ.get("ZOO_CACHE", default))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file as float32. ``NAME.int8`` with ``NAME.scale`` per row becomes ``NAME``.

    safetensors, or ``torch.load(weights_only=True)`` for the files that torchvision publishes; never a pickle.
    """
    if path.suffix != ".safetensors":
        loaded: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        return loaded
    stored = load_file(path)
    tensors = {}
    for name, tensor in stored.items():
        base, _, kind = name.rpartition(".")
        if kind == "int8":
            tensors[base] = tensor.float() * stored[f"{base}.scale"].float().view(-1, *[1] * (tensor.ndim - 1))
        elif kind != "scale":
            tensors[name] = tensor.float()
    return tensors


def download(url: str, destination: Path, sha256_prefix: str) -> Steps[Path]:
    """Fetch ``url`` to ``destination`` and yield progress in bytes; at once if it is there already.

    Raises UnavailableError without a network, or when the hash is not the published one.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(destination.with_name(destination.name + ".lock")):  # two visitors, one download
        if not destination.exists():
            yield from _fetch_whole(url, destination, sha256_prefix)
    return destination


def _fetch_whole(url: str, destination: Path, sha256_prefix: str) -> Iterator[Progress]:
    partial = destination.with_name(destination.name + ".partial")
    try:
        yield from _fetch(url, partial)
    except httpx.HTTPError as error:
        host = httpx.URL(url).host
        raise UnavailableError(
            f"The weights could not be downloaded from {host}: check the network and try again. "
            "The bundled models work without it."
        ) from error
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(sha256_prefix):
        partial.unlink()
        raise UnavailableError("The downloaded weights are damaged (their hash is not the published one): try again.")
    partial.replace(destination)


def _fetch(url: str, partial: Path) -> Iterator[Progress]:
    """Append to ``partial`` what it lacks."""
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=20) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all bytes were there before: the hash decides
        response.raise_for_status()
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        have = have if resumed else 0
        total = int(response.headers.get("Content-Length", 0)) + have
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                file.write(chunk)
                have += len(chunk)
                yield Progress(step=have, total=max(total, have), message="Downloading the weights")
