"""The step Train: the knobs, the training as it runs, and what came of it."""

import streamlit as st

from pages.components import job_progress, layout, train_knobs, train_session
from pages.components.actions import draw_refusal
from pages.components.escape import literal
from pages.components.official_models import all_downloaded, choose_official
from pages.components.train_curves import draw_curves
from zoo.core.cards import find_card
from zoo.exhibits import train as exhibit
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.results import Curves, Training


def draw_training(dataset: Dataset) -> None:
    """The knobs and a button; the curves while it trains; the figures afterwards."""
    draw_refusal()
    job = train_session.training_job(dataset)
    running = job is not None and not job.ended
    left, right = st.columns([3, 2], gap="large")
    with right:
        knobs = draw_knobs()
        ready = not running and len(dataset.classes) > 1 and all_downloaded([knobs.model])
        st.button(
            "Train again" if train_session.latest(dataset) else "Train",
            type="primary" if ready else "secondary",
            icon=":material/play_arrow:",
            disabled=not ready,
            on_click=train_session.start_training,
            args=(knobs,),
        )
    with left, layout.errors_as_sentences():
        if job is not None:
            job_progress.finished(job, draw_live, cancel_label="Stop and keep the best")
        if running:
            return
        recorded = train_session.latest(dataset)
        if recorded is None:
            st.caption("The curves of loss and accuracy are drawn here while it trains.")
            return
        draw_result(recorded.training)


def draw_knobs() -> TrainKnobs:
    """Those used most, and the others in an expander; the augmentation is a step of its own."""
    train_knobs.draw(["title", "model"])
    choose_official(
        "classify", "torchvision's classifiers as backbones. A download needs the network.", train_knobs.select_backbone
    )
    train_knobs.draw(train_knobs.MAIN)
    with st.expander("More settings", icon=":material/tune:"):
        train_knobs.draw(train_knobs.MORE)
    knobs = train_knobs.chosen()
    card = find_card(knobs.model)
    st.caption(f"{literal(card.title)}: {literal(card.restriction)}, which passes on to your model.")
    return knobs


def draw_live(preview: object) -> None:
    """A job's preview: the curves so far."""
    if isinstance(preview, Curves):
        draw_curves(preview)


def draw_result(training: Training) -> None:
    """The figures in a line, the curves, and where to go on."""
    tested = any(picture.split == "test" for picture in training.scored)
    st.subheader(f"{training.accuracy:.1%} right on the {'test' if tested else 'validation'} pictures", anchor=False)
    st.caption(
        f"{literal(training.title)} · {sum(training.counts)} pictures in {len(training.classes)} classes · "
        f"calibration error {training.ece:.1%} · {training.seconds:.1f} s"
    )
    for note in training.notes:
        st.caption(f":material/info: {literal(note)}")
    with st.container(horizontal=True):
        for step, icon in (("Look", "search"), ("Try", "photo_camera"), ("Keep", "download")):
            st.button(step, icon=f":material/{icon}:", key=f"go-{step}", on_click=train_session.go, args=(step,))
    draw_curves(training.curves)
    layout.download(
        "TensorBoard event files", lambda: exhibit.event_files(training), "tensorboard.zip", "application/zip"
    )
