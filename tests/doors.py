"""The shell as a door, and what is compared behind every door."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def shell(*arguments: str, code: int = 0, stdin: bytes = b"") -> str:
    """What ``python -m zoo`` prints; what it complains of when it is to end with another code."""
    command = [sys.executable, "-m", "zoo", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, input=stdin, timeout=300)
    assert done.returncode == code, done.stderr
    return (done.stdout if code == 0 else done.stderr).decode()


def odds(answer: dict[str, object]) -> dict[str, float]:
    """The probability of each class in an answer, by its label."""
    return {p["label"]: p["probability"] for p in answer["predictions"]}  # type: ignore[attr-defined]
