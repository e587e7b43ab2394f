"""Try the wheel as a user gets it: in an empty environment, outside of the checkout. ``make wheel``; it takes minutes.

With the library alone, no Streamlit may be imported or needed; with the ``app`` extra, ``zoo serve`` must answer.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
DATA = tempfile.TemporaryDirectory()  # of the models that are made
PATIENCE = 120  # seconds until the server must answer
LIBRARY = """
import sys, zoo
assert "site-packages" in zoo.__file__, zoo.__file__
assert len(zoo.list_models()) > 10
answer = zoo.classify(zoo.example("coffee"), top_k=1).answers[0]
print(zoo.__version__, answer.model, answer.predictions[0].label)
trained = zoo.train(zoo.example("fruit"), out="fruit", epochs=5)
print("trained", trained.model, trained.accuracy)
for form in ("html", "cpp"):
    print(form, zoo.train_export(model="fruit", export_format=form).size_bytes)
assert "streamlit" not in sys.modules
"""


def run(*command: object, folder: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def environment() -> dict[str, str]:
    """Without what would lead back to the checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "ZOO_DATA": str(DATA.name)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def serve(venv: Path, folder: Path) -> str:
    """What ``zoo serve`` answers to a health check, an API call and the home page."""
    port = free_port()
    with subprocess.Popen(
        [venv / "bin" / "zoo", "serve", "--port", str(port)], cwd=folder, env=environment()
    ) as server:
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    with urllib.request.urlopen(f"http://localhost:{port}/api/v1/health", timeout=5) as answer:
                        health = answer.read().decode()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(1)
            for path in ("/", "/classify", "/api/v1/models"):
                with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=60) as answer:
                    assert answer.status == 200
            return health[:60]
        finally:
            server.terminate()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(UV, "build", "--wheel", "--out-dir", folder, ROOT, folder=folder)
        (wheel,) = folder.glob("*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.0f} MB")
        venv = folder / "venv"
        run(UV, "venv", "--python", sys.executable, venv, folder=folder)
        pins = ("--constraint", ROOT / "requirements.txt")
        run(UV, "pip", "install", "--python", venv / "bin" / "python", wheel, *pins, folder=folder)
        print(run(venv / "bin" / "python", "-W", "error::DeprecationWarning:zoo", "-c", LIBRARY, folder=folder).strip())
        print(len(run(venv / "bin" / "zoo", "list", folder=folder).splitlines()), "lines by zoo list")
        run(UV, "pip", "install", "--python", venv / "bin" / "python", f"{wheel}[app]", *pins, folder=folder)
        print(serve(venv, folder))


if __name__ == "__main__":
    main()
