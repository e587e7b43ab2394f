"""What visitors made: models that whoever knows the name opens in every door, and that nobody finds in a list.

A folder each, shaped like a bundled model's, in the directory that the environment's ZOO_DATA names or the system's
place for data. It goes after ``KEPT`` seconds.
"""

import io
import os
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import ModelCard, ModelCardData
from platformdirs import user_data_path

from zoo.core.cards import WEIGHTS_FILE, Card, read_card, write_config
from zoo.core.errors import BusyError, InputError, NotFoundError

if TYPE_CHECKING:
    from torch import Tensor

SOURCE = "own"
KEPT = 14 * 86_400  # seconds
PER_OWNER, IN_ALL = 10, 2 * 10**9  # models, bytes
OWNER_FILE = ".owner"
MAX_TITLE = 60  # characters
HOUR = 3600.0


def directory() -> Path:
    """Where they stand."""
    return Path(os.environ.get("ZOO_DATA") or user_data_path("menagerie", appauthor=False)) / "models"


def save(
    config: Mapping[str, Any],
    tensors: "Mapping[str, Tensor]",
    front: Mapping[str, Any],
    text: str,
    owner: str,
    files: Mapping[str, str] | None = None,
) -> Card:
    """Put a model on the shelf under a random name; its card.

    ``front``: the front matter that every card must have; ``files``: whatever else belongs to it, by name. Raises what
    ``admit`` raises.
    """
    from safetensors.torch import save_file

    check_quota(owner)
    token = secrets.token_hex(8)
    folder, being_made = directory() / token, directory() / f"{token}.partial"
    being_made.mkdir(parents=True)
    write_config(being_made, config)
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(whole, being_made / WEIGHTS_FILE, metadata={"format": "pt"})
    for name, content in (files or {}).items():
        (being_made / name).write_text(content)
    data = ModelCardData(**front, ignore_metadata_errors=False)
    ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n").save(being_made / "README.md")
    (being_made / OWNER_FILE).write_text(owner)
    being_made.rename(folder)
    return card(token)


def check_title(title: str) -> str:
    """A title on one line. Raises InputError for one that is empty or too long."""
    title = " ".join(title.split())
    if not 0 < len(title) <= MAX_TITLE:
        raise InputError(f"Give it a name of 1 to {MAX_TITLE} characters.")
    return title


def derived_front_matter(card: Card, brought: str, whose: str) -> dict[str, Any]:
    """The front matter of what was learnt on top of ``card`` from what a visitor ``brought``, ``whose`` it is."""
    data = [{"name": each.name, "licence": each.licence} for each in card.training_data]
    return {
        "license": "other",
        "license_name": card.licence,
        "restriction": f"{card.restriction}; what it learnt from belongs to {whose}",
        "weights": "fine-tuned here",
        "training_data": [*data, {"name": f"{brought} that a visitor brought", "licence": "not known here"}],
        "citation": card.citation,
    }


def check_quota(owner: str) -> None:
    """Raises InputError when an owner has too many already, BusyError when the shelf is full: ask before long work."""
    sweep()
    kept = [folder for folder in _folders() if (folder / OWNER_FILE).exists()]
    if sum((folder / OWNER_FILE).read_text() == owner for folder in kept) >= PER_OWNER:
        raise InputError(f"You have {PER_OWNER} models of your own here: remove one, then try again.")
    if sum(file.stat().st_size for folder in kept for file in folder.iterdir()) > IN_ALL:
        raise BusyError("There is no room for more models here: try again when some have expired.", HOUR)


def sweep() -> None:
    """Remove what has expired, and what was never finished."""
    for folder in _folders():
        if time.time() - folder.stat().st_mtime > (HOUR if folder.suffix else KEPT):
            shutil.rmtree(folder, ignore_errors=True)  # another process may be at it


def _folders() -> list[Path]:
    return [folder for folder in directory().iterdir() if folder.is_dir()] if directory().exists() else []


def card(token: str) -> Card:
    """The card of ``own/TOKEN``. Raises NotFoundError."""
    folder = _folder(token)
    return read_card(folder, f"{SOURCE}/{token}", SOURCE)


def remove(name: str) -> None:
    """Take ``own/TOKEN`` off the shelf. Raises NotFoundError."""
    shutil.rmtree(_folder(name.removeprefix(f"{SOURCE}/")))


def archive(name: str) -> bytes:
    """The folder of ``own/TOKEN`` as a zip file. Raises NotFoundError."""
    folder, packed = _folder(name.removeprefix(f"{SOURCE}/")), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            if path.name != OWNER_FILE:
                file.write(path, f"{folder.name}/{path.name}")
    return packed.getvalue()


def _folder(token: str) -> Path:
    folder = directory() / token
    if re.fullmatch(r"[0-9a-f]{16}", token) and folder.is_dir() and time.time() - folder.stat().st_mtime <= KEPT:
        return folder
    raise NotFoundError(
        f"There is no model of a visitor's own named {SOURCE}/{token}: it has expired or was removed, or the name is "
        "misspelt. Make it again."
    )
