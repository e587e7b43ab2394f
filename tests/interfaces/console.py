"""The command line as tests see it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from zoo.core.cards import exhibit_cards
from zoo.examples import example_path

ROOT = Path(__file__).parents[2]
CARDS = exhibit_cards("classify")
CHELSEA = example_path("chelsea")
Zoo = Callable[..., SimpleNamespace]


def records(text: str) -> list[dict[str, object]]:
    """Every line must be an object of its own."""
    return [json.loads(line) for line in text.splitlines()]


def plain(text: str) -> str:
    """Help as running text, without frames, colours and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


def assert_told(done: SimpleNamespace, *words: str) -> None:
    """One sentence on standard error, nothing else, and status 2."""
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("zoo: ")
    assert line.endswith(".")
    assert all(word in line for word in words), line
