"""The files of a request, decoded when there is memory for what they hold."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from fastapi import UploadFile

from zoo.api.work import Pool
from zoo.core.byte_budget import Hold, covered, decoding_budget
from zoo.core.errors import InputError, TooLargeError
from zoo.core.images import decoding_bytes, kept_bytes
from zoo.core.inputs import Input, limited
from zoo.core.operations import Operation
from zoo.core.sounds import SOUND_LIMITS, Sound

_SAMPLE_BYTES = 8  # of a decoded sound: float32, and the blocks that they are joined from
_KEPT_SHARE = 5  # decoding a picture takes up to five times the memory of the picture


async def scratch() -> AsyncIterator[Path]:
    """A dependency: a folder that lasts until the response was sent."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


async def decoded(
    operation: Operation, values: Mapping[str, Any], pool: Pool, folder: Path | None
) -> tuple[dict[str, Any], Hold]:
    """The inputs of a request as the operation takes them, and the memory that they hold, to be released.

    Waits, without a thread, until the memory is free. Raises InputError, TooLargeError.
    """
    files = {
        each: values[each.name]
        for each in operation.inputs
        if each.kind != "text" and values.get(each.name) is not None  # one that may be left out
    }
    inputs = {each.name: values[each.name] for each in operation.inputs if each.kind == "text" and each.name in values}
    hold = decoding_budget().ask(await pool.run(_needed, files) if files else 0)
    try:
        if not hold.granted.done():
            await asyncio.wrap_future(hold.granted)
        if files:
            inputs |= await pool.run(_decode, files, folder)
        hold.resize(sum(map(_kept, inputs.values())))
    except BaseException:
        hold.release()
        raise
    return inputs, hold


def _needed(files: Mapping[Input, Any]) -> int:
    """The bytes that decoding all of them takes at most."""
    counts = [_count(kind, file) for kind, given in files.items() for file in _each(kind, given)]
    return max(counts) + sum(counts) // _KEPT_SHARE


def _count(kind: Input, file: UploadFile) -> int:
    size = file.size or 0
    match kind.kind:
        case "image" | "images":
            return size + decoding_bytes(file.file)
        case "sound":
            return size + int(_SAMPLE_BYTES * kind.rate * SOUND_LIMITS.max_seconds)
        case _:
            return 0 if kind.spooled else 4 * size


def _kept(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_kept, value))
    if isinstance(value, Sound):
        return value.samples.nbytes
    return kept_bytes(value) if hasattr(value, "width") else 0


def _each(kind: Input, given: Any) -> list[UploadFile]:
    """Raises TooLargeError for more files than the input takes."""
    files = given if kind.kind == "images" else [given]
    if len(files) > kind.max_items:
        raise TooLargeError(f"That is {len(files)} files as {kind.name}: send at most {kind.max_items} at a time.")
    return files


def _decode(files: Mapping[Input, Any], folder: Path | None) -> dict[str, Any]:
    with covered():
        return {kind.name: _input(kind, given, folder) for kind, given in files.items()}


def _input(kind: Input, given: Any, folder: Path | None) -> Any:
    if kind.kind == "images":
        return [_numbered(kind, number, file) for number, file in enumerate(given, 1)]
    if kind.spooled:
        assert folder is not None
        return _stored(given.file, folder / kind.name)
    return kind.decode(limited(given.file, kind))


def _stored(file: IO[bytes], path: Path) -> Path:
    with path.open("wb") as out:
        shutil.copyfileobj(file, out)
    return path


def _numbered(kind: Input, number: int, file: UploadFile) -> Any:
    """One of several files; an error says which."""
    try:
        return kind.decode(limited(file.file, kind))
    except InputError as error:
        raise type(error)(
            f"{kind.name}, file {number} ({(file.filename or 'without a name')[:100]}): {error}"
        ) from error
