"""Models by their titles on a page, and by their names in its link and its code."""

from collections.abc import Sequence

from zoo.core.answers import ENSEMBLE
from zoo.core.cards import find_card


def model_title(name: str) -> str:
    """The title of a bundled model's card; of a published model its name without publisher and revision.

    >>> model_title("hub/google/vit-base@main")
    'vit-base'
    """
    if name == ENSEMBLE:
        return "Average"
    return name.split("@")[0].rsplit("/", 1)[-1] if "/" in name else find_card(name).title


def titles(names: Sequence[str]) -> dict[str, str]:
    return {name: model_title(name) for name in names}
