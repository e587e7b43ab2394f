"""A visitor's pictures on disk: added whole or not at all, marked, undone, found again, and nobody else's."""

import errno
import json
import os
import re
import threading
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from PIL import Image

from tests.steps import walked
from zoo.core import archives, visitor_folders
from zoo.core.errors import BusyError, InputError, NotFoundError, StorageError, TooLargeError, UnavailableError
from zoo.core.steps import run_to_completion
from zoo.exhibits.train import addition, dataset_quotas, dataset_records
from zoo.exhibits.train.datasets import Added, Dataset


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    return tmp_path / "datasets"


def picture(number: int, format: str = "PNG", size: tuple[int, int] = (12, 9)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (number % 256, number // 256, 77)).save(file, format)
    return file.getvalue()


def packed(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def added(dataset: Dataset, label: str = "cat", numbers: range = range(3), test: bool = False) -> Added:
    return dataset.add_files([(f"{n}.png", picture(n)) for n in numbers], label, test)


def labels(dataset: Dataset) -> dict[str, str]:
    return {item.name: item.label for item in dataset.items if not item.dropped}


# ---- Adding


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


def test_thousands_of_pictures_take_little_memory(tmp_path: Path) -> None:
    path = packed(tmp_path, {f"{n % 3}/{n}.bmp": picture(n, "BMP", (64, 64)) for n in range(2000)})
    dataset = Dataset.create("one")
    tracemalloc.start()
    run_to_completion(dataset.add_archive(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset.items) == 2000
    assert peak < 20 * 2**20  # their files have 25 MB, their pixels 33


# ---- Limits and refusals


def test_limits_of_a_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.create("one")
    added(dataset)
    monkeypatch.setattr(addition, "MAX_PICTURES", 4)
    with pytest.raises(TooLargeError, match="4 pictures at most"):
        added(dataset, numbers=range(10, 12))
    monkeypatch.setattr(addition, "MAX_BYTES", addition.used_bytes(dataset.folder) + 100)
    with pytest.raises(TooLargeError, match="MB"):
        added(dataset, numbers=range(10, 11))
    assert len(dataset.items) == len(list((dataset.folder / "pictures").iterdir())) == 3


def test_number_and_bytes_of_an_owner_and_of_all_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_quotas, "DATASETS_PER_OWNER", 2)
    empty = Dataset.create("one")
    first, second = Dataset.create("one"), Dataset.create("one")
    assert empty.token not in [each.token for each in Dataset.owned("one")]
    first = Dataset.owned("one")[0]
    added(first)
    second = Dataset.create("one")
    added(second)
    with pytest.raises(InputError, match="remove one"):
        Dataset.create("one")
    other = Dataset.create("two")
    monkeypatch.setattr(dataset_quotas, "MAX_OWNER_BYTES", 100)
    with pytest.raises(InputError, match="remove some"):
        added(first)
    added(other)
    monkeypatch.setattr(dataset_quotas, "MAX_OWNER_BYTES", 10**9)
    monkeypatch.setattr(dataset_quotas, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(BusyError, match="full"):
        added(other, numbers=range(7, 9))
    with pytest.raises(BusyError, match="full"):
        Dataset.create("three")


def test_datasets_of_one_network_address_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_MODELS_PER_ADDRESS", "2")
    for owner in ("one", "two", "three"):
        visitor_folders.set_address(owner, "192.0.2.7")
    for owner in ("one", "two"):
        added(Dataset.create(owner))
    with pytest.raises(BusyError, match="network address"):
        Dataset.create("three")


@pytest.mark.parametrize("file", ["pictures", "thumbnails", "index.jsonl", ".bytes", ".saved"])
@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EROFS, UnavailableError)])
def test_a_disk_that_refuses_leaves_nothing_half_written(
    monkeypatch: pytest.MonkeyPatch, file: str, number: int, kind: type[Exception]
) -> None:
    dataset = Dataset.create("one")
    added(dataset)
    before, files = dataset.items, sorted((dataset.folder / "pictures").iterdir())
    refusing(monkeypatch, file, number)
    with pytest.raises(kind, match=r"cannot be stored.*\.$") as error:
        added(dataset, numbers=range(10, 13))
    assert str(dataset.folder) not in str(error.value)
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_DATA", str(dataset.folder.parents[1]))
    assert Dataset.open(dataset.token).items == before
    assert sorted((dataset.folder / "pictures").iterdir()) == files
    assert not list(dataset.folder.glob("adding-*"))
    assert len(added(dataset, numbers=range(10, 13)).items) == 3


def refusing(monkeypatch: pytest.MonkeyPatch, part: str, number: int) -> None:
    """Refuse the second half of what is written to files whose path has ``part``."""
    opened = Path.open

    def open_refusing(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        file = opened(path, mode, *rest, **more)  # type: ignore[call-overload]
        if part in str(path) and mode not in ("r", "rb"):

            def refuse(data: str | bytes) -> int:
                file.write(data[: len(data) // 2])  # as much as still fits
                raise OSError(number, os.strerror(number), str(path))

            return Refusing(file, refuse)
        return file

    def write_text(path: Path, text: str) -> int:
        with path.open("w") as file:
            return file.write(text)

    def write_bytes(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            return file.write(data)

    monkeypatch.setattr(Path, "open", open_refusing)
    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(Path, "write_bytes", write_bytes)


class Refusing:
    """A file of which one method is another."""

    def __init__(self, file: object, write: object) -> None:
        self._file, self.write = file, write

    def __enter__(self) -> "Refusing":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def test_a_mark_that_cannot_be_written_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.create("one")
    items = added(dataset).items
    dataset.relabel([items[0].id], "dog")
    before = dataset.items
    refusing(monkeypatch, "journal.jsonl", errno.ENOSPC)
    with pytest.raises(StorageError):
        dataset.drop([items[1].id])
    assert dataset.items == before


# ---- Marks


class Marks(RuleBasedStateMachine):
    """Marks are those of a plain list of states, across reopening, folding and undoing."""

    def __init__(self) -> None:
        super().__init__()
        self.dataset = Dataset.create(f"owner {id(self)}")
        self.ids = [item.id for item in added(self.dataset, numbers=range(4)).items]
        self.states = [dict.fromkeys(self.ids, ("cat", False))]

    def change(self, ids: list[str], label: str | None = None, dropped: bool | None = None) -> None:
        former = self.states[-1]
        new = {
            id: (label or former[id][0], former[id][1] if dropped is None else dropped) if id in ids else former[id]
            for id in former
        }
        if new != former:
            self.states.append(new)

    some = st.lists(st.integers(0, 3), max_size=3)

    @rule(numbers=some, label=st.sampled_from(["cat", "dog", "<i>"]))
    def relabel(self, numbers: list[int], label: str) -> None:
        ids = [self.ids[number] for number in numbers]
        self.dataset.relabel(ids, label)
        self.change(ids, label=label)

    @rule(numbers=some, dropped=st.booleans())
    def drop_or_restore(self, numbers: list[int], dropped: bool) -> None:
        ids = [self.ids[number] for number in numbers]
        (self.dataset.drop if dropped else self.dataset.restore)(ids)
        self.change(ids, dropped=dropped)

    @rule(old=st.sampled_from(["cat", "dog"]), new=st.sampled_from(["cat", "bird"]))
    def rename(self, old: str, new: str) -> None:
        ids = [id for id, (label, _) in self.states[-1].items() if label == old]
        if not ids:
            with pytest.raises(NotFoundError):
                self.dataset.rename_class(old, new)
        else:
            self.dataset.rename_class(old, new)
            self.change(ids, label=new)

    @rule()
    def undo(self) -> None:
        assert self.dataset.undo() is (len(self.states) > 1)
        if len(self.states) > 1:
            self.states.pop()

    @rule()
    def reopen(self) -> None:
        self.dataset = Dataset.open(self.dataset.token)

    @precondition(lambda self: len(self.states) > 3)
    @rule()
    def fold(self) -> None:
        self.dataset._records._fold()
        del self.states[: (len(self.states) - 1) // 2]

    @rule()
    def stop_within_a_line(self) -> None:
        with (self.dataset.folder / dataset_records.JOURNAL).open("ab") as file:
            file.write(b'{"ids": ["')

    @invariant()
    def the_same(self) -> None:
        state = {item.id: (item.label, item.dropped) for item in Dataset.open(self.dataset.token).items}
        assert state == self.states[-1]
        assert self.dataset.marks == len(self.states) - 1

    def teardown(self) -> None:
        self.dataset.remove()


@pytest.mark.usefixtures("directory")
class TestMarks(Marks.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_the_fingerprint_changes_with_every_mark_and_back() -> None:
    dataset = Dataset.create("one")
    ids = [item.id for item in added(dataset).items]
    prints = [dataset.fingerprint]
    dataset.relabel(ids[:1], "dog")
    prints.append(dataset.fingerprint)
    dataset.drop(ids[1:2])
    prints.append(dataset.fingerprint)
    added(dataset, numbers=range(5, 6), test=True)
    prints.append(dataset.fingerprint)
    assert len(set(prints)) == 4
    dataset.undo(), dataset.undo()
    assert dataset.fingerprint not in prints
    assert len(labels(dataset)) == 4


def test_two_threads_mark_at_once() -> None:
    dataset = Dataset.create("one")
    ids = [item.id for item in added(dataset, numbers=range(20)).items]

    def mark(own: list[str]) -> None:
        mine = Dataset.open(dataset.token)
        for id in own:
            mine.relabel([id], "dog")

    threads = [threading.Thread(target=mark, args=(ids[start::2],)) for start in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert dataset.classes == ("dog",)
    assert dataset.marks == 20


def test_a_long_journal_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_records, "MAX_JOURNAL", 2000)
    dataset = Dataset.create("one")
    ids = [item.id for item in added(dataset).items]
    for number in range(200):
        dataset.relabel(ids[:2], f"label {number}")
    assert (dataset.folder / dataset_records.JOURNAL).stat().st_size < 3000
    assert labels(dataset) == {"0.png": "label 199", "1.png": "label 199", "2.png": "cat"}
    assert dataset.undo()
    assert labels(dataset)["0.png"] == "label 198"


# ---- Whose it is


def test_nobody_else_finds_it(directory: Path) -> None:
    dataset = Dataset.create("secret")
    added(dataset)
    assert [each.token for each in Dataset.owned("secret")] == [dataset.token]
    assert Dataset.owned("other") == ()
    assert not any(b"secret" in path.read_bytes() for path in directory.rglob("*") if path.is_file())
    other = Dataset.create("other")
    with pytest.raises(NotFoundError):
        other.picture(dataset.items[0].id)
    with pytest.raises(NotFoundError):
        other.thumbnail(f"../../{dataset.token}/pictures/{dataset.items[0].digest}")
    with pytest.raises(NotFoundError):
        other.drop([dataset.items[0].id])
    for token in ("..", f"../datasets/{dataset.token}", "", "0" * 16, dataset.token.upper() + "x"):
        with pytest.raises(NotFoundError):
            Dataset.open(token)


def test_it_expires_some_days_after_its_last_change(directory: Path) -> None:
    def pass_time(seconds: float) -> None:
        clock = directory / visitor_folders.CLOCK_FILE
        record = json.loads(clock.read_text())
        clock.write_text(json.dumps(record | {"passed": record["passed"] + seconds}))

    dataset = Dataset.create("one")
    added(dataset)
    pass_time(dataset_quotas.LIFETIME - 60)
    dataset.drop([dataset.items[0].id])
    pass_time(dataset_quotas.LIFETIME - 60)
    assert Dataset.open(dataset.token)
    pass_time(120)
    with pytest.raises(NotFoundError):
        Dataset.open(dataset.token)
    assert Dataset.owned("one") == ()
    assert not dataset.folder.exists()


def test_one_that_is_removed_while_it_is_used_is_not_made_again() -> None:
    dataset = Dataset.create("one")
    items = added(dataset).items
    Dataset.open(dataset.token).remove()
    for use in (
        lambda: dataset.items,
        lambda: dataset.picture(items[0].id),
        lambda: dataset.drop([items[0].id]),
        lambda: added(dataset),
        dataset.undo,
    ):
        with pytest.raises(NotFoundError, match="no longer kept"):
            use()
    assert not dataset.folder.exists()
