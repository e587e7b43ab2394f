"""What a browser sends of bursts, galleries and the map is checked before it is used."""

import pytest

from pages.components.train_burst import MAX_CHARACTERS, MAX_FRAMES, decode_batch
from pages.components.train_gallery import read_message
from pages.components.train_map import inside
from zoo.core.errors import ZooError
from zoo.exhibits.train.results import Scored


@pytest.mark.parametrize(
    "batch",
    [
        {"frames": []},
        {"frames": "x"},
        {"frames": ["*"]},
        {"frames": ["A" * (MAX_CHARACTERS + 4)]},
        {"frames": ["AAAA"] * (MAX_FRAMES + 1)},
        {},
        None,
        7,
    ],
)
def test_what_is_no_burst_is_refused_with_a_sentence(batch: object) -> None:
    with pytest.raises(ZooError):
        decode_batch(batch)


def test_a_burst_is_decoded() -> None:
    assert decode_batch({"frames": ["QUJD", "REVG"]}) == [b"ABC", b"DEF"]


def test_only_what_was_drawn_can_be_marked() -> None:
    known, classes = {"a", "b"}, ["red", "blue"]
    assert read_message({"action": "drop", "ids": ["a", "x"]}, known, classes) == ("drop", ["a"], "")
    assert read_message({"action": "relabel", "ids": ["a"], "label": "green"}, known, classes) is None
    assert read_message({"action": "relabel", "ids": ["a"], "label": "red"}, known, classes) == (
        "relabel",
        ["a"],
        "red",
    )
    for message in (None, [], {"ids": "a"}, {"action": "drop", "ids": []}, {"action": "drop", "ids": [["a"]]}):
        assert read_message(message, known, classes) is None


def test_a_rectangle_has_the_pictures_in_it() -> None:
    scored = [Scored(str(n), "a", "a", (1.0,), 0.0, "training", (float(n), float(-n)), 1.0, False) for n in range(5)]
    rectangle = {"x": [3.2, 0.5], "y": [-3.5, 0.0]}
    assert [one.id for one in inside(scored, rectangle) or []] == ["1", "2", "3"]
    assert inside(scored, {}) is None
