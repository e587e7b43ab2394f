"""Augment's tables: they grow, resume after an interruption and are never their own input; and learning curves."""

import csv
import random
from pathlib import Path

import pytest

from tests.interfaces.shell import shell
from tests.steps import walked
from zoo.core.errors import InputError
from zoo.core.files import partial_path
from zoo.exhibits.augment import (
    AugmentKnobs,
    AugmentTableKnobs,
    LearningCurveKnobs,
    augment_table,
    learning_curve,
)


def augmented(source: Path, target: Path, **options: bool) -> list[dict[str, str]]:
    walked(augment_table(source, AugmentTableKnobs(outputs=3, **options), target=target))
    assert not partial_path(target).exists()
    return rows_of(target)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        file.write("text,label\n")
        file.writelines(
            f"the happy dog number{'x' * number} ran to a quick film,{number % 2}\n" for number in range(rows)
        )
        file.write('"=SUM(A1) is terrible",1\n\n,0\nthe happy dog number ran to a quick film,0\n')
    return path


def interrupted(source: Path, target: Path) -> bytes:
    """Stop after the first step; the bytes that are left."""
    steps = augment_table(source, AugmentTableKnobs(outputs=3), target=target)
    next(steps)
    steps.close()
    return partial_path(target).read_bytes()


def test_rows_without_a_text_are_kept_as_they_are_and_counted(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("text,label\nthe happy dog ran to a quick film,1\n,2\n  ,3\n,4\n")
    result = walked(augment_table(source, AugmentTableKnobs(outputs=2), target=target))[1]
    rows = rows_of(target)
    assert [row["label"] for row in rows if not row["text"].strip()] == ["2", "3", "4"]
    assert result.empty == 3
    assert result.skipped == 0
    assert result.written == len(rows)
    assert "Rows without a text, which got no new ones: 3." in result.notes


def test_a_table_grows_with_labels_and_without_repeated_texts(tmp_path: Path) -> None:
    rows = augmented(table(tmp_path / "in.csv", 20), tmp_path / "out.csv")
    assert list(rows[0]) == ["text", "label", "operation", "source_row"]
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts)
    originals = {row["source_row"]: row for row in rows if row["operation"] == "original"}
    assert len(originals) == 22  # the repeated sentence is written once
    assert all(row["label"] == originals[row["source_row"]]["label"] for row in rows if row["source_row"] in originals)
    assert originals["21"]["text"] == "=SUM(A1) is terrible"  # a file to train on keeps its texts
    assert len(rows) > 60


@pytest.mark.parametrize("resume", [False, True])
def test_apostrophes_are_written_when_asked_for_and_counted(tmp_path: Path, resume: bool) -> None:
    source, target = table(tmp_path / "in.csv", 120), tmp_path / "out.csv"
    knobs = AugmentTableKnobs(outputs=1, spreadsheet_safe=True, resume=resume)
    if resume:
        steps = augment_table(source, knobs.model_copy(update={"resume": False}), target=target)
        next(steps)
        steps.close()
    result = walked(augment_table(source, knobs, target=target))[1]
    formulas = [row["text"] for row in rows_of(target) if row["text"].startswith(("'=", "="))]
    assert formulas[0] == "'=SUM(A1) is terrible"
    assert result.apostrophes == len(formulas)
    assert shell("augment-table", str(source), str(target), "--spreadsheet-safe").count("Apostrophes") == 1


def test_a_table_of_another_format_is_read_and_told(tmp_path: Path) -> None:
    source = tmp_path / "in.tsv"
    source.write_text('label\twords\npos\t"a happy dog ran to the quick film\nneg\ta sad dog left"\n')
    knobs = AugmentTableKnobs(column="words", outputs=1)
    result = walked(augment_table(source, knobs, target=tmp_path / "out.csv"))[1]
    assert (result.read_as.separator, result.read_as.quoting, result.rows) == ("tab", "none", 2)
    assert rows_of(tmp_path / "out.csv")[0]["words"] == '"a happy dog ran to the quick film'
    printed = shell(
        "augment-table", str(source), str(tmp_path / "new.csv"), "--column", "words", "--header", "no", code=2
    )
    assert "The table has: column 1, column 2" in printed


def test_a_row_beyond_the_limit_stays_without_new_rows(tmp_path: Path) -> None:
    long = "word " * 501
    (tmp_path / "in.csv").write_text(f"text\n{long}\na happy dog ran to the quick film\n")
    rows = augmented(tmp_path / "in.csv", tmp_path / "out.csv")
    assert [row["operation"] for row in rows if row["source_row"] == "1"] == ["original"]
    assert len(rows) > 2


def test_an_interrupted_table_resumes_to_the_same_end(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 120)
    whole = augmented(source, tmp_path / "whole.csv")
    target = tmp_path / "part.csv"
    assert len(interrupted(source, target)) > 1000
    assert not target.exists()
    with partial_path(target).open("a") as file:
        file.write("a torn li")
    assert augmented(source, target, resume=True) == whole
    assert augmented(source, target, resume=True) == whole


def test_resuming_computes_no_finished_row_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.exhibits.augment import tables

    source, target = table(tmp_path / "in.csv", 120), tmp_path / "out.csv"
    interrupted(source, target)
    numbers = []
    own = tables.augment_row

    def counted(text: str, knobs: AugmentKnobs, offset: int):  # type: ignore[no-untyped-def]
        numbers.append(offset)
        return own(text, knobs, offset)

    monkeypatch.setattr(tables, "augment_row", counted)
    augmented(source, target, resume=True)
    assert numbers == list(range(50, 124))


def test_an_interrupted_run_leaves_the_earlier_output_alone(tmp_path: Path) -> None:
    source, target = table(tmp_path / "in.csv", 120), tmp_path / "out.csv"
    target.write_text("mine\n")
    first = interrupted(source, target)
    assert target.read_text() == "mine\n"
    assert interrupted(source, target) == first  # without resume it starts anew
    assert target.read_text() == "mine\n"


def test_another_table_is_not_resumed(tmp_path: Path) -> None:
    source, other = table(tmp_path / "in.csv", 3), tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="choose another file"):
        augmented(source, other, resume=True)
    assert other.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("kind", ["same", "symlink", "hard link", "partial"])
@pytest.mark.parametrize("resume", [False, True])
def test_the_table_itself_is_never_the_output(tmp_path: Path, kind: str, resume: bool) -> None:
    target = tmp_path / "b.csv"
    source = table(partial_path(target) if kind == "partial" else target, 3)
    if kind in ("symlink", "hard link"):
        target = tmp_path / "link.csv"
        target.symlink_to(source) if kind == "symlink" else target.hardlink_to(source)
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        augmented(source, target, resume=resume)
    option = ["--resume"] if resume else []
    assert "is the input itself" in shell("augment-table", str(source), str(target), *option, code=2)
    assert source.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {source.name} | ({target.name} if "link" in kind else set())


# Learning curves


def labelled(path: Path, rows: int) -> Path:
    """Two labels, each with words of its own among many that carry no information."""
    rng = random.Random(0)
    words = [["happy", "great", "brilliant", "lovely"], ["sad", "terrible", "slow", "awful"]]
    filler = [f"word{number}" for number in range(200)]
    with path.open("w") as file:
        file.write("text,label\n")
        for number in range(rows):
            sentence = [*rng.sample(filler, 6), rng.choice(words[number % 2])]
            file.write(f"{' '.join(sentence)},{number % 2}\n")
    return path


def test_a_learning_curve_measures_every_size_without_and_with_augmentation(tmp_path: Path) -> None:
    records, curve = walked(learning_curve(labelled(tmp_path / "data.csv", 320), LearningCurveKnobs(outputs=2)))
    assert [(point.rows, point.augmented) for point in curve.points] == [
        (size, augmented) for size in (20, 50, 100, 200) for augmented in (False, True)
    ]
    assert curve.held_out == 106
    assert [record.step for record in records] == sorted(record.step for record in records)
    assert records[-1].step == records[-1].total == 4 * 5 * 2
    original = [point.accuracy for point in curve.points if not point.augmented]
    assert original[-1] > 0.95 > original[0]
    assert all(0 <= point.deviation <= 0.5 for point in curve.points)


def test_a_learning_curve_needs_rows_and_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="60 rows"):
        next(learning_curve(labelled(tmp_path / "few.csv", 30)))
    short = labelled(tmp_path / "gaps.csv", 90)
    short.write_text(short.read_text() + "no label,\n,0\n")
    curve = walked(learning_curve(short, LearningCurveKnobs(outputs=1)))[1]
    assert curve.read_as.notes[-1] == "Rows without a text or a label were left out: 2."
    with pytest.raises(InputError, match="no column named 'mood'"):
        next(learning_curve(labelled(tmp_path / "few.csv", 90), LearningCurveKnobs(label="mood")))


# Commands


def test_the_commands_for_tables(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 3)
    assert shell("augment-table", str(source), str(tmp_path / "out.csv"), "--outputs", "2").endswith("out.csv\n")
    error = shell("augment-table", str(source), str(tmp_path / "new.csv"), "--column", "words", code=2)
    assert "no column named 'words'" in error
    assert not (tmp_path / "new.csv").exists()
    curve = shell("augment-learning-curve", str(labelled(tmp_path / "data.csv", 90)), "--outputs", "2")
    assert len(curve.splitlines()) == 1 + 2 * 2 + 1
    assert "Read as CSV: separator comma" in curve
