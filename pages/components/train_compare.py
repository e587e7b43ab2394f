"""Two trainings of the same dataset side by side: what cleaning, more pictures or other knobs brought."""

import streamlit as st

from pages.components import train_session
from pages.components.escape import literal
from pages.components.train_curves import draw_confusion
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.results import Training


def draw_before_and_after(dataset: Dataset) -> None:
    """The training before the last one, or an earlier one, beside the last."""
    numbers = train_session.trainings(dataset)
    after = train_session.latest(dataset)
    if after is None or len(numbers) < 2:
        return
    with st.expander("Before and after", icon=":material/compare:", expanded=True):
        earlier = list(reversed(numbers[:-1]))
        number = st.selectbox(
            "Compare with", earlier, format_func=lambda each: f"training {each}", key="train-before", width=220
        )
        before = train_session.read(dataset.token, number)
        draw_figures(before.training, after.training)
        for column, recorded in zip(st.columns(2, gap="large"), (before, after), strict=True):
            with column:
                training = recorded.training
                st.markdown(f"**Training {recorded.number}** · {literal(training.title)}")
                draw_confusion(training.confusion, training.classes, name=f"Training {recorded.number}: ")


def draw_figures(before: Training, after: Training) -> None:
    """Accuracy and calibration, with the change."""
    accuracy, ece, count = st.columns(3)
    change = after.accuracy - before.accuracy
    accuracy.metric("Accuracy", f"{after.accuracy:.1%}", f"{100 * change:+.1f} points")
    error = after.ece - before.ece
    ece.metric("Calibration error", f"{after.ece:.1%}", f"{100 * error:+.1f} points", delta_color="inverse")
    pictures = sum(after.counts) - sum(before.counts)
    count.metric("Pictures", f"{sum(after.counts):,}", f"{pictures:+}" if pictures else None, delta_color="off")
    kinds = [measured(training) for training in (before, after)]
    if kinds[0] != kinds[1]:
        st.caption(f"Measured on other pictures: {kinds[0]} before, {kinds[1]} after. The figures cannot be compared.")
    elif kinds[0].startswith("validation"):
        st.caption("Measured on validation pictures, whose labels may have changed. Test pictures compare better.")


def measured(training: Training) -> str:
    """On which pictures the figures are."""
    tested = sum(one.split == "test" for one in training.scored)
    held_out = sum(one.split == "validation" for one in training.scored)
    return f"test pictures ({tested})" if tested else f"validation pictures ({held_out})"
