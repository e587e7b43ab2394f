"""Code blocks of a page of the documentation, and what runs them: Python, the ``zoo`` command, and curl."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.testclient import TestClient

from tests.interfaces.examples import classifier, document, table
from tests.interfaces.shell import command
from zoo.api.app import app
from zoo.examples import example_path

BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
EXAMPLE = re.compile(r"\$\(zoo example ([\w-]+)\)")


@dataclass(frozen=True)
class Block:
    language: str
    code: str


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page that name a language; those without one are for reading."""
    for match in BLOCK.finditer(path.read_text()):
        lines = [line.removeprefix(match["indent"]) for line in match["code"].splitlines()]
        yield Block(match["language"], "\n".join(lines))


def prepare(folder: Path) -> None:
    """The files that pages speak of as the reader's own."""
    classifier(folder)
    table(folder).rename(folder / "tweets.csv")
    document(folder).rename(folder / "book.txt")
    Image.open(example_path("coffee")).convert("RGB").save(folder / "picture.jpg")
    Image.open(example_path("china")).convert("RGB").save(folder / "photograph.jpg")
    Image.open(example_path("strokes")).convert("RGB").save(folder / "painting.jpg")
    for name in ("recording.mp3", "sound.wav"):
        (folder / name).write_bytes(Path(example_path("siren")).read_bytes())


def run_python(code: str) -> str:
    """What a block prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "documentation", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def commands(code: str) -> Iterator[list[str]]:
    """The words of each command, examples resolved; comments and blank lines left out."""
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(EXAMPLE.sub(lambda match: example_path(match[1]), line), comments=True)
        if words:
            yield words


def run_shell(words: list[str]) -> None:
    """``zoo`` in this process, curl against the API in this process; other programs are not run."""
    if words[0] == "zoo" and words[1] != "serve":
        done = command(*words[1:])
        assert done.status == 0, f"{words}: {done.err}"
    elif words[0] == "curl":
        response = curl(words[1:])
        assert response.is_success, f"{words}: {response.status_code} {response.text}"


def curl(words: list[str]) -> Any:
    """The request that curl would make, by the test client."""
    url, files, data, output, rest = "", [], [], None, iter(words)
    raw: list[str] = []
    headers: dict[str, str] = {}
    for word in rest:
        if word in ("-F", "--form", "--form-string"):
            name, _, value = next(rest).partition("=")
            if value.startswith("@") and word != "--form-string":
                files.append((name, Path(value.removeprefix("@")).read_bytes()))
            else:
                data.append((name, value))
        elif word in ("-d", "--data"):
            raw.append(next(rest))
        elif word in ("-H", "--header"):
            header, _, value = next(rest).partition(": ")
            headers[header] = value
        elif word in ("-o", "--output"):
            output = Path(next(rest))
        elif word not in ("-N", "-s", "-sN", "-L"):
            url = word
    path = re.sub(r"^(http://)?localhost:8501/api", "", url)
    form: dict[str, list[str]] = {}
    for name, value in data:
        form.setdefault(name, []).append(value)
    with TestClient(app) as client:
        if raw:
            encoding = {"Content-Type": "application/x-www-form-urlencoded"}
            response = client.post(path, content="&".join(raw).encode(), headers=encoding | headers)
        elif files or data:
            response = client.post(path, data=form, files=files, headers=headers)
        else:
            response = client.get(path, headers=headers)
    if output:
        output.write_bytes(response.content)
    return response
