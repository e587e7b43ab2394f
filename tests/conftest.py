"""What tests in several files are given."""

import sys
from types import SimpleNamespace

import pytest

from tests.console import Zoo
from zoo import cli


@pytest.fixture
def zoo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Zoo:
    """The command, run in this process: its exit status and what it wrote."""

    def run(*arguments: object) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["zoo", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit:
            cli.main()
        return SimpleNamespace(status=exit.value.code or 0, **capsys.readouterr()._asdict())

    return run
