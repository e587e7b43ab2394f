"""``zoo evaluate digits``: a table with labels, and a folder of class folders."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.interfaces.console import Zoo
from zoo.core.images import encode_png
from zoo.exhibits.digits.drawing import DRAWINGS, draw_strokes


@pytest.mark.parametrize("model", ["digit-cnn", "digit-mlp"])
def test_a_table_is_measured_in_json(zoo: Zoo, tmp_path: Path, model: str) -> None:
    rows = [{"image": {"bytes": encode_png(draw_strokes(DRAWINGS[name]))}, "label": int(name)} for name in "374"]
    rows.append({"image": {"bytes": encode_png(draw_strokes(DRAWINGS["7"]))}, "label": 2})
    pd.DataFrame(rows).to_parquet(tmp_path / "digits.parquet")
    done = zoo("evaluate", "digits", tmp_path / "digits.parquet", "--json", "--model", model)
    assert json.loads(done.out) == {"model": model, "accuracy": 0.75, "n": 4}


def test_a_folder_of_class_folders_is_measured_by_all_models(zoo: Zoo, tmp_path: Path) -> None:
    for name in ("3", "7"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.png").write_bytes(encode_png(draw_strokes(DRAWINGS[name])))
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "one.png").write_bytes(encode_png(draw_strokes(DRAWINGS["scribble"])))
    lines = [json.loads(line) for line in zoo("evaluate", "digits", tmp_path, "--json").out.splitlines()]
    assert [(line["model"], line["n"]) for line in lines] == [("digit-cnn", 2), ("digit-mlp", 2)]
