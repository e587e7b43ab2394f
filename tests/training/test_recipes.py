"""The checked-in configs: each is valid for its recipe, and the models that it builds on have configs too."""

import inspect
from pathlib import Path
from typing import get_type_hints

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from training import recipes
from training.__main__ import app

EVERY_NAME = pytest.mark.parametrize("name", recipes.names())


@EVERY_NAME
def test_config_is_valid_and_its_recipe_takes_data_name_and_config(name: str) -> None:
    recipe = recipes.load(name)
    assert list(inspect.signature(recipe.train).parameters) == ["data", "name", "config"]
    hints = get_type_hints(recipe.train)
    assert (hints["data"], hints["name"]) == (Path, str)
    assert isinstance(recipe.config, hints["config"])


@EVERY_NAME
def test_every_field_is_described(name: str) -> None:
    kind = type(recipes.load(name).config)
    for field in kind.model_fields:
        # A subclass may change a default alone.
        classes = [base for base in kind.__mro__ if field in getattr(base, "model_fields", {})]
        assert any(base.model_fields[field].description for base in classes), field


@EVERY_NAME
def test_checkpoints_that_a_config_needs_have_configs(name: str) -> None:
    values = recipes.load(name).config.model_dump()
    needed = [values.get("init_from"), values.get("teacher"), *(values.get("teachers") or ())]
    assert {other for other in needed if other} <= set(recipes.names())


def test_a_field_can_be_changed_and_an_unknown_one_is_refused() -> None:
    name = recipes.names()[0]
    assert recipes.load(name, seed=17).config.seed == 17
    with pytest.raises(ValidationError):
        recipes.load(name, no_such_field=1)


def test_commands_list_and_show_the_configs() -> None:
    runner = CliRunner()
    listed = runner.invoke(app, ["list"])
    assert [line.split()[0] for line in listed.stdout.splitlines()] == recipes.names()
    shown = runner.invoke(app, ["show", recipes.names()[0], "--set", "seed=5"])
    assert '"seed": 5' in shown.stdout
