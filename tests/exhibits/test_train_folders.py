"""The folders of an archive: the one that holds a file is its class, and parts such as test are told apart."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.exhibits.train.folder_layout import PARTS, Place, places

LAYOUTS = {
    "class folders": {"cat/1": ("cat", "train"), "dog/1": ("dog", "train")},
    "one class": {"cat/1": ("cat", "train"), "cat/2": ("cat", "train")},
    "a common folder": {"pets/cat/1": ("cat", "train"), "pets/dog/1": ("dog", "train"), "pets/1": ("", "train")},
    "parts around classes": {"d/train/cat/1": ("cat", "train"), "d/Test/cat/2": ("cat", "test")},
    "parts within classes": {"cat/train/1": ("cat", "train"), "cat/test/1": ("cat", "test"), "d/val/1": ("d", "val")},
    "one part alone": {"test/cat/1": ("cat", "train"), "test/dog/1": ("dog", "train")},
    "a part beside classes": {"cat/1": ("cat", "train"), "test/cat/2": ("cat", "test")},
    "a class named train": {"train/1": ("train", "train"), "car/1": ("car", "train")},
    "a test without labels": {"train/cat/1": ("cat", "train"), "train/dog/1": ("dog", "train"), "test/1": ("", "test")},
    "deeper folders": {"a/cat/indoor/1": ("indoor", "train"), "a/dog/1": ("dog", "train")},
    "one innermost folder": {"a/cat/deep/1": ("cat", "train"), "a/dog/deep/1": ("dog", "train")},
    "no folders": {"1": ("", "train"), "2": ("", "train")},
    "nothing": {},
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str) -> None:
    expected = LAYOUTS[layout]
    assert places([PurePosixPath(name) for name in expected]) == [Place(*place) for place in expected.values()]


FOLDERS = st.lists(st.sampled_from(["cat", "dog", "train", "test", "val", "x"]), max_size=4)


@given(st.lists(FOLDERS, max_size=8))
def test_a_label_is_a_folder_of_the_file_and_an_outer_folder_changes_nothing(folders: list[list[str]]) -> None:
    names = [PurePosixPath(*parents, f"{n}.jpg") for n, parents in enumerate(folders)]
    result = places(names)
    assert len(result) == len(names)
    for name, place in zip(names, result, strict=True):
        assert place.label in ("", *name.parent.parts)
        assert place.part == "train" or PARTS[place.part] in {PARTS.get(each) for each in name.parts}
    if len({tuple(parents) for parents in folders}) > 1:
        assert places([PurePosixPath("outer") / name for name in names]) == result
