"""The user-model directory: models that visitors made, opened by a random name in every interface, and in no list.

One folder a model, shaped like a bundled one, kept as ``zoo.core.visitor_folders`` tells: it expires after
``LIFETIME`` seconds. As a source, this module is registered under the prefix "own". Listing and removing take the
owner. Python and the shell are one owner, whoever has the directory.
"""

import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import ModelCard, ModelCardData

from zoo.core import checksums
from zoo.core.cards import REPAIR, WEIGHTS_FILE, Card, CardSummary, damaged_summary, read_card, write_config
from zoo.core.errors import BusyError, DamagedModelError, InputError, NotFoundError
from zoo.core.settings import Settings
from zoo.core.sources import Task
from zoo.core.steps import Steps
from zoo.core.storage import storing
from zoo.core.visitor_folders import HOUR, OWNER_FILE, VisitorFolders

if TYPE_CHECKING:
    from torch import Tensor, nn

SOURCE = "own"
LIFETIME = 14 * 86_400  # seconds
MODELS_PER_OWNER, MAX_TOTAL_BYTES = 10, 2 * 10**9
LOCAL_OWNER = "local"  # of models made in Python and in the shell
MAX_TITLE = 60  # characters
FOLDERS = VisitorFolders("models", "user models", LIFETIME)


def directory() -> Path:
    """The folder of all user models."""
    return FOLDERS.directory


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
    ``check_quota`` raises, and StorageError or UnavailableError where the disk refuses; then nothing is left behind.
    """
    from safetensors.torch import save as to_bytes

    check_quota(owner)
    partial, folder = FOLDERS.new()
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    data = ModelCardData(**front, ignore_metadata_errors=False)
    try:
        with storing("The model"):
            partial.mkdir(parents=True)
            write_config(partial, config)
            (partial / WEIGHTS_FILE).write_bytes(to_bytes(contiguous, metadata={"format": "pt"}))
            for name, content in (files or {}).items():
                (partial / name).write_text(content)
            ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n").save(partial / "README.md")
            checksums.write_list(partial, checksums.hashes(partial, checksums.listed_files(partial)))
            FOLDERS.stamp(partial, owner)
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # gone already where all went well
    return card(folder.name)


def check_title(title: str) -> str:
    """A title on one line. Raises InputError for one that is empty or too long."""
    title = " ".join(title.split())
    if not 0 < len(title) <= MAX_TITLE:
        raise InputError(f"Give it a name of 1 to {MAX_TITLE} characters.")
    return title


def derived_front_matter(card: Card, brought: str, right: str) -> dict[str, Any]:
    """The front matter of a model fine-tuned from ``card`` on what a visitor ``brought``.

    ``right``: a clause that says whose that is; it stands in the restriction.
    """
    data = [{"name": entry.name, "licence": entry.licence} for entry in card.training_data]
    return {
        "license": "other",
        "license_name": card.licence,
        "restriction": f"{card.restriction}; {right}",
        "weights": "fine-tuned here",
        "training_data": [*data, {"name": f"{brought} that a visitor brought", "licence": "not known here"}],
        "citation": card.citation,
    }


def check_quota(owner: str) -> None:
    """Raises InputError when an owner has too many models, BusyError when an address has, or the directory is full."""
    FOLDERS.sweep()
    if len(FOLDERS.of_owner(owner)) >= MODELS_PER_OWNER:
        raise InputError(f"You have {MODELS_PER_OWNER} models of your own here: remove one, then try again.")
    limit = Settings().models_per_address
    if len(FOLDERS.of_address(owner)) >= limit:
        raise BusyError(f"Your network address has {limit} models here: remove one, or try again in some days.", HOUR)
    if sum(file.stat().st_size for folder in FOLDERS.finished() for file in folder.iterdir()) > MAX_TOTAL_BYTES:
        raise BusyError("The directory of user models is full: try again when some have expired.", HOUR)


def owned(owner: str = LOCAL_OWNER) -> tuple[Card, ...]:
    """The cards of an owner's models that can be used, the oldest first."""
    return tuple(each for each in _owned(owner) if isinstance(each, Card))


def owned_summaries(owner: str = LOCAL_OWNER) -> list[CardSummary]:
    """The same as lists have it, with models whose files are damaged: their owner can remove them."""
    return [each.summary() if isinstance(each, Card) else each for each in _owned(owner)]


def _owned(owner: str) -> Iterator[Card | CardSummary]:
    FOLDERS.sweep()
    for folder in FOLDERS.of_owner(owner):
        try:
            yield card(folder.name)
        except NotFoundError:  # removed since the folders were listed
            continue
        except DamagedModelError as error:
            yield damaged_summary(f"{SOURCE}/{folder.name}", SOURCE, str(error))


def is_owned(name: str, owner: str = LOCAL_OWNER) -> bool:
    """Whether ``own/TOKEN`` is a model of an owner."""
    return name.removeprefix(f"{SOURCE}/") in [folder.name for folder in FOLDERS.of_owner(owner)]


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
    """The card of ``own/TOKEN``. Raises NotFoundError, DamagedModelError."""
    folder, name = _folder(token), f"{SOURCE}/{token}"
    try:
        return read_card(folder, name, SOURCE)
    except DamagedModelError as error:
        reason = str(error).removesuffix(REPAIR)
        raise DamagedModelError(f"The model {name} is damaged. {reason}: remove it, and make it again.") from error


def names(task: Task) -> list[str]:
    """None: only those who know a name find the model."""
    return []


def is_cached(card: Card) -> bool:
    """Always."""
    return True


def paths(card: Card) -> list[Path]:
    """All files but the one that tells whose model it is."""
    assert card.folder is not None
    return sorted(file for file in card.folder.iterdir() if file.name != OWNER_FILE)


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
            if not path.name.startswith("."):
                file.write(path, f"{folder.name}/{path.name}")
    return packed.getvalue()


def _folder(token: str) -> Path:
    if folder := FOLDERS.open(token):
        return folder
    raise NotFoundError(
        f"There is no user model named {SOURCE}/{token}: it has expired or was removed, or the name is misspelt. "
        "Make it again."
    )
