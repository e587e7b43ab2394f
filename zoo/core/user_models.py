"""The user-model directory: models that visitors made, opened by a random name in every interface, and in no list.

One folder a model, shaped like a bundled one, in the directory of the setting ``data``. It expires after ``LIFETIME``
seconds. As a source, this module is registered under the prefix "own".

Whoever knows a name may use the model. Listing and removing take its owner: a secret of the one who made it, of which
the directory holds a hash alone. Python and the shell are one owner, whoever has the directory.
"""

import hashlib
import io
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import ModelCard, ModelCardData

from zoo.core.cards import WEIGHTS_FILE, Card, read_card, write_config
from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.jobs import Steps
from zoo.core.settings import Settings
from zoo.core.sources import Task

if TYPE_CHECKING:
    from torch import Tensor, nn

SOURCE = "own"
LIFETIME = 14 * 86_400  # seconds
MODELS_PER_OWNER, MAX_TOTAL_BYTES = 10, 2 * 10**9
OWNER_FILE = ".owner"
LOCAL_OWNER = "local"  # of models made in Python and in the shell
MAX_TITLE = 60  # characters
HOUR = 3600.0


def directory() -> Path:
    """The folder of all user models."""
    return Settings().data / "models"


def save(
    config: Mapping[str, Any],
    tensors: "Mapping[str, Tensor]",
    front: Mapping[str, Any],
    text: str,
    owner: str,
    files: Mapping[str, str] | None = None,
) -> Card:
    """Save a model under a random name; its card.

    ``front``: the front matter of its card; ``text``: of its card. ``files``: more text files, by name. Raises what
    ``check_quota`` raises.
    """
    from safetensors.torch import save_file

    check_quota(owner)
    token = secrets.token_hex(8)
    folder, partial = directory() / token, directory() / f"{token}.partial"
    partial.mkdir(parents=True)
    write_config(partial, config)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, partial / WEIGHTS_FILE, metadata={"format": "pt"})
    for name, content in (files or {}).items():
        (partial / name).write_text(content)
    data = ModelCardData(**front, ignore_metadata_errors=False)
    ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n").save(partial / "README.md")
    (partial / OWNER_FILE).write_text(_digest(owner))
    partial.rename(folder)
    return card(token)


def check_title(title: str) -> str:
    """A title on one line. Raises InputError for one that is empty or too long."""
    title = " ".join(title.split())
    if not 0 < len(title) <= MAX_TITLE:
        raise InputError(f"Give it a name of 1 to {MAX_TITLE} characters.")
    return title


def derived_front_matter(card: Card, brought: str, whose: str) -> dict[str, Any]:
    """The front matter of a model fine-tuned from ``card`` on what a visitor ``brought``; ``whose`` it is."""
    data = [{"name": entry.name, "licence": entry.licence} for entry in card.training_data]
    return {
        "license": "other",
        "license_name": card.licence,
        "restriction": f"{card.restriction}; its training data belongs to {whose}",
        "weights": "fine-tuned here",
        "training_data": [*data, {"name": f"{brought} that a visitor brought", "licence": "not known here"}],
        "citation": card.citation,
    }


def check_quota(owner: str) -> None:
    """Raises InputError when an owner has too many models, BusyError when the directory is full."""
    sweep()
    if len(_folders_of(owner)) >= MODELS_PER_OWNER:
        raise InputError(f"You have {MODELS_PER_OWNER} models of your own here: remove one, then try again.")
    kept = [folder for folder in _folders() if (folder / OWNER_FILE).exists()]
    if sum(file.stat().st_size for folder in kept for file in folder.iterdir()) > MAX_TOTAL_BYTES:
        raise BusyError("The directory of user models is full: try again when some have expired.", HOUR)


def sweep() -> None:
    """Remove what has expired, and what was never finished."""
    for folder in _folders():
        if time.time() - folder.stat().st_mtime > (HOUR if folder.suffix else LIFETIME):
            shutil.rmtree(folder, ignore_errors=True)  # another process may be removing it too


def _folders() -> list[Path]:
    return [folder for folder in directory().iterdir() if folder.is_dir()] if directory().exists() else []


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _folders_of(owner: str) -> list[Path]:
    """Finished models of an owner, the oldest first."""
    digest = _digest(owner)
    complete = [folder for folder in _folders() if not folder.suffix and (folder / OWNER_FILE).exists()]
    mine = [folder for folder in complete if (folder / OWNER_FILE).read_text() == digest]
    return sorted(mine, key=lambda folder: (folder.stat().st_mtime, folder.name))


def owned(owner: str = LOCAL_OWNER) -> tuple[Card, ...]:
    """The cards of an owner's models, the oldest first."""
    sweep()
    return tuple(card(folder.name) for folder in _folders_of(owner))


def is_owned(name: str, owner: str = LOCAL_OWNER) -> bool:
    """Whether ``own/TOKEN`` is a model of an owner."""
    return name.removeprefix(f"{SOURCE}/") in [folder.name for folder in _folders_of(owner)]


def remove_owned(name: str, owner: str = LOCAL_OWNER) -> None:
    """Remove a model of an owner. Raises NotFoundError, the same for another's model as for none."""
    if not is_owned(name, owner):
        full_name = f"{SOURCE}/{name.removeprefix(f'{SOURCE}/')}"
        raise NotFoundError(f"You have no model named {full_name}: it has expired, was removed or is another's.")
    remove(name)


def without_names(values: Mapping[str, int]) -> dict[str, int]:
    """The same values by model, with those of all user models added up under "own": their names are secret."""
    listed: dict[str, int] = {}
    for name, value in values.items():
        key = SOURCE if name.startswith(f"{SOURCE}/") else name
        listed[key] = listed.get(key, 0) + value
    return listed


def card(token: str) -> Card:
    """The card of ``own/TOKEN``. Raises NotFoundError."""
    folder = _folder(token)
    return read_card(folder, f"{SOURCE}/{token}", SOURCE)


def names(task: Task) -> list[str]:
    """None: only those who know a name find the model."""
    return []


def is_cached(card: Card) -> bool:
    """Always."""
    return True


def fetch(card: Card) -> Steps[Path]:
    """Nothing: it is here."""
    yield from ()
    assert card.folder is not None
    return card.folder


def load(card: Card) -> "nn.Module":
    """The network with its weights. Raises NotFoundError."""
    from zoo.core import loading

    return loading.load(card.name)


def remove(name: str) -> None:
    """Remove ``own/TOKEN``. Raises NotFoundError."""
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
    if re.fullmatch(r"[0-9a-f]{16}", token) and folder.is_dir() and time.time() - folder.stat().st_mtime <= LIFETIME:
        return folder
    raise NotFoundError(
        f"There is no user model named {SOURCE}/{token}: it has expired or was removed, or the name is misspelt. "
        "Make it again."
    )
