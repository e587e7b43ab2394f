"""The example pictures of Train: drawn again, they are the bundled ones."""

import io
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from training.train.examples import FRUITS, TEST, TRAINING, WRONG, files, picture
from zoo.examples import example_path


def bundled() -> dict[str, bytes]:
    with zipfile.ZipFile(example_path("fruit")) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.slow
def test_the_archive_has_the_pictures_of_the_recipe() -> None:
    drawn = files()
    assert [path for path, _ in drawn] == list(bundled())
    for path, data in drawn[::13]:
        ours, kept = (np.asarray(Image.open(io.BytesIO(each)), float) for each in (data, bundled()[path]))
        assert abs(ours - kept).mean() < 3  # encoders differ a little


def test_every_class_has_as_many_and_two_labels_are_exchanged() -> None:
    counts = Counter(tuple(path.split("/")[1:3]) for path in bundled())
    expected = {("train", name): TRAINING for name in FRUITS} | {("test", name): TEST for name in FRUITS}
    assert counts == expected
    wrong = [path for path in bundled() if path.split("/")[-1][0] != path.split("/")[-2][0]]
    assert len(wrong) == len(WRONG)
    assert all(path.startswith("fruit/train/") for path in wrong)


@pytest.mark.parametrize("name", FRUITS)
def test_two_pictures_of_a_class_differ(name: str) -> None:
    first, second = (np.asarray(picture(name, np.random.default_rng(seed)), float) for seed in (1, 2))
    assert abs(first - second).mean() > 10
