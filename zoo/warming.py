"""The first prediction of each exhibit, made in the background after the start: visitors then wait for no import.

Importing this module imports no torch; its thread does.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from zoo.core.byte_budget import collect_garbage
from zoo.core.errors import NotFoundError, UnavailableError
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, Operation
from zoo.core.settings import Settings, variable
from zoo.examples import example_path
from zoo.exhibits import EXHIBITS, find_exhibit

DELAY = 0.5  # seconds for the server to send its first bytes before imports take the interpreter
RETRY = 2  # seconds between two questions whether it is done
_BROUGHT = {"text", "image", "images", "sound", "any"}
logger = logging.getLogger(__name__)


def chosen_exhibits(setting: str) -> tuple[Exhibit, ...]:
    """The exhibits of a setting: all, none, or names with commas between them.

    Raises UnavailableError for a name that there is not.
    """
    names = [name.strip() for name in setting.split(",") if name.strip()]
    if names in (["all"], ["none"]):
        return EXHIBITS if names == ["all"] else ()
    try:
        return tuple(find_exhibit(name) for name in names)
    except NotFoundError as error:
        raise UnavailableError(f"{variable('warm')} is all, none, or names of exhibits: {error}") from error


class Warming:
    """``before``: called first, such as an import.

    ``waiting``: the exhibits that have made no prediction yet. ``failed``: those whose prediction failed.
    """

    def __init__(self, exhibits: Sequence[Exhibit], before: Callable[[], object] = lambda: None) -> None:
        self._before = before
        self.waiting = [exhibit.name for exhibit in exhibits]
        self.failed: list[str] = []
        self._exhibits = tuple(exhibits)
        self._ended = threading.Event()

    @property
    def ready(self) -> bool:
        return not self.waiting

    def start(self) -> None:
        """Begin in a thread, which ends with the process."""
        if self._exhibits:
            threading.Thread(target=self.run, name="zoo-warming", daemon=True).start()

    def stop(self) -> None:
        """Begin with no further exhibit."""
        self._ended.set()

    def run(self) -> None:
        """Make the predictions, one exhibit after the other; one that fails keeps none of the others."""
        self._ended.wait(DELAY)
        if self._exhibits:
            self._before()
        for exhibit in self._exhibits:
            if self._ended.is_set():
                return
            started = time.perf_counter()
            try:
                warm(exhibit)
            except Exception:
                if self._ended.is_set():
                    return
                logger.exception("the first prediction of %s failed", exhibit.name)
                self.failed.append(exhibit.name)
            else:
                logger.info("%s is warm after %.1f s", exhibit.name, time.perf_counter() - started)
            self.waiting.remove(exhibit.name)
        collect_garbage()


def warm(exhibit: Exhibit) -> None:
    """Make the prediction that the example of the exhibit's first operation is."""
    operation = next(each for each in exhibit.operations if _has_files(each))
    operation.run({name: _value(operation, name, value) for name, value in operation.example.items()})


def _has_files(operation: Operation) -> bool:
    """Whether an example is a text, or files that the app brings, and none is written or made."""
    kinds = {each.kind for each in operation.inputs if not each.optional_file}
    written = operation.file is not None and operation.file.written
    return bool(operation.example) and kinds <= _BROUGHT and not (written or operation.takes_owner)


def _value(operation: Operation, name: str, value: Any) -> Any:
    kind: Input | None = next((each for each in operation.inputs if each.name == name), None)
    match kind.kind if kind else None:
        case "images":
            return [example_path(each) for each in value]
        case "image" | "sound" | "any":
            return example_path(value)
        case _:
            return value


def readiness() -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, record and headers of the answer to whether this process is ready: 200, or 503 until it is."""
    record = {"status": "ready" if current.ready else "warming", "waiting": current.waiting, "failed": current.failed}
    return (200, record, {}) if current.ready else (503, record, {"Retry-After": str(RETRY)})


current = Warming(())
"""That of this process: nothing to wait for where none was started."""


def start_warming(before: Callable[[], object] = lambda: None) -> Warming:
    """Begin what the operator's setting asks for. Raises UnavailableError for a setting that names no exhibit."""
    global current
    current = Warming(chosen_exhibits(Settings().warm), before)
    current.start()
    return current
