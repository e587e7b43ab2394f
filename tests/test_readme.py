"""The README tells the truth: its table is what the cards say, and what it names is there."""

import re
from pathlib import Path

import pytest

from training.readme import rewritten

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_table_is_what_the_cards_say() -> None:
    assert rewritten(README) == README, "run python -m training.readme"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README))))
def test_links_lead_somewhere(target: tuple[str, str]) -> None:
    path = "".join(target)
    assert path.startswith("http") or (ROOT / path).exists(), path


def test_commands_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", README)) <= targets


def test_variables_are_read_by_the_library() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "zoo").rglob("*.py"))
    for name in re.findall(r"`(ZOO_\w+)`", README):
        assert f'"{name}"' in sources
