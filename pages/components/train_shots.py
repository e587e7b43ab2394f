"""The pictures of a dataset as thumbnails, and what is done with those that a visitor selects."""

from collections.abc import Iterable, Mapping
from functools import partial

import streamlit as st

from pages.components.actions import attempt
from pages.components.data_urls import data_url
from pages.components.train_gallery import Action, Shot
from zoo.exhibits.train.datasets import Dataset, Item

PAGE = 48  # pictures that are drawn at a time


def shot(dataset: Dataset, item: Item, mark: str = "", caption: str = "") -> Shot:
    """A thumbnail of an item. ``mark``: on it, ``caption``: below it."""
    text = ", ".join(part for part in (f"{item.name}, labelled {item.label}", mark, caption) if part)
    return Shot(item.id, data_url(dataset.thumbnail(item.id), "image/jpeg"), text, mark, caption)


def items_by_id(dataset: Dataset) -> dict[str, Item]:
    return {item.id: item for item in dataset.items}


def relabel(dataset: Dataset) -> Action:
    """Give the selected pictures the class that is chosen beside the button."""

    def do(ids: list[str], label: str) -> None:
        attempt(partial(dataset.relabel, ids, label))

    return Action("relabel", "Relabel", do, "Give the selected pictures the class that is chosen here.")


def drop(dataset: Dataset) -> Action:
    """Leave the selected pictures out; they can be taken in again."""

    def do(ids: list[str], label: str) -> None:
        attempt(partial(dataset.drop, ids))

    return Action("drop", "Drop", do, "Leave the selected pictures out. They can be taken in again.")


def restore(dataset: Dataset) -> Action:
    """Take dropped pictures in again."""

    def do(ids: list[str], label: str) -> None:
        attempt(partial(dataset.restore, ids))

    return Action("restore", "Take in again", do)


def draw_undo(dataset: Dataset, key: str) -> None:
    """A button that takes the last change back."""
    st.button(
        "Undo",
        icon=":material/undo:",
        key=key,
        disabled=dataset.marks == 0,
        help="Take back the last change of labels or dropped pictures.",
        on_click=attempt,
        args=(dataset.undo,),
    )


def page_of(items: list[Item], key: str, size: int = PAGE) -> list[Item]:
    """The part of a long list that a visitor chose with the buttons drawn here."""
    pages = -(-len(items) // size)
    if pages < 2:
        return items
    number = min(st.session_state.get(key, 1), pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, step, allowed in (("Earlier", -1, number > 1), ("Later", 1, number < pages)):
            st.button(label, key=f"{key}{label}", disabled=not allowed, on_click=_turn, args=(key, number + step))
        first = (number - 1) * size
        st.caption(f"{first + 1} to {min(first + size, len(items))} of {len(items):,}", width="content")
    return items[first : first + size]


def _turn(key: str, number: int) -> None:
    st.session_state[key] = number


def duplicate_marks(items: Iterable[Item], groups: Iterable[Iterable[str]]) -> Mapping[str, str]:
    """The mark of each picture that there is more than once, by its id.

    ``groups``: ids of near-duplicates, by the features of the last training.
    """
    marks = {id: "near-duplicate" for group in groups for id in group}
    by_digest: dict[str, list[Item]] = {}
    for item in items:
        by_digest.setdefault(item.digest, []).append(item)
    for same in by_digest.values():
        if len(same) > 1:
            marks |= {item.id: "same file" for item in same}
    return marks
