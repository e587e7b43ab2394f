"""Suspected label errors, ranked by confident learning: relabel, drop, or keep the label."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from pages.components import train_shots
from pages.components.actions import attempt
from pages.components.train_gallery import Action, Shot, gallery
from zoo.exhibits.train.datasets import Dataset, Item
from zoo.exhibits.train.results import Scored, Training


def draw_issues(
    dataset: Dataset,
    training: Training,
    issues: Sequence[Scored],
    shots: Callable[[Sequence[Scored]], list[Shot]],
) -> None:
    """``issues``: the most doubtful label first. Those that the visitor has decided are put below the others."""
    items = train_shots.items_by_id(dataset)
    done = [one for one in issues if decided(items[one.id], one)]
    open_ones = [one for one in issues if not decided(items[one.id], one)]
    st.markdown(
        f"**{len(issues)}** of {len(training.scored)} labels are probably wrong, by confident learning "
        "([Northcutt et al. 2021](https://arxiv.org/abs/1911.00068)): each picture was predicted by a head that was "
        "not trained on it, and a label is doubtful where another class is more probable than is usual for that class. "
        f"**{len(open_ones)}** are still to be decided."
    )
    actions = [follow(dataset, training), train_shots.relabel(dataset), train_shots.drop(dataset), keep(dataset)]
    if open_ones:
        drawn = open_ones[: train_shots.PAGE]
        gallery("issues", shots(drawn), actions, training.classes, "Labels that are probably wrong", side=120)
    elif issues:
        st.success("Every doubtful label is decided. Train again to see what it brings.", icon=":material/check:")
    if done:
        with st.expander(f"Decided ({len(done)})", icon=":material/task_alt:"):
            gallery("decided", shots(done[: train_shots.PAGE]), label="Decided", side=96)


def decided(item: Item, one: Scored) -> bool:
    """Whether the visitor has done something about the label of a picture."""
    return item.dropped or item.confirmed or item.label != one.label


def follow(dataset: Dataset, training: Training) -> Action:
    """Give each of the selected pictures the class that the model predicts."""
    predicted = {one.id: one.predicted for one in training.scored}

    def do(ids: list[str], label: str) -> None:
        for target in sorted({predicted[id] for id in ids}):
            attempt(partial(dataset.relabel, [id for id in ids if predicted[id] == target], target))

    return Action("follow", "Relabel as predicted", do, "Give each selected picture the class that the model predicts.")


def keep(dataset: Dataset) -> Action:
    """The label is right: the picture is not listed again."""

    def do(ids: list[str], label: str) -> None:
        attempt(partial(dataset.confirm, ids))

    return Action("keep", "Keep the label", do, "The label is right: do not ask again.")
