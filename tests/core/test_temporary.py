"""Temporary files of a process: in one folder, which goes with it, or when another one starts after it was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, tempfile
from zoo.core.temporary import use_own_folder
folder = use_own_folder()
file = tempfile.NamedTemporaryFile(delete=False)
assert file.name.startswith(str(folder))
print(folder, flush=True)
sys.stdin.read()
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process with temporary files, and its folder."""
    environment = os.environ | {"TMPDIR": str(folder)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, **pipes)
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def end(process: "subprocess.Popen[str]", number: int | None = None) -> None:
    process.send_signal(number) if number else None
    process.communicate(timeout=60)


def test_files_of_a_killed_process_are_removed_by_the_next(tmp_path: Path) -> None:
    other = tmp_path / "menagerie-of-another-program"
    other.mkdir()
    killed, left = start(tmp_path)
    end(killed, signal.SIGKILL)
    assert len(list(left.iterdir())) == 2
    living, kept = start(tmp_path)
    assert not left.exists()
    third, own = start(tmp_path)
    assert {other, kept, own} == set(tmp_path.iterdir())
    end(third)
    end(living)
    assert set(tmp_path.iterdir()) == {other}
