"""The classes of Train as cards: their pictures, a drop for more, the camera, a new name, removal."""

import hashlib
from functools import partial
from typing import Any

import streamlit as st

from pages.components import train_session, train_shots
from pages.components.actions import attempt
from pages.components.escape import literal
from pages.components.train_burst import burst
from pages.components.train_gallery import gallery
from pages.components.train_session import EMPTY, EMPTY_LINK
from zoo.core.errors import InputError
from zoo.core.images import IMAGE_LIMITS
from zoo.exhibits.train.datasets import Dataset, Item

FIRST = ("Class 1", "Class 2")
COLUMNS, CARDS = 3, 12  # cards side by side, and at a time
PREVIEW = 12  # pictures on a card
MAX_NAME = 60  # characters
MAX_EMPTY = 20  # classes without a picture that a link may name
NEW = "train-new-class"


def draw_classes(dataset: Dataset | None, items: list[Item]) -> None:
    """A card for each class, and a field for a new one."""
    labels = class_names(items)
    by_label: dict[str, list[Item]] = {label: [] for label in labels}
    for item in items:
        by_label[item.label].append(item)
    recorded = train_session.latest(dataset)
    marks = train_shots.duplicate_marks(items, recorded.training.duplicates if recorded else ())
    cards: list[str | None] = [*choose_cards(labels), None]
    for start in range(0, len(cards), COLUMNS):
        for column, label in zip(st.columns(COLUMNS), cards[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, key=f"class-{key_of(label or '')}"):
                if label is None:
                    draw_new(dataset, labels)
                else:
                    draw_card(dataset, label, by_label[label], labels, marks)


def key_of(label: str) -> str:
    """For the widgets of a class, whose name may be anything."""
    return hashlib.sha256(label.encode()).hexdigest()[:10]


def draw_new(dataset: Dataset | None, labels: list[str]) -> None:
    """The card of a class that is still to be named."""
    with st.form("add-class", border=False):  # in a form, Enter submits
        st.text_input("New class", key=NEW, max_chars=MAX_NAME, placeholder="Its name")
        st.form_submit_button("Add class", icon=":material/add:", on_click=add_class, args=(labels,))
    if dataset is not None and dataset.marks:
        train_shots.draw_undo(dataset, "undo-data")


def class_names(items: list[Item]) -> list[str]:
    """The classes with pictures, then those that still have none."""
    named = sorted({item.label for item in items})
    if EMPTY not in st.session_state:
        st.session_state[EMPTY] = linked_names()
    empty: list[str] = st.session_state[EMPTY]
    if not named and not empty:
        empty.extend(FIRST)
    if named and empty == list(FIRST) and not {*named} & {*FIRST}:
        empty.clear()  # whole classes were brought instead
    without = [name for name in empty if name not in named]
    keep_names([] if without == list(FIRST) and not named else without)
    return [*named, *without]


def linked_names() -> list[str]:
    """The classes without a picture that the link has, after a reload."""
    names = (" ".join(name.split())[:MAX_NAME] for name in st.query_params.get_all(EMPTY_LINK))
    return [name for name in dict.fromkeys(names) if name][:MAX_EMPTY]


def keep_names(names: list[str]) -> None:
    """Have the link name the classes without a picture: no dataset knows them."""
    if not names:
        st.query_params.pop(EMPTY_LINK, None)
    elif st.query_params.get_all(EMPTY_LINK) != names:
        st.query_params[EMPTY_LINK] = names


def choose_cards(labels: list[str]) -> list[str]:
    """All classes where they are few, else those that the visitor chose."""
    if len(labels) <= CARDS:
        return labels
    start = labels[: COLUMNS * 2]
    return st.multiselect("Classes", labels, default=start, key="train-cards", max_selections=CARDS) or start


def draw_card(dataset: Dataset | None, label: str, items: list[Item], labels: list[str], marks: Any) -> None:
    """One class."""
    key = key_of(label)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{literal(label)}** · {len(items)}", width="stretch")
        with st.popover("Edit", icon=":material/edit:", key=f"edit-{key}"):
            name = f"train-rename-{key}"
            with st.form(f"rename-form-{key}", border=False):
                st.text_input("Name", label, key=name, max_chars=MAX_NAME)
                st.form_submit_button("Rename", key=f"rename-{key}", on_click=rename, args=(label, name, labels))
            st.button("Remove the class", key=f"remove-{key}", icon=":material/delete:", on_click=remove, args=(label,))
    if dataset is not None and items:
        everything = len(items) > PREVIEW and st.session_state.get(f"all-{key}", False)
        drawn = train_shots.page_of(items, f"page-{key}") if everything else items[:PREVIEW]
        pictures = [train_shots.shot(dataset, item, marks.get(item.id, "")) for item in drawn]
        others = [other for other in labels if other != label]
        actions = [train_shots.drop(dataset)]
        if others:
            actions.insert(0, train_shots.relabel(dataset))
        gallery(f"gallery-{key}", pictures, actions, others, f"Pictures of {label}", side=56, height=340)
    count = st.session_state.setdefault(f"train-uploads-{key}", 0)
    files = f"train-files-{key}-{count}"
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=106, key=f"upload-{key}"):
            st.file_uploader(
                f"Pictures of {literal(label)}",
                key=files,
                accept_multiple_files=True,
                max_upload_size=IMAGE_LIMITS.max_bytes // 2**20,
                label_visibility="collapsed",
                on_change=take_files,
                args=(files, f"train-uploads-{key}", label),
            )
        camera = st.toggle("Camera", key=f"camera-{key}")
        if len(items) > PREVIEW:
            st.toggle(f"All {len(items)}", key=f"all-{key}")
    if camera:
        burst(f"burst-{key}", partial(take_frames, label))


def take_files(key: str, counter: str, label: str) -> None:
    if files := train_session.received(key):
        st.session_state[counter] += 1  # another key: an empty uploader, and the bytes are dropped
        named = [(file.name, file.getvalue()) for file in files]
        attempt(lambda: train_session.bring(partial(train_session.adding, named, label, False)))


def take_frames(label: str, frames: list[bytes]) -> str:
    """The frames of a burst become pictures of a class; what is told of them."""
    named = [(f"camera-{number:02}.jpg", frame) for number, frame in enumerate(frames, 1)]
    train_session.bring(partial(train_session.adding, named, label, False))
    return f"{len(frames)} sent."


def add_class(labels: list[str]) -> None:
    attempt(lambda: _add(st.session_state[NEW], labels))


def _add(name: str, labels: list[str]) -> None:
    name = " ".join(name.split())
    if not name:
        raise InputError("Give the class a name first.")
    if name in labels:
        raise InputError("There is a class of this name.")
    st.session_state[EMPTY].append(name)
    st.session_state[NEW] = ""


def rename(label: str, key: str, labels: list[str]) -> None:
    attempt(lambda: _rename(label, " ".join(st.session_state[key].split()), labels))


def _rename(label: str, name: str, labels: list[str]) -> None:
    if not name:
        raise InputError("Give the class a name first.")
    empty: list[str] = st.session_state[EMPTY]
    if label in empty and name in labels and name != label:
        raise InputError("There is a class of this name.")
    st.session_state[EMPTY] = [name if each == label else each for each in empty]
    dataset = train_session.current()
    if dataset is not None and label in dataset.classes:
        dataset.rename_class(label, name)


def remove(label: str) -> None:
    attempt(lambda: _remove(label))


def _remove(label: str) -> None:
    st.session_state[EMPTY] = [each for each in st.session_state[EMPTY] if each != label]
    dataset = train_session.current()
    if dataset is not None and label in dataset.classes:
        dataset.remove_class(label)
