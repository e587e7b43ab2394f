"""The documentation tells the truth: its snippets run, what is generated is current, and nothing is left out."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from docs.reference import pages, stale
from tests.docs.remembered import remember_results
from tests.docs.snippets import blocks, commands, prepare, run_python, run_shell
from zoo.cli import app as command_line
from zoo.core.settings import Settings, variable
from zoo.exhibits import NAMES, OPERATIONS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# The reference shows the examples that tests/interfaces run in Python, in the shell and over HTTP: one page is enough.
REFERENCE = {ROOT / name for name in pages() if name.startswith("docs/reference")} - {
    ROOT / "docs/reference/sentiment.md"
}
# Pages whose examples train, attack or export: minutes for all of them.
LONG = {ROOT / f"docs/how-to/{name}.md" for name in ("adversarial", "classify", "generate", "inside", "style", "train")}
RUN = [
    pytest.param(page, id=str(page.relative_to(ROOT)), marks=pytest.mark.slow if page in LONG else ())
    for page in PAGES
    if page not in REFERENCE and any(block.language in ("python", "sh") for block in blocks(page))
]


@pytest.mark.parametrize("page", RUN)
def test_every_snippet_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    remember_results(monkeypatch)
    for block in blocks(page):
        if block.language == "python":
            assert run_python(block.code) or "print" not in block.code
        elif block.language == "sh":
            for words in commands(block.code):
                run_shell(words)


def test_generated_pages_are_current() -> None:
    assert stale(pages()) == [], "run python -m docs.build"


def test_every_operation_knob_command_and_setting_is_documented() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    for operation in OPERATIONS:
        assert f"## {operation.command}" in text
        assert f"/api/v1{operation.path}" in text
        for name in operation.knobs.model_fields:
            assert f"`{name}`" in text
    for command in command_line.registered_commands:
        assert command.hidden or re.search(rf"zoo {command.name}\b", text), command.name
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_exhibit_has_a_how_to(name: str) -> None:
    assert (ROOT / "docs/how-to" / f"{name}.md").exists()
    assert f"how-to/{name}.md" in (ROOT / "zensical.toml").read_text()


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            assert target.startswith(("http", "mailto")) or (page.parent / target).exists(), f"{page}: {target}"


def test_the_notebook_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "docs.build"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (ROOT / "site/index.html").exists()
    sources = [path.read_text() for path in (ROOT / "site").rglob("*.html")]
    assert not [text for text in sources if re.search(r'(src|href)="https?://[^"]*\.(js|css|woff2?)"', text)]


def test_commands_named_are_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (*PAGES, ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"`make (\w+)|^make (\w+)", page.read_text())) <= {("", ""), *((t, "") for t in targets)}
