"""Lists of texts with their labels and predictions, to select rows and relabel or drop them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components.actions import attempt
from zoo.exhibits.train.results import Scored, Training
from zoo.exhibits.train.texts.dataset import TextDataset

PAGE, SHORT = 200, 300  # rows of a list, and characters of a text in it


def draw_rows(
    dataset: TextDataset, training: Training, scored: Sequence[Scored], name: str, keep: bool = False
) -> None:
    """Rows in the given order; the selected ones can be changed. ``keep``: also said to be right."""
    items, texts = {item.id: item for item in dataset.items}, dataset.texts
    listed = [one for one in scored if one.id in items][:PAGE]
    if not listed:
        st.caption("There are none.")
        return
    rows = [
        {
            "row": one.id,
            "text": texts[one.id][:SHORT],
            "label": items[one.id].label,
            "predicted": one.predicted,
            "probability": max(one.probabilities),
            "of the label": one.probabilities[training.classes.index(one.label)],
            "marked": mark(items[one.id], one),
        }
        for one in listed
    ]
    config = {
        "row": st.column_config.TextColumn(width="small"),
        "text": st.column_config.TextColumn(width="large"),
        "probability": st.column_config.NumberColumn(format="percent", width="small"),
        "of the label": st.column_config.NumberColumn(format="percent", width="small"),
    }
    version = f"texts-{name}-{dataset.marks}-{len(listed)}"  # a change takes the selection away
    event: Any = st.dataframe(
        pd.DataFrame(rows),
        key=version,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=config,
        height=min(420, 38 + 35 * len(rows)),
    )
    selected = [listed[index] for index in event.selection.rows if index < len(listed)]
    if len(scored) > len(listed):
        st.caption(f"The first {len(listed)} of {len(scored):,}.")
    draw_actions(dataset, training, selected, name, keep)


def mark(item: Any, one: Scored) -> str:
    """What the visitor did since the training."""
    if item.dropped:
        return "dropped"
    return "relabelled" if item.label != one.label else "kept" if item.confirmed else ""


def draw_actions(dataset: TextDataset, training: Training, selected: Sequence[Scored], name: str, keep: bool) -> None:
    """Buttons for the selected rows."""
    ids = [one.id for one in selected]
    st.caption(f"{len(ids)} selected." if ids else "Select rows by the boxes on their left.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Relabel as predicted",
            key=f"follow-{name}",
            disabled=not ids,
            on_click=lambda: attempt(partial(follow, dataset, selected)),
        )
        label = st.selectbox("Label", training.classes, key=f"label-{name}", label_visibility="collapsed", width=180)
        st.button(
            "Relabel",
            key=f"relabel-{name}",
            disabled=not ids,
            on_click=lambda: attempt(partial(dataset.relabel, ids, label)),
        )
        st.button("Drop", key=f"drop-{name}", disabled=not ids, on_click=lambda: attempt(partial(dataset.drop, ids)))
        st.button(
            "Restore", key=f"restore-{name}", disabled=not ids, on_click=lambda: attempt(partial(dataset.restore, ids))
        )
        if keep:
            st.button(
                "Keep the label",
                key=f"keep-{name}",
                disabled=not ids,
                on_click=lambda: attempt(partial(dataset.confirm, ids)),
            )


def follow(dataset: TextDataset, selected: Sequence[Scored]) -> None:
    """Give each row the class that the model predicts."""
    for label in sorted({one.predicted for one in selected}):
        dataset.relabel([one.id for one in selected if one.predicted == label], label)


def draw_issues(dataset: TextDataset, training: Training) -> None:
    """The rows whose label is probably wrong, the most doubtful first; those that are decided last."""
    items = {item.id: item for item in dataset.items}
    issues = sorted((one for one in training.scored if one.issue and one.id in items), key=lambda one: one.quality)
    decided = {one.id for one in issues if mark(items[one.id], one)}
    st.markdown(
        f"**{len(issues)}** of {len(training.scored):,} labels are probably wrong, by confident learning "
        "([Northcutt et al. 2021](https://arxiv.org/abs/1911.00068)): each text was predicted by a model that was not "
        "trained on it, and a label is doubtful where another class is more probable than is usual for that class. "
        f"**{len(issues) - len(decided)}** are still to be decided."
    )
    if issues and len(decided) == len(issues):
        st.success("Every doubtful label is decided. Train again to see what it brings.", icon=":material/check:")
    draw_rows(dataset, training, sorted(issues, key=lambda one: one.id in decided), "issues", keep=True)
