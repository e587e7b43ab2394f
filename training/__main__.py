"""``python -m training list | show NAME | run NAME --data DATA | list-hashes``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from training import recipes
from zoo.core import checksums

app = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True, help=recipes.__doc__)
Changes = Annotated[list[str] | None, typer.Option("--set", help="A field of the config to change, as in epochs=2.")]


def _changed(pairs: list[str] | None) -> dict[str, object]:
    """``NAME=VALUE``, where the value is JSON or else text."""
    changes: dict[str, object] = {}
    for pair in pairs or []:
        name, _, text = pair.partition("=")
        try:
            changes[name] = json.loads(text)
        except json.JSONDecodeError:
            changes[name] = text
    return changes


@app.command("list")
def list_recipes() -> None:
    """The checked-in configs and the recipe that each is for."""
    for name in recipes.names():
        recipe = recipes.load(name)
        typer.echo(f"{name}  {recipe.function}")


@app.command()
def show(name: str, changes: Changes = None) -> None:
    """A config as JSON."""
    typer.echo(recipes.load(name, **_changed(changes)).config.model_dump_json(indent=2))


@app.command()
def run(
    name: str,
    data: Annotated[Path, typer.Option(help="The folder that training/README.md describes.")],
    changes: Changes = None,
) -> None:
    """Train; writes .checkpoints/NAME.pt, from which an interrupted run goes on."""
    recipe = recipes.load(name, **_changed(changes))
    typer.echo(f"{recipe.function} {recipe.config.model_dump_json()}")
    recipe.train(data, name, recipe.config)


@app.command("list-hashes")
def list_hashes() -> None:
    """Write assets/SHA256SUMS anew, after a bundled file was changed by hand or by another command."""
    checksums.list_assets()


if __name__ == "__main__":
    app()
