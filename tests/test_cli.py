"""The shell's door: answers on standard output, errors as one sentence on standard error, and a fitting exit status."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from tests.hub import ROBERTA
from zoo import cli
from zoo.classify import evaluate, probabilities
from zoo.core.cards import bundled_cards, exhibit_cards
from zoo.core.evaluation import labelled_pictures
from zoo.core.inputs import encode_png
from zoo.examples import EXAMPLES, example, example_path
from zoo.knobs.classify import ClassifyKnobs

ROOT = Path(__file__).parent.parent
CARDS = exhibit_cards("classify")
CHELSEA = example_path("chelsea")
Zoo = Callable[..., SimpleNamespace]


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


def records(text: str) -> list[dict[str, object]]:
    """Every line must be an object of its own."""
    return [json.loads(line) for line in text.splitlines()]


def plain(text: str) -> str:
    """Help as running text, without frames, colours and line breaks."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", text).split())


def assert_told(done: SimpleNamespace, *words: str) -> None:
    """One sentence on standard error, nothing else, and status 2."""
    assert (done.status, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert line.startswith("zoo: ")
    assert line.endswith(".")
    assert all(word in line for word in words), line


# Lists


def test_list_gives_size_figures_and_restriction(zoo: Zoo) -> None:
    done = zoo("list")
    for card in bundled_cards():
        (line,) = [line for line in done.out.splitlines() if line.startswith(f"{card.name} ")]
        assert f"[{card.restriction}]" in line
        assert f"{card.size_bytes / 1e6:.1f} MB" in line
        assert all(f"{metric.value:.4g} on {metric.dataset}" in done.out for metric in card.metrics)


def test_list_as_json_is_an_object_a_line(zoo: Zoo) -> None:
    assert records(zoo("list", "--json").out) == [card.summary() for card in bundled_cards()]


def test_official_models_are_listed_on_request(zoo: Zoo) -> None:
    listed = records(zoo("list", "--official", "--json").out)
    assert {"torchvision/resnet50", ROBERTA} < {record["name"] for record in listed}
    assert all(record["restriction"] for record in listed)


def test_example_is_a_path(zoo: Zoo) -> None:
    for sample in EXAMPLES:
        assert Path(zoo("example", sample.name).out.strip()).is_file()
    assert_told(zoo("example", "unicorn"), "unicorn", "chelsea")


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


def test_picture_may_come_through_a_pipe(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    data = Path(CHELSEA).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(BytesIO(data)))
    (piped,) = records(zoo("classify", "-", "--json").out)
    (direct,) = records(zoo("classify", CHELSEA, "--json").out)
    assert piped["answers"][0]["predictions"] == direct["answers"][0]["predictions"]


def test_heat_map_of_the_first_picture_is_written(zoo: Zoo, tmp_path: Path) -> None:
    file = tmp_path / "heat.png"
    assert zoo("classify", CHELSEA, example_path("coffee"), "--heat-map", file).status == 0
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", example("chelsea").size)
    assert_told(zoo("classify", CHELSEA, "--heat-map", tmp_path / "none" / "heat.png"), "none/heat.png", "written")


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


# Evaluate


def truths() -> list[tuple[str, bytes]]:
    """Three pictures; the first model is right on the first and has the second in its third place."""
    classes = [known.id for known in CARDS[0].classes]
    pictures = [example(name) for name in ("chelsea", "coffee", "flower")]
    ranked = [probabilities(CARDS[0].name, [picture])[0].argsort()[::-1] for picture in pictures]
    ids = [classes[ranked[0][0]], classes[ranked[1][2]], classes[ranked[2][9]]]
    return list(zip(ids, map(encode_png, pictures), strict=True))


def as_folder(path: Path, pictures: Sequence[tuple[str, bytes]]) -> Path:
    for index, (truth, data) in enumerate(pictures):
        (path / truth).mkdir(parents=True)
        (path / truth / f"{index}.png").write_bytes(data)
    (path / "README.txt").write_text("Other files are no pictures.")
    return path


def as_names(path: Path, pictures: Sequence[tuple[str, bytes]]) -> Path:
    path.mkdir()
    for index, (truth, data) in enumerate(pictures):
        (path / f"{truth}_{index}.PNG").write_bytes(data)
    return path


def as_tar(path: Path, pictures: Sequence[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for index, (truth, data) in enumerate(pictures):
            member = tarfile.TarInfo(f"pictures/{truth}_{index}.png")
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return path


def as_parquet(path: Path, pictures: Sequence[tuple[str, bytes]]) -> Path:
    ids, data = zip(*pictures, strict=True)
    parquet.write_table(pa.table({"image": pa.array(data), "wnid": pa.array(ids)}), path)
    return path


def as_numbered_parquet(path: Path, pictures: Sequence[tuple[str, bytes]]) -> Path:
    """As on the hub: pictures as bytes with a name, classes as numbers."""
    places = [known.id for known in CARDS[0].classes]
    rows = [{"image": {"bytes": data, "path": None}, "label": places.index(truth)} for truth, data in pictures]
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("form", [as_folder, as_names, as_tar, as_parquet, as_numbered_parquet])
def test_evaluate_reads_every_form_and_prints_only_json(
    zoo: Zoo, tmp_path: Path, form: Callable[[Path, Sequence[tuple[str, bytes]]], Path]
) -> None:
    path = form(tmp_path / "data", truths())
    done = zoo("evaluate", "classify", path, "--model", CARDS[0].name, "--json")
    assert (done.status, done.err) == (0, "")
    (record,) = records(done.out)
    assert record == {"model": CARDS[0].name, "top1": pytest.approx(1 / 3), "top5": pytest.approx(2 / 3), "n": 3}
    assert labelled_pictures(path).total == 3


def test_evaluate_without_a_model_measures_all(zoo: Zoo, tmp_path: Path) -> None:
    shared = set.intersection(*({known.id for known in card.classes} for card in CARDS))
    path = as_names(tmp_path / "data", [(sorted(shared)[0], Path(CHELSEA).read_bytes())])
    done = zoo("evaluate", "classify", path, "--json")
    assert (done.status, done.err) == (0, "")
    assert [(record["model"], record["n"]) for record in records(done.out)] == [(card.name, 1) for card in CARDS]
    assert records(done.out)[0].keys() == {"model", "top1", "top5", "n"}


def test_models_that_know_none_of_the_classes_are_left_out_and_named(zoo: Zoo, tmp_path: Path) -> None:
    everything, *fewer = sorted(CARDS, key=lambda card: -len(card.classes))
    known = {known.id for card in fewer for known in card.classes}
    rare = next(each.id for each in everything.classes if each.id not in known)
    path = as_names(tmp_path / "data", [(rare, Path(CHELSEA).read_bytes())])
    done = zoo("evaluate", "classify", path, "--json")
    assert done.status == 0
    assert [record["model"] for record in records(done.out)] == [everything.name]
    assert len(done.err.splitlines()) == len(fewer)
    assert all(card.name in done.err for card in fewer)
    assert_told(zoo("evaluate", "classify", path, "--model", fewer[0].name), fewer[0].name)


def test_evaluation_shows_its_progress_to_who_looks_on(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a terminal of Unix")
    path = as_names(tmp_path / "data", [(CARDS[0].classes[0].id, Path(CHELSEA).read_bytes())] * 40)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "zoo", "evaluate", "classify", str(path), "--model", CARDS[0].name, "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=300)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert json.loads(done.stdout)["n"] == 40
    assert CARDS[0].name in shown
    assert "32/40" in shown
    assert "40/40" in shown


def test_data_that_no_model_knows_is_an_error(zoo: Zoo, tmp_path: Path) -> None:
    path = as_names(tmp_path / "data", [("n99999999", Path(CHELSEA).read_bytes())])
    done = zoo("evaluate", "classify", path, "--json")
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == len(CARDS)


def test_data_that_cannot_be_read_is_told(zoo: Zoo, tmp_path: Path) -> None:
    def told(path: Path, *words: str) -> None:
        assert_told(zoo("evaluate", "classify", path, "--json"), *words)

    told(tmp_path / "missing", "missing", "check the path")
    (tmp_path / "notes.txt").write_text("some words")
    told(tmp_path / "notes.txt", "notes.txt", "neither a parquet file, a folder nor a tar")
    parquet.write_table(pa.table({"picture": [b""], "kind": [1]}), tmp_path / "other.parquet")
    told(tmp_path / "other.parquet", "image", "kind, picture")
    parquet.write_table(pa.table({"image": ["a/path.jpg"], "label": [1]}), tmp_path / "paths.parquet")
    told(tmp_path / "paths.parquet", "row 1", "bytes")
    told(as_names(tmp_path / "damaged", [("n02124075", b"\x89PNG\r\n")]), "n02124075_0.PNG", "damaged")
    assert_told(zoo("evaluate", "sculpt", tmp_path), "sculpt", "classify")


def test_pictures_come_in_a_fixed_order_with_their_classes(tmp_path: Path) -> None:
    data = encode_png(Image.new("RGB", (2, 2)))
    path = as_names(tmp_path / "data", [("n00000002", data), ("n00000001", data)])
    (path / "cats").mkdir()
    (path / "cats" / "1.png").write_bytes(data)
    (path / "cats" / "n00000003.png").write_bytes(data)
    (path / "folder.png").mkdir()
    assert [sample.label for sample in labelled_pictures(path).samples] == [
        "cats",
        "n00000003",
        "n00000001",
        "n00000002",
    ]


def test_labels_are_matched_by_name_where_there_is_no_id(tmp_path: Path) -> None:
    first = CARDS[0].classes[0]
    path = as_folder(tmp_path / "data", [(first.label, Path(CHELSEA).read_bytes())])
    assert evaluate(path, CARDS[0].name).n == 1


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
