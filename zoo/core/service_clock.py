"""Time as a directory has seen it pass, for expiry that does not trust the clock of the system.

The clock of a machine may be set, back or far ahead. A reading of this one never goes back, and no reading is more than
``MAX_STEP`` after the one before it: a clock set back deletes nothing and keeps nothing for ever, and one that jumps a
year ahead ages what there is by a day.
"""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from zoo.core.errors import ZooError
from zoo.core.files import write_file

logger = logging.getLogger(__name__)
MAX_STEP = 86_400.0  # seconds
RESOLUTION = 1.0  # seconds that pass before they are written


class ServiceClock:
    """The clock in a file: ``wall``, the system's time when it was read last, and ``passed``, its reading then."""

    def __init__(self, file: Path, wall: Callable[[], float] = time.time) -> None:
        self.file, self.wall = file, wall

    def now(self, at_least: float = 0.0) -> float:
        """Seconds that have passed; at least ``at_least``, for a clock whose file was lost."""
        last, passed = self._read()
        wall = self.wall()
        step = 0.0 if last is None else min(max(0.0, wall - last), MAX_STEP)
        reading = max(passed + step, at_least)
        if last is None or abs(wall - last) >= RESOLUTION:
            self._write(wall, reading)
        return reading

    def _read(self) -> tuple[float | None, float]:
        try:
            record = json.loads(self.file.read_text())
            return float(record["wall"]), float(record["passed"])
        except FileNotFoundError:
            return None, 0.0
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("the clock %s cannot be read, and starts anew: %s", self.file, error)
            return None, 0.0

    def _write(self, wall: float, passed: float) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.file, json.dumps({"wall": wall, "passed": passed}).encode())
        except (OSError, ZooError) as error:  # a disk that is full or read-only: nothing ages until it can be written
            logger.warning("the clock %s cannot be written: %s", self.file, error)
