"""The command as tests call it, and the probabilities in a JSON answer."""

import functools
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import typer

from zoo import cli

ROOT = Path(__file__).parents[2]
# Typer makes all commands anew for each command line, from dozens of signatures: here once in a process.
COMMANDS = functools.cache(typer.main.get_command)


def command(*arguments: object, stdin: bytes = b"") -> SimpleNamespace:
    """``python -m zoo``, in this process, where torch is imported and weights are loaded: its status, out and err."""
    given = io.TextIOWrapper(io.BytesIO(stdin))
    with (
        patch.object(typer.main, "get_command", COMMANDS),
        patch.object(sys, "argv", ["zoo", *map(str, arguments)]),
        patch.object(sys, "stdin", given),
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    return SimpleNamespace(status=ended.value.code or 0, out=out.getvalue(), err=err.getvalue())


def shell(*arguments: str, code: int = 0, stdin: bytes = b"") -> str:
    """What ``python -m zoo`` prints; what it complains of when it is to end with another code."""
    done = command(*arguments, stdin=stdin)
    assert done.status == code, done.err
    return str(done.out if code == 0 else done.err)


def probabilities(answer: dict[str, object]) -> dict[str, float]:
    """The probability of each class in an answer, by its label."""
    return {p["label"]: p["probability"] for p in answer["predictions"]}  # type: ignore[attr-defined]
