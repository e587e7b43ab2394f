"""The files around the code keep their promises: pins agree, make and the image find what they name, text is clear."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pages.components import layout
from zoo import __version__
from zoo.core.settings import Settings, variable

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
MAKEFILE = (ROOT / "Makefile").read_text()
# Without what a surrounding `make test` hands down, which would change what an inner make prints.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
UV = str(Path(sys.executable).parent / "uv")
LOCKS = ("requirements.txt", "requirements-test.txt")


def output(*command: str) -> str:
    """What `command` prints, run at the root; a failure fails the test with its own words."""
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def requirements(file: str) -> list[str]:
    """The requirement lines of a lock file, without comments."""
    return [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith((" ", "#"))]


def pins(lines: list[str]) -> dict[str, str]:
    """NormalizedModel package name to exact version; a line that is no exact pin fails the test."""
    found = {}
    for line in lines:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)( ; .+)?", line)
        assert match, f"not an exact pin: {line}"
        found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    return found


# Packages


@pytest.mark.parametrize("file", LOCKS)
def test_lock_files_pin_every_package_once(file: str) -> None:
    lines = requirements(file)
    assert len(pins(lines)) == len(lines) > 0


@pytest.mark.parametrize("file", LOCKS)
def test_lock_files_leave_cuda_to_the_torch_that_is_installed(file: str) -> None:
    cuda = [name for name in pins(requirements(file)) if name.startswith(("nvidia-", "cuda-", "triton"))]
    assert not cuda, f"add to no-emit-package in pyproject.toml, then `make lock`: {cuda}"


@pytest.mark.parametrize("file", LOCKS)
def test_lock_files_name_no_place_to_download_from(file: str) -> None:
    assert not re.search(r"://|^-|^ *--|file:|@ ", (ROOT / file).read_text(), re.MULTILINE)


def declared() -> list[Requirement]:
    """What the metadata asks for, extras included."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [each for each in map(Requirement, lines) if each.name != project["name"]]


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_declared_ranges_hold_the_locked_versions(requirement: Requirement) -> None:
    locked = pins(requirements("requirements.txt"))
    assert requirement.specifier, "a range says what is known to work"
    assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])


def test_test_tools_are_locked() -> None:
    locked = pins(requirements("requirements-test.txt"))
    assert {canonicalize_name(Requirement(line).name) for line in PROJECT["dependency-groups"]["test"]} <= locked.keys()


@pytest.mark.parametrize("name", ["streamlit", "fastapi", "altair"])
def test_the_library_alone_asks_for_no_server(name: str) -> None:
    assert name not in {Requirement(line).name for line in PROJECT["project"]["dependencies"]}


def test_the_two_lock_files_agree() -> None:
    runtime, test = (pins(requirements(file)) for file in LOCKS)
    assert {name: test[name] for name in test.keys() & runtime.keys()} == {
        name: runtime[name] for name in test.keys() & runtime.keys()
    }


def test_one_version_everywhere() -> None:
    assert PROJECT["project"]["version"] == __version__
    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_console_script_is_the_command_line() -> None:
    assert PROJECT["project"]["scripts"] == {"zoo": "zoo.cli:main"}
    assert "Usage" in output(sys.executable, "-m", "zoo", "--help")


@pytest.mark.parametrize("file", ["README.md", "docs/how-to/deploy.md", "Dockerfile"])
def test_containers_in_the_documentation_keep_their_data_and_write_nowhere_else(file: str) -> None:
    commands = re.findall(r"docker run .*", (ROOT / file).read_text())
    assert commands or file == "README.md"
    for command in commands:
        assert "-v menagerie:/data" in command
        assert "--read-only --tmpfs /tmp" in command


def test_all_that_the_image_writes_lies_in_its_volume() -> None:
    variables = dict(re.findall(r"(\w+)=(/\S+)", DOCKERFILE))
    for name in ("TORCH_HOME", "HF_HOME", *(variable(each) for each in ("data", "cache"))):
        assert variables[name].startswith("/data/")


# Make and continuous integration


@pytest.mark.parametrize(
    "target",
    [
        "run",
        "test",
        "slow",
        "pages",
        "faults",
        "audit",
        "lint",
        "format",
        "types",
        "docs",
        "wheel",
        "screenshots",
        "lock",
        "help",
    ],
)
def test_make_target_can_be_planned(target: str) -> None:
    assert output("make", "-n", target).strip()


def test_make_alone_prints_the_commands() -> None:
    assert re.search(r"make run .*\n(.*\n)*.*make test ", output("make"))


def test_make_passes_port_and_torch_backend_on() -> None:
    plan = output("make", "--always-make", "-n", "run", "PORT=9000", "TORCH=cpu")
    assert "zoo serve --port 9000" in plan
    assert re.search(r"uv pip install .*--torch-backend cpu -r requirements.txt", plan)


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    command = ["make", "run", f"VENV={venv}", "PYTHON=no-such-python"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "Menagerie needs Python 3.11" in done.stdout
    assert "no-such-python" in done.stdout
    assert not venv.exists()


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script.read_text()
    assert re.search(r"^(exec )?make test$", script.read_text(), re.MULTILINE)
    output("bash", "-n", str(script))


# The image


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps `path` out of the image; the last matching line decides, as in Docker."""
    here = PurePosixPath("/", path)
    out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        rule = pattern.removeprefix("**/") if pattern.startswith("**/") else f"/{pattern}"
        # What holds for a folder holds for all it contains.
        if line and not line.startswith("#") and any(p.match(rule) for p in (here, *here.parents[:-1])):
            out = not line.startswith("!")
    return out


def copied() -> list[str]:
    """The sources of every COPY from the build context."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return sorted({source.rstrip("/") for line in lines for source in line.split()[:-1]})


@pytest.mark.parametrize("source", copied())
def test_image_copies_what_is_there_and_not_ignored(source: str) -> None:
    assert (ROOT / source).exists()
    assert not ignored(source)


def test_image_has_every_file_the_app_reads_and_no_other() -> None:
    assert {"app.py", "pages", "zoo", "assets", ".streamlit", "requirements.txt"} <= set(copied())
    for path in (
        ".git/config",
        ".venv/bin/python",
        "tests/conftest.py",
        "training/style.py",
        "zoo/core/__pycache__/api.pyc",
    ):
        assert ignored(path), path
    assert ignored(".streamlit/secrets.toml")
    assert not ignored("zoo/core/errors.py")


def test_image_base_is_pinned_and_fits_the_project() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    version = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-[a-z]+", bases[0])
    assert version
    wanted = PROJECT["project"]["requires-python"]
    low, high = (tuple(map(int, bound.split("."))) for bound in re.fullmatch(r">=([\d.]+),<([\d.]+)", wanted).groups())
    assert low <= tuple(map(int, version[1].split("."))) < high


def test_image_and_make_use_one_uv() -> None:
    assert re.findall(r"uv==([\d.]+)", DOCKERFILE) == re.findall(r"^UV_VERSION := (\S+)$", MAKEFILE, re.MULTILINE)


def test_torch_backends_are_ones_uv_knows() -> None:
    refusal = subprocess.run([UV, "pip", "install", "--torch-backend", "?", "torch"], capture_output=True, text=True)
    listed = re.search(r"possible values: (.*?)\]", refusal.stderr, re.DOTALL)
    assert listed
    named = re.findall(r"TORCH_BACKEND=(\w+)", DOCKERFILE) + re.findall(r"TORCH=(\w+)", MAKEFILE)
    assert {"cpu", "cu132"} == set(named) <= set(re.split(r",\s*", listed[1]))


def test_image_starts_the_server_with_options_it_has() -> None:
    command = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1]
    words = re.findall(r'"([^"]*)"', command)
    assert words[:4] == ["python", "-m", "zoo", "serve"]
    known = output(sys.executable, "-m", "zoo", "serve", "--help")
    for option in (word for word in words if word.startswith("--")):
        assert f"{option} " in known


def test_image_runs_as_a_user_and_checks_its_health() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    user = re.search(r"^USER (\S+)$", last_stage, re.MULTILINE)
    assert user
    assert user[1] not in ("root", "0")
    assert re.search(r"^HEALTHCHECK .*http://localhost:8501/api/v1/health", last_stage, re.MULTILINE)
    assert re.search(r"^EXPOSE 8501$", last_stage, re.MULTILINE)
    data = re.search(r"^VOLUME (\S+)$", last_stage, re.MULTILINE)
    assert data
    assert re.search(rf"install --directory --owner {user[1]} .*{data[1]}$", last_stage, re.MULTILINE)


def test_image_sets_only_what_the_library_reads() -> None:
    known = {variable(name) for name in Settings.model_fields}
    assert set(re.findall(r"\b((?:ZOO|TORCH|HF)_\w+)=", DOCKERFILE)) - {"TORCH_BACKEND"} <= known


# Theme


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` in [0, 1] (WCAG 2.2)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


SURFACES = {
    f"{mode}{place}": {**THEME[mode], **(THEME[mode]["sidebar"] if place else {})}
    for mode in ("light", "dark")
    for place in ("", " sidebar")
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("ink", ["textColor", "linkColor"])
def test_text_can_be_read(surface: str, ground: str, ink: str) -> None:
    assert contrast(SURFACES[surface][ink], SURFACES[surface][ground]) >= 4.5


@pytest.mark.parametrize("surface", SURFACES)
def test_primary_buttons_can_be_read_and_found(surface: str) -> None:
    primary = SURFACES[surface]["primaryColor"]
    ink = layout.DARK_INK if surface.startswith("dark") else "#FFFFFF"  # Streamlit's own is white
    assert contrast(ink, primary) >= 4.5
    assert contrast(primary, SURFACES[surface]["backgroundColor"]) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_chart_marks_can_be_seen(mode: str) -> None:
    colours = THEME[mode]["chartCategoricalColors"]
    assert len(set(colours)) == len(colours)
    assert [c for c in colours if contrast(c, THEME[mode]["backgroundColor"]) < 3] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_chart_scales_are_ones_streamlit_accepts(mode: str) -> None:
    sequential = THEME[mode]["chartSequentialColors"]
    assert len(sequential) == len(THEME[mode]["chartDivergingColors"]) == 10
    steps = [luminance(c) for c in sequential]
    assert steps in (sorted(steps), sorted(steps, reverse=True))


def test_theme_needs_no_network() -> None:
    assert "://" not in (ROOT / ".streamlit/config.toml").read_text()


@pytest.mark.parametrize("name", ["logo.svg", "mark.svg"])
def test_pictures_are_drawn_and_titled(name: str) -> None:
    root = ElementTree.fromstring((ROOT / "assets" / name).read_text())
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert "Menagerie" in (title.text or "")
    assert root.get("aria-labelledby") == title.get("id")
    assert not root.findall(".//{http://www.w3.org/2000/svg}text")  # words are paths: no font is needed


def test_mark_is_square() -> None:
    _, _, width, height = ElementTree.parse(ROOT / "assets/mark.svg").getroot().get("viewBox", "").split()
    assert width == height
