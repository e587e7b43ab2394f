"""Recipes and their checked-in configs: ``python -m training list``, ``show NAME``, ``run NAME --data DATA``.

A recipe is a function ``train(data, name, config)`` that writes ``.checkpoints/NAME.pt``. A config is a TOML file in
``training/configs``: ``recipe`` names the function, every other key is a field of its ``RecipeConfig``. The run prints
the config, and the model's card holds it.
"""

import inspect
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CONFIGS = Path(__file__).parent / "configs"


class RecipeConfig(BaseModel):
    """Base of every recipe's config: immutable; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, description="Seed of everything random.")


@dataclass(frozen=True)
class Recipe:
    """A config by its name, with the function that it is for."""

    name: str
    function: str  # "training.classify.resnet:train"
    train: Callable[[Path, str, Any], None]
    config: RecipeConfig


def names() -> list[str]:
    """The checked-in configs."""
    return sorted(path.stem for path in CONFIGS.glob("*.toml"))


def load(name: str, **changes: Any) -> Recipe:
    """A checked-in config, with fields of it changed. Raises FileNotFoundError, ValidationError."""
    values = tomllib.loads((CONFIGS / f"{name}.toml").read_text())
    function = values.pop("recipe")
    module, _, attribute = function.partition(":")
    train = getattr(import_module(module), attribute)
    kind = inspect.get_annotations(train, eval_str=True)["config"]
    return Recipe(name, function, train, kind(**values | changes))
