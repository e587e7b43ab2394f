"""A visitor's pictures come to disk whole or not at all, from files and from archives."""

import re
import threading
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.exhibits.train_pictures.samples import added, labels, packed, picture
from tests.steps import walked
from zoo.core import archives
from zoo.core.errors import InputError
from zoo.core.steps import run_to_completion
from zoo.exhibits.train import addition
from zoo.exhibits.train.datasets import Dataset


def test_pictures_keep_their_bytes_and_are_there_after_a_restart() -> None:
    dataset = Dataset.create("one")
    assert re.fullmatch("[0-9a-f]{16}", dataset.token)
    result = added(dataset)
    assert [item.name for item in result.items] == ["0.png", "1.png", "2.png"]
    again = Dataset.open(dataset.token)
    assert again.items == dataset.items == result.items
    assert again.classes == ("cat",)
    assert again.fingerprint == dataset.fingerprint
    item = again.items[1]
    assert (again.folder / "pictures" / item.digest).read_bytes() == picture(1)
    assert again.picture(item.id).getpixel((0, 0)) == (1, 0, 77)
    assert Image.open(BytesIO(again.thumbnail(item.id))).size == (12, 9)


def test_broken_files_are_listed_with_their_reason_and_set_aside() -> None:
    dataset = Dataset.create("one")
    files = [("a.png", picture(1)), ("cut.png", picture(2)[:40]), ("notes.txt", b"hello"), ("empty.jpg", b"")]
    result = dataset.add_files(files, "cat")
    assert [item.name for item in result.items] == ["a.png"]
    assert [broken.name for broken in result.broken] == ["cut.png", "notes.txt", "empty.jpg"]
    assert all(broken.reason.endswith(".") for broken in result.broken)
    assert Dataset.open(dataset.token).broken == result.broken


def test_the_same_bytes_are_one_item_of_a_class_and_told_in_two() -> None:
    dataset = Dataset.create("one")
    first = dataset.add_files([("a.png", picture(1)), ("copy.png", picture(1))], "cat")
    assert [item.name for item in first.items] == ["a.png"]
    assert "1 pictures were there already" in first.notes[0]
    assert added(dataset, "cat", range(1, 2)).items == ()
    second = dataset.add_files([("b.png", picture(1))], "dog")
    assert [item.label for item in second.items] == ["dog"]
    assert second.notes == ("Pictures in two classes, of which one must be wrong: 1. b.png (cat and dog).",)
    assert len(list((dataset.folder / "pictures").iterdir())) == 1


def test_dropped_pictures_that_are_added_again_are_taken_in_again() -> None:
    dataset = Dataset.create("one")
    added(dataset)
    dataset.remove_class("cat")
    assert labels(dataset) == {}
    assert len(added(dataset).items) == 3
    assert len(labels(dataset)) == 3


def test_large_pictures_are_kept_smaller() -> None:
    dataset = Dataset.create("one")
    result = dataset.add_files([("large.jpg", picture(3, "JPEG", (3000, 2000)))], "cat")
    assert dataset.picture(result.items[0].id).size == (800, 533)
    assert result.notes == ("Large pictures that are kept at 800 pixels of the longer side: 1.",)


def test_an_archive_of_class_folders_is_a_job_with_progress(tmp_path: Path) -> None:
    files = {f"pets/{label}/{n}.png": picture(n) for n, label in enumerate(["cat", "cat", "dog", "dog"])}
    files |= {"pets/readme.txt": b"hello", "pets/9.png": picture(9), "pets/dog/bad.png": b"bad"}
    dataset = Dataset.create("one")
    reports, result = walked(dataset.add_archive(packed(tmp_path, files)))
    assert labels(dataset) == {f"pets/{label}/{n}.png": label for n, label in enumerate(["cat", "cat", "dog", "dog"])}
    assert {broken.name: broken.reason for broken in result.broken}["pets/9.png"] == addition.NO_CLASS
    assert {broken.name for broken in dataset.broken} == {"pets/readme.txt", "pets/9.png", "pets/dog/bad.png"}
    assert reports[0].message
    assert all(report.total in (None, 7) for report in reports)


@pytest.mark.parametrize(("test", "held_out"), [("test", {"test"}), ("val", {"val"})])
def test_folders_tell_the_test_apart(tmp_path: Path, test: str, held_out: set[str]) -> None:
    names = [f"d/{part}/{label}/{n}.png" for part in ("train", test) for label in ("a", "bb") for n in range(2)]
    files = {name: picture(number) for number, name in enumerate(names)}
    dataset = Dataset.create("one")
    run_to_completion(dataset.add_archive(packed(tmp_path, files)))
    assert dataset.classes == ("a", "bb")
    assert {item.name.split("/")[1] for item in dataset.items if item.test} == held_out


def test_pictures_of_the_test_are_never_for_training_as_well(tmp_path: Path) -> None:
    dataset = Dataset.create("one")
    added(dataset)
    result = added(dataset, test=True, numbers=range(2))
    assert [item.test for item in dataset.items] == [True, True, False]
    assert "kept for the test" in result.notes[-1]
    assert added(dataset, "dog", range(1)).items[0].test
    files = {"train/a/1.png": picture(50), "test/a/2.png": picture(50), "test/b/3.png": picture(51)}
    run_to_completion(dataset.add_archive(packed(tmp_path, files)))
    assert [item.test for item in dataset.items if item.name.startswith("t")] == [True, True]


def test_an_archive_without_class_folders_is_refused(tmp_path: Path) -> None:
    dataset = Dataset.create("one")
    with pytest.raises(InputError, match="folder"):
        run_to_completion(dataset.add_archive(packed(tmp_path, {"1.png": picture(1), "2.png": picture(2)})))
    assert dataset.items == ()


def test_odd_names_of_folders_are_labels_on_one_line(tmp_path: Path) -> None:
    long = "x" * 200
    names = ["<b>a</1.png", "b\nc/2.png", f"{long}1/3.png", f"{long}2/4.png"]
    files = {name: picture(number) for number, name in enumerate(names)}
    dataset = Dataset.create("one")
    run_to_completion(dataset.add_archive(packed(tmp_path, files)))
    assert len(dataset.classes) == 4
    assert {"<b>a<", "b\ufffdc"} < set(dataset.classes)
    assert all(len(label) <= addition.MAX_LABEL and label.isprintable() for label in dataset.classes)
    with pytest.raises(InputError, match="1 to 60"):
        dataset.add_files([], " \n")


def test_an_archive_that_is_left_half_way_adds_nothing(tmp_path: Path) -> None:
    dataset = Dataset.create("one")
    steps = dataset._add_archive(packed(tmp_path, {f"a/{n}.png": picture(n) for n in range(9)}), test=False)
    next(steps), next(steps)
    assert len(list(dataset.folder.glob("adding-*/pictures/*"))) == 2
    steps.close()
    assert dataset.items == ()
    assert not list(dataset.folder.glob("adding-*"))
    assert not list((dataset.folder / "pictures").iterdir())


def test_a_job_that_is_cancelled_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()
    decode = addition.decode_image

    def slow(data: bytes) -> Image.Image:
        reached.set()
        assert go_on.wait(60)
        return decode(data)

    monkeypatch.setattr(addition, "decode_image", slow)
    dataset = Dataset.create("one")
    steps = dataset.add_archive(packed(tmp_path, {f"a/{n}.png": picture(n) for n in range(9)}))
    next(steps)
    assert reached.wait(60)
    steps.close()  # at once, while a picture is being decoded
    (thread,) = [each for each in threading.enumerate() if each.name == "zoo-background"]
    go_on.set()
    thread.join(60)
    assert not thread.is_alive()
    assert dataset.items == ()
    assert not list(dataset.folder.glob("adding-*"))


def test_a_hostile_archive_is_refused_whole(tmp_path: Path) -> None:
    dataset = Dataset.create("one")
    inner = packed(tmp_path, {"a/1.png": picture(1)}).read_bytes()
    for name in ("../../a/2.png", "/etc/2.png"):
        with pytest.raises(InputError, match="leads out"):
            run_to_completion(dataset.add_archive(packed(tmp_path, {"a/1.png": picture(1), name: picture(2)})))
    assert dataset.items == ()
    run_to_completion(dataset.add_archive(packed(tmp_path, {"a/1.png": picture(1), "a/more.zip": inner})))
    assert [(broken.name, broken.reason) for broken in dataset.broken] == [("a/more.zip", archives.NESTED)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["datasets", "pictures.zip"]


@pytest.mark.slow
def test_thousands_of_pictures_take_little_memory(tmp_path: Path) -> None:
    path = packed(tmp_path, {f"{n % 3}/{n}.bmp": picture(n, "BMP", (64, 64)) for n in range(2000)})
    dataset = Dataset.create("one")
    tracemalloc.start()
    run_to_completion(dataset.add_archive(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset.items) == 2000
    assert peak < 20 * 2**20  # their files have 25 MB, their pixels 33
