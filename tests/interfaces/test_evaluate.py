"""Measuring models on data of one's own, in every form in which it comes."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from PIL import Image

from tests.interfaces.console import CARDS, CHELSEA, ROOT, Zoo, assert_told, records
from zoo.core.evaluation import labelled_pictures
from zoo.core.images import encode_png
from zoo.examples import example
from zoo.exhibits.classify import evaluate, probabilities


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
