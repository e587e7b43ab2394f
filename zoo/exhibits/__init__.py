"""The exhibits: one package each, whose ``operations.py`` declares what it offers.

The home page, the navigation, the command line, the API and the documentation are made from these declarations.
Reading them imports no torch.
"""

from importlib import import_module

from zoo.core.errors import NotFoundError
from zoo.core.operations import Exhibit, Operation

NAMES = (
    "classify",
    "train",
    "digits",
    "autoencoder",
    "gan",
    "inside",
    "adversarial",
    "style",
    "sound",
    "sentiment",
    "generate",
    "translate",
    "augment",
)

EXHIBITS: tuple[Exhibit, ...] = tuple(import_module(f"zoo.exhibits.{name}.operations").EXHIBIT for name in NAMES)
DASHBOARD: Exhibit = import_module("zoo.exhibits.models.operations").EXHIBIT  # about the models of all exhibits
OPERATIONS: tuple[Operation, ...] = tuple(
    operation for exhibit in (*EXHIBITS, DASHBOARD) for operation in exhibit.operations
)


def find_exhibit(name: str) -> Exhibit:
    """Raises NotFoundError."""
    for exhibit in (*EXHIBITS, DASHBOARD):
        if exhibit.name == name:
            return exhibit
    raise NotFoundError(f"There is no exhibit named {name!r}: there is {', '.join(NAMES)}.")


def find_operation(command: str) -> Operation:
    """The operation of a command's name, as in ``style-fast``. Raises NotFoundError."""
    for operation in OPERATIONS:
        if operation.command == command:
            return operation
    raise NotFoundError(f"There is no operation named {command!r}.")
