"""Sentiment of whole tables, and evaluation on labelled ones."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.steps import walked
from zoo.core.errors import CancelledJob, InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment import DEFAULT_MODEL, AnnotatedTable, TableKnobs, annotate_table, evaluate, probabilities
from zoo.exhibits.sentiment.evaluation import wilson_interval
from zoo.exhibits.sentiment.labels import LABELS, label_of, read_label_map
from zoo.exhibits.sentiment.tables import MAX_LISTED

PRAISE, COMPLAINT = "I love this zoo, thank you so much!", "Worst service ever, I hate it."


def predicted(text: str, neutral: bool = True) -> str:
    """The label that the model gives."""
    labels = LABELS if neutral else ("negative", "positive")
    return labels[int(probabilities(DEFAULT_MODEL, [text], neutral)[0].argmax())]


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def annotated(source: Path, target: Path, **knobs: Any) -> AnnotatedTable:
    return walked(annotate_table(source, TableKnobs(**knobs), target=target))[1]


def test_a_row_without_a_text_gets_an_empty_result_and_is_counted(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text", "id"], [PRAISE, "1"], ["", "2"], ["   ", "3"], [COMPLAINT, "4"]])
    result = annotated(source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["sentiment"] for row in rows] == [predicted(PRAISE), "", "", predicted(COMPLAINT)]
    assert rows[1]["confidence"] == rows[1]["polarity"] == ""
    assert (result.rows, result.empty, sum(result.counts.values()), len(result.uncertain)) == (4, 2, 2, 2)
    assert "Rows without a text, whose result is empty: 2." in result.notes


def test_labels_that_are_no_class_are_left_out_and_named_until_they_are_mapped(tmp_path: Path) -> None:
    rows = [["text", "mood"], [PRAISE, "Happy"], [COMPLAINT, "sad"], [PRAISE, "sad"], [COMPLAINT, "neg"], [PRAISE, ""]]
    source, target = write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv"
    result = annotated(source, target, label="mood")
    assert result.unknown_labels == {"sad": 2, "Happy": 1}
    assert result.unlabelled == 1
    assert list(result.confusion) == ["negative"]
    (left_out,) = [note for note in result.notes if "no class" in note]
    assert "'sad' (2), 'Happy' (1)" in left_out
    mapped = annotated(source, target, label="mood", label_map="happy=positive, Sad = NEG")
    assert mapped.unknown_labels == {}
    assert sum(sum(counts.values()) for counts in mapped.confusion.values()) == 4
    assert [row.cells["mood"] for row in mapped.mistakes] == ["sad"]


def test_labels_are_listed_up_to_a_limit(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text", "n"], *([PRAISE, f"x{n}"] for n in range(150))])
    result = annotated(source, tmp_path / "out.csv", label="n")
    assert len(result.unknown_labels) == MAX_LISTED + 1
    assert sum(result.unknown_labels.values()) == 150


def test_a_label_with_a_comma_or_an_equals_sign_is_mapped_on_a_line_of_its_own() -> None:
    assert read_label_map("so, so=neutral\n:=)=pos\n") == {"so, so": "neutral", ":=)": "positive"}


@pytest.mark.parametrize("label_map", ["happy", "happy=glad", "=positive"])
def test_a_label_map_that_is_not_understood_is_refused(tmp_path: Path, label_map: str) -> None:
    source = write_csv(tmp_path / "in.csv", [["text"], [PRAISE]])
    with pytest.raises(InputError, match="happy=positive, sad=negative"):
        annotated(source, tmp_path / "out.csv", label_map=label_map)


@pytest.mark.parametrize(
    ("value", "column", "label"),
    [("2", "target", "neutral"), (2, "Label", "positive"), ("4.0", "target", "positive"), ("NEG", "x", "negative")],
)
def test_the_column_name_tells_what_a_number_means(value: object, column: str, label: str) -> None:
    assert label_of(value, column) == label


def test_a_table_gets_three_more_columns_and_statistics(tmp_path: Path) -> None:
    rows = [
        ["id", "tweet", "target"],
        *([str(n), [PRAISE, COMPLAINT][n % 2], ["positive", "0"][n % 2]] for n in range(250)),
    ]
    rows += [["=1+1", "@user café was GREAT", "negative"], ["short"]]
    source, target = write_csv(tmp_path / "in.csv", rows, "cp1252"), tmp_path / "out.csv"
    knobs = TableKnobs(column="Tweet", label="target")
    job = get_runtime().submit(lambda: annotate_table(source, knobs, target=target))
    records = list(job.updates())
    result = job.result()
    assert records[-1].step == records[-1].total == 252
    assert result.path == target
    assert result.rows == 252
    assert result.empty == 1
    assert sum(result.counts.values()) == sum(result.histogram) == 251
    confusion = {truth: sum(counts.values()) for truth, counts in result.confusion.items()}
    assert confusion == {"positive": 125, "negative": 126}
    assert result.confusion["positive"][predicted(PRAISE)] == 125
    assert [row.probability for row in result.uncertain] == sorted(row.probability for row in result.uncertain)
    confident = [row.probability for row in result.mistakes]
    assert confident == sorted(confident, reverse=True)
    assert all(row.label != label_of(row.cells["target"], "target") for row in result.mistakes)
    with target.open(newline="") as file:
        out = list(csv.DictReader(file))
    assert list(out[0]) == ["id", "tweet", "target", "sentiment", "confidence", "polarity"]
    assert len(out) == 252
    assert out[250]["id"] == "'=1+1"
    assert out[250]["tweet"] == "'@user café was GREAT"
    assert result.apostrophes == 2
    assert (result.read_as.separator, result.read_as.encoding) == ("semicolon", "windows-1252")
    assert result.read_as.notes[1] == "Line 253 has fewer cells than there are columns: the others are empty."
    (row,) = probabilities(DEFAULT_MODEL, [PRAISE])
    assert float(out[0]["polarity"]) == pytest.approx(row[-1] - row[0], abs=2e-4)
    assert float(out[0]["confidence"]) == pytest.approx(row.max(), abs=2e-4)


def test_without_neutral_only_two_labels_are_predicted(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text"], [PRAISE], ["The bus leaves at 8."]])
    result = annotated(source, tmp_path / "out.csv", neutral=False)
    assert set(result.counts) <= {"negative", "positive"}
    assert result.confusion == {}
    assert result.mistakes == ()


def test_columns_of_the_table_are_not_overwritten(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text", "sentiment"], [PRAISE, "mine"]])
    result = annotated(source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["sentiment"], row["sentiment (model)"]) == ("mine", predicted(PRAISE))
    assert result.uncertain[0].cells["sentiment"] == "mine"


def test_a_table_that_was_annotated_before_keeps_all_its_columns(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("in.csv", "1.csv", "2.csv"))
    annotated(write_csv(first, [["text"], [PRAISE]]), second)
    annotated(second, third)
    annotated(third, first.with_name("3.csv"))
    header = first.with_name("3.csv").read_text().splitlines()[0].split(",")
    assert header[-3:] == ["sentiment (model) (2)", "confidence (model) (2)", "polarity (model) (2)"]
    assert len(set(header)) == len(header) == 10


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".xlsx"])
def test_other_kinds_of_tables_are_annotated(tmp_path: Path, suffix: str) -> None:
    source, frame = tmp_path / f"in{suffix}", pd.DataFrame({"id": [1, 2], "tweet": [PRAISE, "@user, hi"]})
    match suffix:
        case ".jsonl":
            frame.to_json(source, orient="records", lines=True)
        case ".parquet":
            frame.to_parquet(source)
        case _:
            frame.to_excel(source, index=False)
    result = annotated(source, tmp_path / "out.csv", column="tweet", spreadsheet_safe=False)
    assert (result.rows, result.apostrophes) == (2, 0)
    assert pd.read_csv(tmp_path / "out.csv")[["id", "tweet"]].equals(frame)


def test_a_table_can_be_cancelled_within_a_step_and_leaves_no_file(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text"], *([PRAISE] for _ in range(20_000))])
    target = tmp_path / "out.csv"
    job = get_runtime().submit(lambda: annotate_table(source, target=target))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(60)
    assert job.latest is not None
    assert job.latest.step < 20_000
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("knobs", [{"column": "words"}, {"label": "words"}, {"model": "mobilenet-v2"}])
def test_after_an_error_the_target_is_as_before(tmp_path: Path, knobs: dict[str, str]) -> None:
    source, target = write_csv(tmp_path / "in.csv", [["text"], [PRAISE]]), tmp_path / "out.csv"
    target.write_text("precious")
    with pytest.raises(InputError, match=r"no column named 'words'|is a model of classify"):
        annotated(source, target, **knobs)
    assert target.read_text() == "precious"


def test_the_table_is_never_its_own_target(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", [["text"], [PRAISE]])
    link = tmp_path / "link.csv"
    link.symlink_to(source)
    before = source.read_bytes()
    for one, other in ((source, source), (link, source), (source, link)):
        with pytest.raises(InputError, match="is the input itself"):
            annotated(one, other)
    assert source.read_bytes() == before


def test_a_missing_file_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        annotated(tmp_path / "missing.csv", tmp_path / "out.csv")
    source = write_csv(tmp_path / "in.csv", [["text"], [PRAISE]])
    with pytest.raises(InputError, match="there is no folder"):
        annotated(source, tmp_path / "missing" / "out.csv")


# Evaluation


def labelled(path: Path, columns: dict[str, list[object]]) -> Path:
    frame = pd.DataFrame(columns)
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    "columns",
    [{"target": [4, 0, 2]}, {"label": [2, 0, 1]}, {"label": ["Positive", "negative", "neutral"]}],
    ids=["target", "numbers", "names"],
)
def test_evaluation_reads_every_format(tmp_path: Path, suffix: str, columns: dict[str, list[object]]) -> None:
    texts = [PRAISE, COMPLAINT, COMPLAINT]
    path = labelled(tmp_path / f"data{suffix}", {"text": list(texts), **columns})
    calls: list[tuple[int, int]] = []
    result = evaluate(path, DEFAULT_MODEL, lambda done, total: calls.append((done, total)))
    truths = ["positive", "negative", "neutral"]
    correct = np.mean([predicted(text) == truth for text, truth in zip(texts, truths, strict=True)])
    assert result.accuracy == pytest.approx(correct)
    assert result.macro_recall == pytest.approx(correct)  # one row a class
    assert result.n == 3
    assert calls == [(3, 3)]
    assert evaluate(path, DEFAULT_MODEL, binary=True).n == 2


def test_the_wilson_interval_is_the_published_one() -> None:
    correct = np.array([True] * 8 + [False] * 2)
    assert wilson_interval(correct) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a"], "mood": ["good"]}, "needs the columns text, and target or label; it has text, mood"),
        ({"text": ["a"], "target": [1]}, "row 1: target is '?1'?, not 0, 2, 4"),
        ({"text": ["a"], "label": ["so-so"]}, "row 1: label is 'so-so'"),
    ],
)
def test_unusable_data_is_refused(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate(labelled(tmp_path / "data.csv", columns), DEFAULT_MODEL)


def test_neutral_rows_alone_cannot_be_evaluated_without_neutral(tmp_path: Path) -> None:
    path = labelled(tmp_path / "data.csv", {"text": ["a"], "label": ["neutral"]})
    with pytest.raises(InputError, match="all its rows are neutral"):
        evaluate(path, DEFAULT_MODEL, binary=True)
    with pytest.raises(InputError, match="There is no file"):
        evaluate(tmp_path / "missing.csv", DEFAULT_MODEL)
