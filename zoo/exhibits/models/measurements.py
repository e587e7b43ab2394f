"""What was measured on this machine, in one JSON file: measurements by model and device, and costs.

Costs of the bundled models come with the project: they are the same everywhere. Nothing here imports torch.
"""

import json
import os
import platform
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from zoo.core.assets import ASSETS
from zoo.core.settings import Settings
from zoo.exhibits.models.results import Costs, Machine, Measurement

BUNDLED = ASSETS / "tables" / "costs.json"


class Stored(BaseModel):
    """The file. Measurements of another machine, or with another torch, are dropped when new ones are written."""

    model_config = ConfigDict(frozen=True)

    machine: Machine | None = None
    measured: dict[str, dict[str, Measurement]] = {}
    costs: dict[str, Costs] = {}


def path() -> Path:
    return Settings().cache / "measurements.json"


def read() -> Stored:
    """What is stored; nothing where the file is missing, or is of another version."""
    if not path().exists():
        return Stored()
    try:
        return Stored.model_validate_json(path().read_text())
    except ValidationError:
        return Stored()


def write(machine: Machine, model: str, measurements: dict[str, Measurement], costs: Costs) -> None:
    """Add the measurements of a model to the file."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path().with_suffix(".lock")):
        before = read()
        same = before.machine == machine
        measured = dict(before.measured) if same else {}
        measured[model] = measured.get(model, {}) | measurements
        after = Stored(machine=machine, measured=measured, costs=before.costs | {model: costs})
        partial = path().with_suffix(".partial")
        partial.write_text(after.model_dump_json(indent=1))
        partial.replace(path())


def bundled_costs() -> dict[str, Costs]:
    """The costs of the bundled models, by name."""
    stored: dict[str, Any] = json.loads(BUNDLED.read_text())
    return {name: Costs(**costs) for name, costs in stored.items()}


def describe_machine() -> Machine:
    """The machine that this process runs on."""
    from torch import __version__, get_num_threads

    from zoo.core.device import core_count, limit_threads, memory_limit_bytes

    limit_threads()
    return Machine(
        cpu=cpu_name(),
        cores=core_count(),
        memory_bytes=memory_limit_bytes(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        torch=str(__version__),
        threads=get_num_threads(),
    )


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor as the system calls it."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.lower().startswith(("model name", "hardware"))]
    return names[0] if names else platform.processor() or platform.machine() or os.name
