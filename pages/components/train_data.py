"""The step Data of Train: classes with their pictures, an example, whole folders, test pictures, and the balance."""

from collections import Counter
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, job_progress, train_knobs, train_session, train_shots
from pages.components.actions import attempt, draw_refusal
from pages.components.escape import literal
from pages.components.train_classes import draw_classes
from pages.components.train_gallery import gallery
from pages.components.train_session import EMPTY
from pages.components.workspaces import workspace
from zoo.core.jobs import Job
from zoo.core.plurals import counted
from zoo.examples import example_path
from zoo.exhibits.train.datasets import Added, Dataset, Item

EXAMPLE = "fruit"
UNBALANCED = 2.0  # as many pictures in the largest class as in the smallest: told from here on
MAX_UPLOAD = 500  # megabytes of an archive
TRAINED, HELD_OUT = "training and validation", "test"
COLORS = {TRAINED: "#0F6B5C", HELD_OUT: "#C17C00"}


def draw_data(dataset: Dataset | None) -> None:
    """Everything of the step."""
    draw_refusal()
    draw_bringing()
    items = [item for item in dataset.items if not item.dropped] if dataset else []
    if not items:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Begin with an example", icon=":material/nutrition:", type="primary", on_click=bring_example)
            st.markdown(
                "Apples, bananas and pears, drawn by a script of this project. Or drop your own pictures below: ten or "
                "more of each class."
            )
    else:
        draw_next(items)
    draw_classes(dataset, [item for item in items if not item.test])
    draw_folders()
    draw_test(dataset, [item for item in items if item.test])
    if dataset is not None:
        draw_balance(items)
        draw_broken(dataset)
        draw_dropped(dataset)


def bring_example() -> None:
    bring_archive(Path(example_path(EXAMPLE)))


def bring_archive(path: Path) -> None:
    """Start the job that adds a zip, a tar or a folder, whose classes replace those that are empty."""
    st.session_state[EMPTY] = []
    attempt(lambda: train_session.bring(lambda dataset: dataset.add_archive(path)))


def draw_bringing() -> None:
    """The progress of files that are being added, and what came of the last ones."""
    jobs: list[Job[Added]] = st.session_state.get(train_session.BRINGING, [])
    for job in list(jobs):
        if job_progress.finished(job):
            st.session_state[train_session.ADDED] = job.result()
        if job.ended:
            jobs.remove(job)
    added: Added | None = st.session_state.get(train_session.ADDED)
    if added is None:
        return
    aside = f" {counted(len(added.broken), 'file was', 'files were')} set aside, see below." if added.broken else ""
    st.caption(f":material/check: {counted(len(added.items), 'picture')} added.{aside}")
    for note in added.notes:
        st.caption(f":material/info: {literal(note)}")


def draw_next(items: list[Item]) -> None:
    """How many pictures there are, what is missing, and a button that trains at once."""
    counts = Counter(item.label for item in items if not item.test)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train",
            type="primary" if len(counts) > 1 else "secondary",
            icon=":material/play_arrow:",
            key="train-now",
            disabled=len(counts) < 2,
            on_click=lambda: train_session.start_training(train_knobs.chosen()),
        )
        st.markdown(f"{counted(sum(counts.values()), 'picture')} in {counted(len(counts), 'class', 'classes')}")
    if len(counts) == 1:
        st.info("There is one class. A classifier tells classes apart: bring pictures of a second one.")
    for label, count in counts.items():
        if count == 1 and len(counts) > 1:
            st.info(
                f"{literal(label)} has one picture. It is either trained on or measured with: bring at least ten.",
                icon=":material/info:",
            )


def draw_folders() -> None:
    """A zip or a tar with a folder for each class, or such a folder itself."""
    with st.expander("Bring a folder of class folders, or a zip or tar of one", icon=":material/folder_zip:"):
        st.caption(
            "The class of a picture is the folder that it is in. Folders named train and test, or train and val, keep "
            "the test pictures apart."
        )
        left, right = st.columns(2)
        count = st.session_state.setdefault("train-archives", 0)
        with left:
            st.file_uploader(
                "A zip or a tar",
                key=f"train-archive{count}",
                max_upload_size=MAX_UPLOAD,
                on_change=take_archive,
                args=(f"train-archive{count}",),
            )
        with right:
            st.file_uploader(
                "A folder",
                key=f"train-folder{count}",
                accept_multiple_files="directory",
                on_change=take_folder,
                args=(f"train-folder{count}",),
            )


def take_archive(key: str) -> None:
    for file in train_session.received(key):
        st.session_state["train-archives"] += 1
        path = workspace().path(f"{key}-{Path(file.name).name[-40:]}")
        path.write_bytes(file.getbuffer())
        bring_archive(path)


def take_folder(key: str) -> None:
    """The files of a folder, each under the class of the folder that holds it."""
    files = train_session.received(key)
    if not files:
        return
    st.session_state["train-archives"] += 1
    folder = workspace().path(key)
    for file in files:
        target = (folder / file.name).resolve()
        if not target.is_relative_to(folder.resolve()):
            continue  # a name that leads out of the folder is no browser's
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.getbuffer())
    bring_archive(folder)


def draw_test(dataset: Dataset | None, items: list[Item]) -> None:
    """Pictures that are never trained on."""
    title = f"Test pictures ({len(items)})" if items else "Test pictures"
    with st.expander(title, icon=":material/lock:"):
        st.caption(
            "Pictures that are never trained on, and that choose nothing: the accuracy on them is what to expect of "
            "new ones. Without them, a part of the training pictures is held out for that."
        )
        if dataset is None or not dataset.classes:
            return
        label = st.selectbox("Class", dataset.classes, key="train-test-class", format_func=str)
        count = st.session_state.setdefault("train-tests", 0)
        key = f"train-test-files{count}"
        st.file_uploader(
            "Test pictures of this class",
            key=key,
            accept_multiple_files=True,
            on_change=take_test_files,
            args=(key, label),
        )
        if items:
            drawn = train_shots.page_of(items, "train-test-page")
            pictures = [train_shots.shot(dataset, item, caption=item.label) for item in drawn]
            actions = [train_shots.relabel(dataset), train_shots.drop(dataset)]
            gallery("train-test-gallery", pictures, actions, dataset.classes, "Test pictures", side=80)


def take_test_files(key: str, label: str) -> None:
    if files := train_session.received(key):
        st.session_state["train-tests"] += 1
        named = [(file.name, file.getvalue()) for file in files]
        attempt(lambda: train_session.bring(partial(train_session.adding, named, label, True)))


def draw_balance(items: list[Item]) -> None:
    """How many pictures each class has, and what follows where they are very unequal."""
    counts = Counter((item.label, HELD_OUT if item.test else TRAINED) for item in items)
    labels = sorted({item.label for item in items})
    if not labels:
        return
    rows = pd.DataFrame([{"class": a, "pictures": n, "for": b} for (a, b), n in counts.items()])
    axis = alt.Axis(labelLimit=170, labelOverlap=False, ticks=False, domain=False, **charts.AXIS)
    chart = alt.Chart(rows).mark_bar(cornerRadiusEnd=3)
    chart = chart.encode(
        x=alt.X("pictures:Q", axis=alt.Axis(tickMinStep=1, tickCount=8, **charts.AXIS)),
        y=alt.Y("class:N", title=None, axis=axis, sort=labels),
        color=charts.color_by("for", COLORS, legend=True),
        order=alt.Order("for:N", sort="descending"),
        tooltip=["class", "for", "pictures"],
    )
    totals = {label: counts[label, TRAINED] for label in labels}
    described = ", ".join(f"{label} {count}" for label, count in totals.items())
    st.altair_chart(chart.properties(height=34 * len(labels) + 150), alt=f"Pictures of each class: {described}")
    (low, few), (high, many) = (pick(totals.items(), key=lambda entry: entry[1]) for pick in (min, max))
    if few and many / few >= UNBALANCED:
        st.info(
            f"{literal(high)} has {many / few:.1f} times as many pictures as {literal(low)}. A model learns to prefer "
            "the larger class, and accuracy hides it: bring more of the smaller one, and look at the confusion matrix.",
            icon=":material/balance:",
        )


def draw_broken(dataset: Dataset) -> None:
    """The files that were set aside, with the reason."""
    if not dataset.broken:
        return
    with st.expander(f"Files that were set aside ({len(dataset.broken)})", icon=":material/broken_image:"):
        rows = [{"file": broken.name, "reason": broken.reason} for broken in dataset.broken]
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Table of the files that were set aside")


def draw_dropped(dataset: Dataset) -> None:
    """The pictures that were dropped, to take them in again."""
    items = [item for item in dataset.items if item.dropped]
    if not items:
        return
    with st.expander(f"Dropped pictures ({len(items)})", icon=":material/delete_sweep:"):
        drawn = train_shots.page_of(items, "train-dropped-page")
        pictures = [train_shots.shot(dataset, item, caption=item.label) for item in drawn]
        gallery("train-dropped", pictures, [train_shots.restore(dataset)], label="Dropped pictures", side=80)
