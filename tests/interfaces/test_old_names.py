"""Options of version 0.1: each is refused with what to use instead, which exists."""

import re

import pytest

from tests.interfaces.console import Zoo, assert_told
from zoo.exhibits import OPERATIONS
from zoo.renamed import FIELDS, OPTIONS, new_option

OLD = [(command, f"--{name.replace('_', '-')}") for command, fields in FIELDS.items() for name in fields]
OLD += [(command, option) for command, options in OPTIONS.items() for option in options]


@pytest.mark.parametrize(("command", "option"), OLD)
def test_an_old_option_names_its_successor(zoo: Zoo, command: str, option: str) -> None:
    instead = new_option(command, option)
    assert instead
    for arguments in ([option, "1"], [f"{option}=1"], ["file", option]):
        assert_told(zoo(command, *arguments), option, instead)
    successor = re.search(r"command ([a-z-]+)", instead)
    help_text = zoo(successor[1] if successor else command, "--help").out
    for name in re.findall(r"--[a-z-]+", instead):
        assert name in help_text
    assert option not in re.findall(r"--[a-z-]+", zoo(command, "--help").out)


def test_an_argument_after_two_dashes_is_no_option(zoo: Zoo) -> None:
    assert zoo("sentiment", "--json", "--", "--words").status == 0


def test_renamed_operations_exist() -> None:
    assert FIELDS.keys() | OPTIONS.keys() <= {operation.command for operation in OPERATIONS}
