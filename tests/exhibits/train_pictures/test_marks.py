"""Pictures are moved, dropped, restored and undone, as a journal on disk has it."""

import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.exhibits.train_pictures.samples import added, labels
from zoo.core.errors import NotFoundError
from zoo.exhibits.train import dataset_records
from zoo.exhibits.train.datasets import Dataset


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
