"""What an operation takes: one entry a kind of input, with its limits, and how each interface hands it over.

In Python an input may be a path, bytes or the plain type itself; all three decode as an upload does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from os.path import isdir, isfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo.core.errors import InputError
from zoo.core.images import IMAGE_LIMITS, decode_image, from_array, image_format_help, read_limited
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, from_samples, sound_format_help
from zoo.core.srgb import to_srgb_rgb
from zoo.core.tables import TABLE_LIMITS
from zoo.core.texts import TEXT_LIMITS, decode_text

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")
Kind = Literal["image", "images", "sound", "recording", "text", "document", "table", "archive", "any", "state"]
Takes = Literal["image", "sound", "text"]  # what a model reads
PathOrBytes: TypeAlias = "str | PathLike[str] | bytes"
ImageLike: TypeAlias = "PathOrBytes | IO[bytes] | Image.Image | NDArray[Any] | Tensor"
SoundLike: TypeAlias = "PathOrBytes | IO[bytes] | Sound | tuple[NDArray[Any] | Tensor, int]"
TextLike: TypeAlias = "PathOrBytes | Document"
AnyInput: TypeAlias = "ImageLike | SoundLike | TextLike"


class Document(str):
    """The text of a document: a plain ``str`` names its file."""


@dataclass(frozen=True)
class Input:
    """One argument of an operation.

    ``help``: one sentence for forms and ``--help``. ``default``: the value where it may be left out. ``rate``: samples
    a second of a sound. ``max_items``: of several images. ``max_characters``: of a text.
    """

    name: str
    kind: Kind
    help: str
    default: str | None = None
    rate: int = 16_000
    max_items: int = 1
    max_characters: int = 10_000

    @property
    def max_bytes(self) -> int:
        """What a request may carry for it."""
        if self.kind == "text":
            return 12 * self.max_characters  # four bytes of UTF-8, each as %XX
        return _MAX_BYTES[self.kind] * self.max_items

    @property
    def optional_file(self) -> bool:
        """Whether it is a file that may be left out: an option in the shell."""
        return self.default is not None and self.kind != "text"

    @property
    def spooled(self) -> bool:
        """Whether it stays a file on disk, read piece by piece: it may be larger than memory."""
        return self.kind in ("recording", "table", "archive")

    def decode(self, data: bytes) -> Any:
        """The plain type from the bytes of a file. Raises InputError, TooLargeError."""
        match self.kind:
            case "image" | "images":
                return decode_image(data)
            case "sound":
                return decode_sound(data, self.rate)
            case "any" | "state":
                return data  # the operation decodes it: of any, by what its model takes (see ``as_taken``)
            case _:
                return Document(decode_text(data))


STATE_BYTES = 48 * 2**20  # of what a network and its optimiser have learnt
ARCHIVE_BYTES = 500 * 2**20  # of an upload; a folder or a file of one's own may have more
_MAX_BYTES: dict[str, int] = {
    "image": IMAGE_LIMITS.max_bytes,
    "images": IMAGE_LIMITS.max_bytes,
    "sound": SOUND_LIMITS.max_bytes,
    "recording": SOUND_LIMITS.max_bytes,
    "document": TEXT_LIMITS.max_bytes,
    "table": TABLE_LIMITS.max_bytes,
    "archive": ARCHIVE_BYTES,
    "any": max(IMAGE_LIMITS.max_bytes, SOUND_LIMITS.max_bytes),
    "state": STATE_BYTES,
}
FORMATS: dict[str, str] = {
    "image": image_format_help,
    "images": image_format_help,
    "sound": sound_format_help,
    "recording": sound_format_help,
    "document": "Plain text.",
    "table": "CSV of any separator and encoding, an Excel workbook (.xlsx), JSON lines or parquet.",
    "archive": "A folder, a zip, or a tar, compressed or not.",
    "any": "A file of a picture, a sound or plain text; in Python and the shell also a text itself.",
    "state": "A safetensors file, as this program gave it.",
}


def as_image(image: ImageLike) -> Image.Image:
    """An RGB picture in sRGB, upright.

    Takes a path, the bytes of a file or an open one, a PIL image of any mode, or an array: (H, W), (H, W, 3) or
    (H, W, 4), of a torch tensor (3, H, W); uint8 in [0, 255] or floats in [0, 1]. Raises InputError, TooLargeError.
    """
    if isinstance(image, Image.Image):
        return to_srgb_rgb(image)
    if not isinstance(image, np.ndarray) and _is_file(image):
        return _decoded(image, decode_image, IMAGE_LIMITS.max_bytes)
    array = _as_array(image, "picture")
    channels_first = not isinstance(image, np.ndarray) and array.ndim == 3 and array.shape[0] in (1, 3, 4)
    return from_array(array.transpose(1, 2, 0) if channels_first else array)


def _is_file(value: Any) -> "TypeGuard[PathOrBytes | IO[bytes]]":
    return isinstance(value, str | PathLike | bytes) or hasattr(value, "read")


def _as_array(value: Any, what: str) -> NDArray[Any]:
    """An array, or what a torch tensor holds. Raises InputError for anything else."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if not isinstance(value, np.ndarray):
        kind = type(value).__name__
        raise InputError(
            f"A {what} of type {kind} is not read: give a path, bytes, an array or a tensor, one at a time."
        )
    return value


def as_sound(sound: SoundLike, rate: int) -> Sound:
    """A mono sound of ``rate`` samples a second.

    Takes a path, the bytes of a file or an open one, a ``Sound``, or (samples, samples a second): floats in [-1, 1] or
    int16, of shape (N,), (N, channels) or, as torchaudio has it, (channels, N). Raises InputError, TooLargeError.
    """
    if isinstance(sound, Sound):
        resampled = sound if sound.rate == rate else from_samples(sound.samples, sound.rate, rate)
        return replace(resampled, notes=sound.notes)
    if _is_file(sound):
        return _decoded(sound, lambda data: decode_sound(data, rate), SOUND_LIMITS.max_bytes)
    if not (isinstance(sound, tuple) and len(sound) == 2 and isinstance(sound[1], int | np.integer)):
        raise InputError("Samples need their rate: give (samples, samples a second), as in (samples, 16000).")
    samples = _as_array(sound[0], "sound")
    channels_first = samples.ndim == 2 and samples.shape[0] < samples.shape[1]
    return from_samples(samples.T if channels_first else samples, int(sound[1]), rate)


def as_document(document: TextLike) -> str:
    """The text of a file, by its path or its bytes, or of a ``Document``. Raises InputError, TooLargeError."""
    return document if isinstance(document, Document) else _decoded(document, decode_text, TEXT_LIMITS.max_bytes)


def as_taken(value: AnyInput, takes: Takes, rate: int) -> Any:
    """A picture, a ``Sound`` of ``rate`` samples a second, or a text, as a model takes it, from what any holds.

    A plain string is the path of a file, and for a model of texts the text itself where there is no such file. Raises
    InputError, TooLargeError.
    """
    if takes == "image":
        return as_image(value)  # type: ignore[arg-type]  # which tells what it does not read
    if takes == "sound":
        return as_sound(value, rate)  # type: ignore[arg-type]
    if isinstance(value, str) and not isinstance(value, Document):
        # Path.is_file() raises for a name that is too long or has a null character.
        return as_document(value) if isfile(value) else as_text(value)  # noqa: PTH113
    if not _is_file(value):
        raise InputError(f"This model reads text, not a {type(value).__name__}: give a text, or the path of one.")
    return as_document(value)  # type: ignore[arg-type]  # an open file is read as well


def as_text(text: Any) -> str:
    """The text itself. Raises InputError for what is no text, such as a list of them."""
    if not isinstance(text, str):
        raise InputError(f"A text of type {type(text).__name__} is not read: give one text at a time, as a string.")
    return text


def as_path(file: "str | PathLike[str]") -> Path:
    """The path of a file that is there. Raises InputError."""
    if not isinstance(file, str | PathLike):
        raise InputError(f"This file is read piece by piece: give its path, not a {type(file).__name__}.")
    path = Path(file)
    # Path.is_file() raises for a name that is too long or has a null character.
    if not isfile(path):  # noqa: PTH113
        raise InputError(f"There is no file at {path}: check the path.")
    return path


def as_archive(file: "str | PathLike[str]") -> Path:
    """The path of an archive, or of a folder in its place. Raises InputError."""
    return Path(file) if isinstance(file, str | PathLike) and isdir(file) else as_path(file)  # noqa: PTH112


def read_file(path: Path, max_bytes: int) -> bytes:
    """The bytes of a file. Raises InputError where it cannot be read, TooLargeError beyond ``max_bytes``."""
    try:
        with path.open("rb") as file:
            return read_limited(file, max_bytes)
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = getattr(error, "strerror", None) or "no such name"
        raise InputError(f"{path} cannot be read ({reason}): check the path.") from error


def _decoded(source: "PathOrBytes | IO[bytes]", decode: Callable[[bytes], T], max_bytes: int) -> T:
    if isinstance(source, bytes):
        return decode(source)
    if not isinstance(source, str | PathLike):
        return decode(read_limited(source, max_bytes))
    path = Path(source)
    try:
        return decode(read_file(path, max_bytes))
    except InputError as error:
        raise type(error)(str(error) if str(path) in str(error) else f"{path}: {error}") from error


def limited(source: IO[bytes], kind: Input) -> bytes:
    """All bytes of an upload. Raises TooLargeError beyond the limit of one such file."""
    return read_limited(source, _MAX_BYTES[kind.kind])
