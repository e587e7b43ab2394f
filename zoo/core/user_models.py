"""The user-model directory: models that visitors made, opened by a random name in every interface, and in no list.

One folder a model, shaped like a bundled one, in the directory of the setting ``data``. It expires after ``LIFETIME``
seconds by ``zoo.core.service_clock``. As a source, this module is registered under the prefix "own".

Whoever knows a name may use the model. Listing and removing take its owner: a secret of the one who made it, of which
the directory holds a hash alone. Python and the shell are one owner, whoever has the directory.
"""

import hashlib
import io
import re
import secrets
import shutil
import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huggingface_hub import ModelCard, ModelCardData

from zoo.core import checksums
from zoo.core.cards import REPAIR, WEIGHTS_FILE, Card, CardSummary, damaged_summary, read_card, write_config
from zoo.core.errors import BusyError, DamagedModelError, InputError, NotFoundError, UnavailableError
from zoo.core.jobs import Steps
from zoo.core.service_clock import ServiceClock
from zoo.core.settings import Settings
from zoo.core.sources import Task
from zoo.core.storage import storing

if TYPE_CHECKING:
    from torch import Tensor, nn

SOURCE = "own"
LIFETIME = 14 * 86_400  # seconds
MODELS_PER_OWNER, MAX_TOTAL_BYTES = 10, 2 * 10**9
OWNER_FILE, SAVED_FILE, ADDRESS_FILE, CLOCK_FILE = ".owner", ".saved", ".address", ".clock"
MAX_ADDRESSES = 10_000  # that are known at once
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
    ``check_quota`` raises, and StorageError or UnavailableError where the disk refuses; then nothing is left behind.
    """
    from safetensors.torch import save as to_bytes

    check_quota(owner)
    token = secrets.token_hex(8)
    folder, partial = directory() / token, directory() / f"{token}.partial"
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
            (partial / OWNER_FILE).write_text(_digest(owner))
            (partial / SAVED_FILE).write_text(f"{_now():.0f}")
            if address := _address_of(owner):
                (partial / ADDRESS_FILE).write_text(address)
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)  # gone already where all went well
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
    """Raises InputError when an owner has too many models, BusyError when an address has, or the directory is full."""
    sweep()
    if len(_folders_of(owner)) >= MODELS_PER_OWNER:
        raise InputError(f"You have {MODELS_PER_OWNER} models of your own here: remove one, then try again.")
    kept = [folder for folder in _folders() if not folder.suffix]
    address, limit = _address_of(owner), Settings().models_per_address
    if address and sum(_content(folder / ADDRESS_FILE) == address for folder in kept) >= limit:
        raise BusyError(f"Your network address has {limit} models here: remove one, or try again in some days.", HOUR)
    if sum(file.stat().st_size for folder in kept for file in folder.iterdir()) > MAX_TOTAL_BYTES:
        raise BusyError("The directory of user models is full: try again when some have expired.", HOUR)


_addresses: OrderedDict[str, str] = OrderedDict()  # of owners whose requests are under way: hashes, as in the files
_addresses_lock = threading.Lock()


def set_address(owner: str, address: str | None) -> None:
    """Count the models that an owner makes from now on for a network address too. None: of no address."""
    if not address:
        return
    with _addresses_lock:
        _addresses[_digest(owner)] = _digest(f"address {address}")
        _addresses.move_to_end(_digest(owner))
        while len(_addresses) > MAX_ADDRESSES:
            _addresses.popitem(last=False)


def _address_of(owner: str) -> str:
    with _addresses_lock:
        return _addresses.get(_digest(owner), "")


def sweep() -> None:
    """Remove what has expired, and what was never finished."""
    for folder in _folders():
        try:
            expired = time.time() - folder.stat().st_mtime > HOUR if folder.suffix else _expired(folder)
        except FileNotFoundError:  # another process removed it
            continue
        if expired:
            shutil.rmtree(folder, ignore_errors=True)  # another process may be removing it too


def _now() -> float:
    """The reading of the directory's clock; not below any model's, where the clock's file was lost."""
    clock = directory() / CLOCK_FILE
    lost = not clock.exists()
    saved = [float(_content(folder / SAVED_FILE) or 0) for folder in _folders()] if lost else []
    return ServiceClock(clock).now(max(saved, default=0.0))


def _expired(folder: Path) -> bool:
    """Of a model without a date, as older versions saved, the time begins now."""
    now, saved = _now(), _content(folder / SAVED_FILE)
    if not saved.isdigit():
        with suppress(OSError):  # on a read-only disk nothing expires
            (folder / SAVED_FILE).write_text(f"{now:.0f}")
        return False
    return now - float(saved) > LIFETIME


def _content(file: Path) -> str:
    """The text of a small file; empty where it cannot be read."""
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _folders() -> list[Path]:
    """All folders, or none where the directory is missing. Raises UnavailableError where it cannot be read."""
    try:
        return [folder for folder in directory().iterdir() if folder.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnavailableError(f"The user models cannot be read here ({error.strerror}): try again later.") from error


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _folders_of(owner: str) -> list[Path]:
    """Finished models of an owner, the oldest first."""
    digest = _digest(owner)
    mine = [folder for folder in _folders() if not folder.suffix and _content(folder / OWNER_FILE) == digest]
    return sorted(mine, key=lambda folder: (folder.stat().st_mtime_ns, folder.name))


def owned(owner: str = LOCAL_OWNER) -> tuple[Card, ...]:
    """The cards of an owner's models that can be used, the oldest first."""
    return tuple(each for each in _owned(owner) if isinstance(each, Card))


def owned_summaries(owner: str = LOCAL_OWNER) -> list[CardSummary]:
    """The same as lists have it, with models whose files are damaged: their owner can remove them."""
    return [each.summary() if isinstance(each, Card) else each for each in _owned(owner)]


def _owned(owner: str) -> Iterator[Card | CardSummary]:
    sweep()
    for folder in _folders_of(owner):
        try:
            yield card(folder.name)
        except NotFoundError:  # removed since the folders were listed
            continue
        except DamagedModelError as error:
            yield damaged_summary(f"{SOURCE}/{folder.name}", SOURCE, str(error))


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
    folder = directory() / token
    if re.fullmatch(r"[0-9a-f]{16}", token) and folder.is_dir() and not _expired(folder):
        return folder
    raise NotFoundError(
        f"There is no user model named {SOURCE}/{token}: it has expired or was removed, or the name is misspelt. "
        "Make it again."
    )
