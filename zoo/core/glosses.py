"""What the classes of image classifiers are: their definitions in WordNet 3.0, by WordNet id."""

import functools
import json

from zoo.core.assets import TABLES

TABLE = TABLES / "class_glosses.json"  # written by ``python -m training.words glosses``


@functools.cache
def _glosses() -> dict[str, str]:
    glosses: dict[str, str] = json.loads(TABLE.read_text())
    return glosses


def definition(class_id: str) -> str:
    """The definition of a class, empty for one that is no synset of WordNet or of no bundled model."""
    return _glosses().get(class_id, "")
