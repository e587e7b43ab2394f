"""Names of one's own choice for one's own models: ``--model robots`` for ``--model own/0123456789abcdef``.

Python and the shell know them, which are one owner. Over HTTP and on pages only the random names count: others could
guess a chosen one.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.core import user_models
from zoo.core.cards import bundled_cards
from zoo.core.errors import InputError, NotFoundError
from zoo.core.files import replacing
from zoo.core.storage import storing

FILE = ".names.json"
PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
KNOBS = ("model", "models", "name")  # whose values name models


def names() -> dict[str, str]:
    """``own/TOKEN`` by name. A file that cannot be read names nothing."""
    try:
        stored = json.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(model) for name, model in stored.items()} if isinstance(stored, dict) else {}


def check_name(name: str) -> str:
    """The name, if it can be given to a model. Raises InputError for one with odd characters, or of a bundled model."""
    if not PATTERN.fullmatch(name):
        raise InputError(f"{name!r} cannot be a name: use 1 to 60 letters, digits, dots, hyphens and underscores.")
    if any(card.name == name for card in bundled_cards()):
        raise InputError(f"{name} is a bundled model: choose another name.")
    return name


def give_name(name: str, model: str) -> None:
    """Let ``name`` mean ``own/TOKEN`` from now on, whatever it meant before. Raises InputError, StorageError.

    The model that had the name keeps its random one.
    """
    check_name(name)
    kept = {each: token for each, token in names().items() if user_models.is_owned(token)}
    with storing("The name"), replacing(_file()) as partial:
        partial.write_text(json.dumps(kept | {name: model}, indent=1))


def name_of(model: str) -> str:
    """The name of ``own/TOKEN``; empty where it has none."""
    return next((name for name, named in names().items() if named == model), "")


def resolve(name: str) -> str:
    """What a name means; any other name stays as it is. Raises NotFoundError where its model is gone."""
    model = names().get(name, name)
    if model != name and not user_models.is_owned(model):
        raise NotFoundError(f"The model {name} has expired or was removed: make it again.")
    return model


def resolved(values: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs and knobs by name, with the chosen names of models replaced."""
    return {key: _resolved(value) if key in KNOBS else value for key, value in values.items()}


def _resolved(value: Any) -> Any:
    if isinstance(value, str):
        return resolve(value)
    return [_resolved(each) for each in value] if isinstance(value, list | tuple) else value


def _file() -> Path:
    return user_models.directory() / FILE
