"""Tables that cannot be trained on, and odd ones that can."""

from pathlib import Path

import pytest

from tests.exhibits.train_texts.labelled_tables import texts, trained, written
from zoo.core import user_models
from zoo.core.errors import InputError


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("a text", "one")] * 5, ("text", "label"), "needs two classes"),
        ([(f"text {n}", f"class {n}") for n in range(30)], ("text", "label"), "has only one text"),
        ([("the same", "a")] * 9 + [("another", "b")] * 9, ("text", "label"), "has only one text"),
        ([(f"text {n}", str(n / 7)) for n in range(300)], ("text", "label"), "300 different values"),
        ([("", "a"), ("  ", "b")] * 9, ("text", "label"), "needs two classes"),
        ([(f"text {n}", "") for n in range(9)], ("text", "label"), "needs two classes"),
        ([(f"text {n}", f"other {n}") for n in range(9)], ("text", "more"), "No column has labels that repeat"),
    ],
)
def test_tables_that_cannot_be_trained_on_are_refused(
    data: Path, rows: list[tuple[str, ...]], header: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        trained(written(data, rows, header))
    assert user_models.owned() == ()


def test_a_column_that_is_missing_or_both_is_refused(data: Path) -> None:
    path = written(data, texts(30))
    with pytest.raises(InputError, match="no column named 'mood'"):
        trained(path, label="mood")
    with pytest.raises(InputError, match="cannot be both"):
        trained(path, column="label", label="label")
    with pytest.raises(InputError, match="a name of 1 to 60"):
        trained(path, title="  ")


def test_odd_rows_are_left_out_or_shortened_and_told(data: Path) -> None:
    rows = [
        *texts(60),
        ("x" * 100_000, "fruit"),
        ("😀" * 50, "tools"),
        ("", "fruit"),
        ("no label", " "),
        ("\0", "tools"),
    ]
    result = trained(written(data, rows))
    assert sum(result.counts) == 62  # a null character is no text
    assert any("without a text or a label" in note for note in result.notes)
    assert any("first 10,000 characters" in note for note in result.notes)


def test_numbers_are_labels_too(data: Path) -> None:
    numbers = {"fruit": "0", "tools": "1", "weather": "2"}
    result = trained(written(data, [(text, numbers[label]) for text, label in texts(60)], ("text", "target")))
    assert result.classes == ("0", "1", "2")
    assert result.accuracy > 0.8


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "xlsx"])
def test_other_kinds_of_tables_are_read(data: Path, kind: str) -> None:
    import pandas as pd

    frame, path = pd.DataFrame(texts(60), columns=["text", "label"]), data / f"table.{kind}"
    match kind:
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_excel(path, index=False)
    assert sum(trained(path).counts) == 60
