"""Settings as each door writes them."""

import shlex
from dataclasses import dataclass
from typing import Any

from zoo.core.knobs import Knobs


@dataclass(frozen=True)
class Written:
    """``python``: keyword arguments. ``shell`` and ``form``: options of zoo and of curl, a space before each."""

    python: str
    shell: str
    form: str


def written(knobs: Knobs) -> Written:
    """What differs from the defaults."""
    changed = knobs.model_dump(exclude_defaults=True)
    pairs = [
        (name, entry) for name, value in changed.items() for entry in (value if isinstance(value, list) else [value])
    ]
    return Written(
        python=", ".join(f"{name}={value!r}" for name, value in changed.items()),
        shell="".join(f" {option(name, value)}" for name, value in pairs),
        form="".join(f" -F {shlex.quote(f'{name}={field(value)}')}" for name, value in pairs),
    )


def option(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    return f"--{dashed} {shlex.quote(str(value))}"


def field(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
