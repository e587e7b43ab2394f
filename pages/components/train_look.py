"""The step Look: what the model got wrong and where its labels may be wrong, to relabel or drop."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.components import train_knobs, train_session, train_shots
from pages.components.actions import draw_refusal
from pages.components.train_clean import draw_issues
from pages.components.train_compare import draw_before_and_after
from pages.components.train_curves import clicked, draw_confusion, draw_reliability
from pages.components.train_gallery import Shot, gallery
from pages.components.train_heat import draw_losses
from pages.components.train_map import draw_map
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.history import Recorded
from zoo.exhibits.train.results import Scored, Split, Training

VIEW, SPLIT = "view", "split"
SPLITS: tuple[Split, ...] = ("test", "validation", "training")
EXPLAINED = {
    "test": "Pictures that were never trained on and chose nothing.",
    "validation": "Pictures that were not trained on; the temperature was chosen by them.",
    "training": "Each was predicted by a head that was not trained on it (out-of-fold).",
}


@dataclass(frozen=True)
class Looked:
    """A training with the dataset as it is now. ``scored``: the pictures of the chosen split that are still there."""

    dataset: Dataset
    recorded: Recorded
    scored: tuple[Scored, ...]
    split: Split

    @property
    def training(self) -> Training:
        return self.recorded.training


def draw_look(dataset: Dataset) -> None:
    """Everything of the step."""
    draw_refusal()
    recorded = train_session.latest(dataset)
    if recorded is None:
        st.info("Train first: then you see here what the model gets wrong.", icon=":material/info:")
        st.button("Go to Train", on_click=train_session.go, args=("Train",))
        return
    draw_changes(dataset, recorded)
    view = choose_one("View", VIEWS, VIEW)
    VIEWS[view](looked(dataset, recorded, view))
    draw_before_and_after(dataset)


def choose_one(label: str, names: Iterable[str], key: str) -> str:
    """One of a row of names, the first at the start; it is in the link. On a phone the row scrolls sideways."""
    options = list(names)
    chosen: str = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
        wrap=False,
    )
    return chosen


def looked(dataset: Dataset, recorded: Recorded, view: str) -> Looked:
    """The pictures that a visitor wants to see; the map and the label errors have all of them."""
    items = train_shots.items_by_id(dataset)
    present = [scored for scored in recorded.training.scored if scored.id in items]
    splits = [split for split in SPLITS if any(scored.split == split for scored in present)]
    if view in WHOLE or not splits:
        return Looked(dataset, recorded, tuple(present), "training")
    split = st.segmented_control(
        "Pictures", splits, default=splits[0], required=True, key=SPLIT, bind="query-params", wrap=True
    )
    st.caption(EXPLAINED[split])
    return Looked(dataset, recorded, tuple(scored for scored in present if scored.split == split), split)


def draw_changes(dataset: Dataset, recorded: Recorded) -> None:
    """What was marked since the training and a way back, where anything was, and a way to train again."""
    items = train_shots.items_by_id(dataset)
    trained = {scored.id: scored.label for scored in recorded.training.scored}
    relabelled = sum(items[id].label != label for id, label in trained.items() if id in items)
    dropped = sum(items[id].dropped for id in trained if id in items)
    kept = sum(items[one.id].confirmed for one in recorded.training.scored if one.issue and one.id in items)
    changed = dataset.fingerprint != recorded.fingerprint
    with st.container(horizontal=True, vertical_alignment="center"):
        if changed:
            changes = f"Since the last training: **{relabelled}** relabelled, **{dropped}** dropped."
            st.markdown(changes, width="stretch")
        elif kept:
            st.markdown(f"Doubtful labels that you kept: **{kept}**.", width="stretch")
        if changed or kept:
            train_shots.draw_undo(dataset, "undo-look")
        st.button(
            "Train again",
            type="primary" if changed else "secondary",
            icon=":material/play_arrow:",
            on_click=lambda: train_session.start_training(train_knobs.chosen()),
        )


def scored_shots(looked_at: Looked, scored: Sequence[Scored]) -> list[Shot]:
    """Thumbnails with what the model says, and with what the visitor has done since."""
    items = train_shots.items_by_id(looked_at.dataset)
    shots = []
    for one in scored:
        item = items[one.id]
        kept = "label kept" if item.confirmed else ""
        mark = "dropped" if item.dropped else f"now {item.label}" if item.label != one.label else kept
        sure = max(one.probabilities)
        caption = f"{one.label} → {one.predicted}, {sure:.0%}"
        shots.append(train_shots.shot(looked_at.dataset, item, mark, caption))
    return shots


def draw_matrix(looked_at: Looked) -> None:
    """The confusion matrix, and the pictures of the cell that is chosen."""
    classes = looked_at.training.classes
    counts = [[0] * len(classes) for _ in classes]
    for one in looked_at.scored:
        counts[classes.index(one.label)][classes.index(one.predicted)] += 1
    key = f"matrix-{looked_at.recorded.number}-{looked_at.split}"
    left, right = st.columns(2, gap="large")
    with left:
        draw_confusion(counts, classes, key, on_select=lambda: choose_cell(clicked(key)))
        st.caption("Click a cell: its pictures are drawn.")
    with right:
        cell = draw_cells(counts, classes)
        if cell is None:
            return
        inside = [one for one in looked_at.scored if (one.label, one.predicted) == cell]
        inside.sort(key=lambda one: -one.loss)
        name = f"cell-{classes.index(cell[0])}-{classes.index(cell[1])}"
        draw_gallery(looked_at, name, inside, f"{cell[0]} predicted as {cell[1]}", targets(cell, classes))


def targets(cell: tuple[str, str], classes: Sequence[str]) -> list[str]:
    """The classes to relabel the pictures of a cell with: the predicted one first, never the one that they have.

    >>> targets(("cat", "dog"), ["cat", "cow", "dog"]), targets(("cat", "cat"), ["cat", "cow", "dog"])
    (['dog', 'cow'], ['cow', 'dog'])
    """
    others = [name for name in classes if name != cell[0]]
    return sorted(others, key=lambda name: name != cell[1])


CHOSEN = "train-cell"


def choose_cell(cell: tuple[str, str] | None) -> None:
    st.session_state[CHOSEN] = cell


def draw_cells(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> tuple[str, str] | None:
    """A list of the cells, the wrong ones first, that a keyboard reaches; the one that is chosen."""
    cells = [(a, b, counts[i][j]) for i, a in enumerate(classes) for j, b in enumerate(classes) if counts[i][j]]
    cells.sort(key=lambda cell: (cell[0] == cell[1], -cell[2]))
    options = [(a, b) for a, b, _ in cells]
    if not options:
        return None
    number = {(a, b): count for a, b, count in cells}
    if st.session_state.get(CHOSEN) not in options:
        st.session_state[CHOSEN] = options[0]
    return st.selectbox(
        "True class → predicted class",
        options,
        key=CHOSEN,
        format_func=lambda cell: f"{cell[0]} → {cell[1]} ({number.get(cell, 0)})",
    )


def draw_gallery(
    looked_at: Looked, name: str, scored: Sequence[Scored], label: str, classes: Sequence[str] = ()
) -> None:
    """Pictures with what can be done with them. ``classes``: to relabel them with, all where there is none."""
    drawn = scored[: train_shots.PAGE]
    actions = [train_shots.relabel(looked_at.dataset), train_shots.drop(looked_at.dataset)]
    classes = classes or looked_at.training.classes
    gallery(f"look-{name}", scored_shots(looked_at, drawn), actions, classes, label, side=110)
    if len(scored) > len(drawn):
        st.caption(f"The first {len(drawn)} of {len(scored):,}.")


def draw_calibration(looked_at: Looked) -> None:
    """Confidence against accuracy."""
    training = looked_at.training
    labels = [training.classes.index(one.label) for one in looked_at.scored]
    left, right = st.columns(2, gap="large")
    with left:
        draw_reliability(labels, [one.probabilities for one in looked_at.scored])
    right.markdown(
        f"Expected calibration error of the training: **{training.ece:.1%}**, by which confidence and accuracy differ "
        f"on average. A temperature of **{training.temperature:.2f}** divides the logits: it was chosen so that "
        "confidence comes near to accuracy on pictures that were not trained on. A bar below the dashed line: the "
        "model is too sure there."
    )


def draw_top_losses(looked_at: Looked) -> None:
    """The pictures that cost most, with the evidence for the prediction."""
    worst = sorted(looked_at.scored, key=lambda one: -one.loss)
    draw_losses(looked_at.dataset, looked_at.training, worst[:6])
    draw_gallery(looked_at, "losses", worst, "Pictures by their loss, the largest first")


def draw_features(looked_at: Looked) -> None:
    """The map of the features; what is brushed is listed."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        inside = draw_map(looked_at.training, looked_at.scored, f"map-{looked_at.recorded.number}")
    with right:
        if inside is None:
            st.caption("Draw a rectangle on the map: its pictures are listed here, to relabel or drop them.")
        else:
            st.markdown(f"**{len(inside)}** in the rectangle")
            draw_gallery(looked_at, "map", inside, "Pictures in the rectangle")


def draw_label_errors(looked_at: Looked) -> None:
    """The pictures whose label is probably wrong, the most doubtful first."""
    issues = sorted((one for one in looked_at.scored if one.issue), key=lambda one: one.quality)
    draw_issues(looked_at.dataset, looked_at.training, issues, lambda some: scored_shots(looked_at, some))


VIEWS: dict[str, Callable[[Looked], None]] = {
    "Confusion": draw_matrix,
    "Top losses": draw_top_losses,
    "Calibration": draw_calibration,
    "Map": draw_features,
    "Label errors": draw_label_errors,
}
WHOLE = ("Map", "Label errors")
