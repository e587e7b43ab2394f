"""Settings written for a door say the same there."""

import shlex

from pages.components.code_snippets import written
from zoo.exhibits.sound.knobs import SoundKnobs
from zoo.exhibits.style.knobs import StyleKnobs


def test_defaults_are_not_written() -> None:
    found = written(StyleKnobs())
    assert (found.python, found.shell, found.form) == ("", "", "")


def test_what_was_changed_is_written_for_each_door() -> None:
    knobs = StyleKnobs(size=64, keep_colours=True, start="noise", style=1.5)
    found = written(knobs)
    assert eval(f"dict({found.python})") == knobs.model_dump(exclude_defaults=True)
    assert shlex.split(found.shell) == ["--size", "64", "--style", "1.5", "--start", "noise", "--keep-colours"]
    assert shlex.split(found.form)[1::2] == ["size=64", "style=1.5", "start=noise", "keep_colours=true"]


def test_lists_are_repeated_and_odd_names_quoted() -> None:
    found = written(SoundKnobs(model=["a b", "c"]))
    assert shlex.split(found.shell) == ["--model", "a b", "--model", "c"]
    assert shlex.split(found.form) == ["-F", "model=a b", "-F", "model=c"]
