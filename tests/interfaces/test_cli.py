"""The ``zoo`` command: results on standard output, errors as one sentence on standard error, and the exit status."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from tests.hub import ROBERTA
from tests.interfaces.console import CARDS, CHELSEA, ROOT, Zoo, assert_told, plain, records
from zoo import __version__
from zoo.cli import app
from zoo.core.cards import bundled_cards
from zoo.examples import EXAMPLES, SOUND_EXAMPLES, example, example_path
from zoo.exhibits.classify.knobs import ClassifyKnobs
from zoo.renamed import COMMANDS

# Lists


def test_list_gives_size_metrics_and_restriction(zoo: Zoo) -> None:
    done = zoo("list")
    for card in bundled_cards():
        (line,) = [line for line in done.out.splitlines() if line.startswith(f"{card.name} ")]
        assert f"[{card.restriction}]" in line
        assert f"{card.size_bytes / 1e6:.2g} MB" in line
        assert all(f"{metric.formatted} on {metric.dataset}" in done.out for metric in card.metrics)


def test_list_as_json_is_an_object_a_line(zoo: Zoo) -> None:
    assert records(zoo("list", "--json").out) == [
        json.loads(json.dumps(asdict(card.summary()))) for card in bundled_cards()
    ]


def test_official_models_are_listed_on_request(zoo: Zoo) -> None:
    listed = records(zoo("list", "--official", "--json").out)
    assert {"torchvision/resnet50", ROBERTA} < {record["name"] for record in listed}
    assert all(record["restriction"] for record in listed)


def test_example_is_a_path(zoo: Zoo) -> None:
    for sample in EXAMPLES:
        assert Path(zoo("example", sample.name).out.strip()).is_file()
    assert_told(zoo("example", "unicorn"), "unicorn", "chelsea")


def test_examples_without_a_name_and_the_version_are_printed(zoo: Zoo) -> None:
    listed = zoo("example").out
    assert all(sample.name in listed for sample in (*EXAMPLES, *SOUND_EXAMPLES))
    assert zoo("--version").out.strip() == __version__


# Classify


def test_classify_prints_answers_and_restriction(zoo: Zoo) -> None:
    names = [option for card in CARDS for option in ("--model", card.name)]
    done = zoo("classify", CHELSEA, *names, "--top-k", 3)
    assert (done.status, done.err) == (0, "")
    for card in CARDS:
        assert re.search(rf"{card.name}  \d+ ms  \[{card.restriction}\]", done.out)
    assert len(re.findall(r"^  +\d+\.\d%  \S", done.out, re.MULTILINE)) == 3 * (len(CARDS) + 1)


def test_classify_as_json_is_an_object_a_picture(zoo: Zoo) -> None:
    files = [CHELSEA, example_path("coffee")]
    done = zoo("classify", *files, "--json")
    assert [record["file"] for record in records(done.out)] == files
    assert done.err == ""


def test_picture_may_come_through_a_pipe(zoo: Zoo) -> None:
    data = Path(CHELSEA).read_bytes()
    (piped,) = records(zoo("classify", "-", "--json", stdin=data).out)
    (direct,) = records(zoo("classify", CHELSEA, "--json").out)
    assert piped["answers"][0]["predictions"] == direct["answers"][0]["predictions"]


def test_a_file_for_each_picture_is_written(zoo: Zoo, tmp_path: Path) -> None:
    file = tmp_path / "heat.png"
    assert zoo("classify-heat-map", CHELSEA, example_path("coffee"), "--output", file).status == 0
    for written, name in ((file, "chelsea"), (tmp_path / "heat-coffee.png", "coffee")):
        with Image.open(written) as picture:
            assert picture.format == "PNG"
            width, height = example(name).size
            assert picture.width / picture.height == pytest.approx(width / height, abs=0.01)
    assert_told(
        zoo("classify-heat-map", CHELSEA, "--output", tmp_path / "none" / "heat.png"), "none/heat.png", "folder"
    )


def test_an_output_never_replaces_an_input(zoo: Zoo, tmp_path: Path) -> None:
    file, link = tmp_path / "picture.png", tmp_path / "link.png"
    data = Path(CHELSEA).read_bytes()
    file.write_bytes(data)
    link.symlink_to(file)
    for output in (file, link, tmp_path / "." / "picture.png"):
        assert_told(zoo("classify-heat-map", file, "--output", output), "is the input itself")
    assert file.read_bytes() == data


def test_an_output_of_a_batch_replaces_neither_an_input_nor_another_output(zoo: Zoo, tmp_path: Path) -> None:
    data = Path(CHELSEA).read_bytes()
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
    files = [tmp_path / "a" / "one.png", tmp_path / "b" / "cat.png", tmp_path / "c" / "cat.png"]
    for file in (*files, tmp_path / "out-cat.png"):
        file.write_bytes(data)
    for output in (files[1], tmp_path / "out.png"):  # of b/cat.png comes out-cat.png, an input
        done = zoo("classify-heat-map", files[0], tmp_path / "out-cat.png", files[1], "--output", output)
        assert_told(done, "is the input itself")
        assert done.out == ""
    assert all(file.read_bytes() == data for file in (*files, tmp_path / "out-cat.png"))
    assert zoo("classify-heat-map", *files, "--output", tmp_path / "map.png").status == 0
    assert {path.name for path in tmp_path.glob("map*")} == {"map.png", "map-cat.png", "map-cat-2.png"}


def test_one_bad_file_does_not_end_a_batch(zoo: Zoo, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("not a picture")
    done = zoo("classify", CHELSEA, bad, example_path("coffee"), "--json")
    assert done.status == 2
    assert [record["file"] for record in records(done.out)] == [CHELSEA, example_path("coffee")]
    (line,) = done.err.splitlines()
    assert "notes.txt" in line


def test_what_cannot_be_read_is_told_by_name(zoo: Zoo, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")
    assert_told(zoo("classify", tmp_path / "missing.png"), "missing.png", "No such file")
    assert_told(zoo("classify", tmp_path), str(tmp_path))
    assert_told(zoo("classify", text), "notes.txt", "text, not a picture")
    assert_told(zoo("classify", CHELSEA, "--model", "no-such-model"), "no-such-model", CARDS[0].name)


@pytest.mark.parametrize("value", ["0", "21", "many"])
def test_knob_out_of_bounds_is_refused(zoo: Zoo, value: str) -> None:
    done = zoo("classify", CHELSEA, "--top-k", value)
    assert (done.status, done.out) == (2, "")
    assert "--top-k" in done.err


def test_too_many_models_are_refused_in_a_sentence(zoo: Zoo) -> None:
    options = [option for _ in range(7) for option in ("--model", CARDS[0].name)]
    assert_told(zoo("classify", CHELSEA, *options), "model", "at most 6")


def test_help_describes_each_knob_with_its_bounds(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    help = plain(zoo("classify", "--help").out)
    for name, knob in ClassifyKnobs.model_json_schema()["properties"].items():
        assert f"--{name.replace('_', '-')}" in help
        assert knob["description"] in help
        if "maximum" in knob:
            assert f"{knob['minimum']}<=x<={knob['maximum']}" in help


@pytest.mark.parametrize("name", sorted(str(command.name) for command in app.registered_commands))
def test_every_command_has_help(zoo: Zoo, name: str) -> None:
    done = zoo(name, "--help")
    assert (done.status, done.err) == (0, "")
    assert name in done.out


@pytest.mark.parametrize("old", COMMANDS)
def test_old_commands_work_and_name_their_successors(zoo: Zoo, old: str) -> None:
    done = zoo(old, "--help")
    assert done.status == 0
    assert COMMANDS[old] in done.out


# As a program


def test_a_known_error_leaves_no_traceback_behind() -> None:
    command = [sys.executable, "-m", "zoo", "classify", "no-such-file.png", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zoo: no-such-file.png cannot be read (No such file or directory): check the path.\n"


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["classify", "--help"], ["example", "chelsea"]], ids=str)
def test_what_needs_no_model_wakes_none(arguments: list[str]) -> None:
    code = (
        "import sys; from zoo.cli import main\n"
        f"sys.argv = {['zoo', *arguments]}\n"
        "try: main()\n"
        "finally: print({'torch', 'torchvision'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "set()\n")
    assert done.stdout


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["classify", CHELSEA, CHELSEA, "--json"]], ids=str)
def test_a_reader_that_has_enough_is_no_error(arguments: list[str]) -> None:
    command = shlex.join([sys.executable, "-m", "zoo", *arguments])
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        f"{command} | head -c 1", shell=True, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.stderr == ""
    assert len(done.stdout) == 1


def test_a_file_name_that_is_not_utf_8_is_read_and_printed(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(file)).write_bytes(Path(CHELSEA).read_bytes())
    command = [sys.executable, "-m", "zoo", "classify", file, b"caf\xe9-missing.png", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    (record,) = records(done.stdout)
    assert os.fsencode(str(record["file"])) == file
    assert "missing.png cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_that_cannot_hold_a_character_is_escaped() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    for options in ([], ["--json"]):
        command = [sys.executable, "-m", "zoo", "augment", "a nice → ž", "--no-replace", "--no-insert", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, env=environment, timeout=120)
        assert (done.returncode, done.stderr) == (0, b"")
        if options:
            assert "→" in str(records(done.stdout.decode("latin-1"))[0])


def test_a_text_that_is_not_utf_8_is_decoded_as_a_file_would_be() -> None:
    command = [sys.executable, "-m", "zoo", "sentiment", "--json"]
    for words, piped in (([b"caf\xe9"], None), (["-"], b"caf\xe9")):
        done = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, input=piped, timeout=120)
        (record,) = records(done.stdout.decode())
        assert record["text"] == "café"
        assert "not UTF-8" in done.stderr.decode()
