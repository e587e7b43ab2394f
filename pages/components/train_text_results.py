"""What came of a training on texts: two figures side by side, confusion, losses, label errors, and the model."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components import layout, sentiment_charts, train_session
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.models_data import link_to_page
from pages.components.train_curves import clicked, draw_confusion, draw_curves, draw_reliability
from pages.components.train_look import choose_cell, choose_one, draw_cells
from pages.components.train_text_rows import draw_issues, draw_rows
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core.cards import find_card
from zoo.core.errors import NotFoundError
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import sentiment as sentiment_exhibit
from zoo.exhibits.sentiment.knobs import SentimentKnobs, SingleModelKnobs
from zoo.exhibits.train.history import Recorded
from zoo.exhibits.train.results import Baseline, Curves, Scored, Training
from zoo.exhibits.train.texts.dataset import TextDataset
from zoo.exhibits.train.texts.knobs import TFIDF

VIEW, SPLIT = "texts_view", "texts_split"
SPLITS = ("validation", "training")
SPLIT_TEXTS = {
    "validation": "Texts that were not trained on.",
    "training": "Each was predicted by a model that was not trained on it (out-of-fold).",
}


def draw_result(dataset: TextDataset, recorded: Recorded) -> None:
    """The figures, then one view."""
    training = recorded.training
    draw_figures(training)
    draw_before_and_after(dataset, recorded)
    VIEWS[choose_one("View", VIEWS, VIEW)](dataset, recorded)


def draw_figures(training: Training) -> None:
    """The baseline beside the method."""
    held_out = sum(one.split == "validation" for one in training.scored)
    st.subheader(f"{training.accuracy:.1%} right on {held_out:,} validation texts", anchor=False)
    base, method = st.columns(2, gap="large")
    baseline = training.baseline
    with base:
        if baseline is not None:
            draw_baseline(training, baseline)
    with method:
        if training.backbone == TFIDF:
            st.caption("The baseline is the model here: choose another method above to compare it.")
        else:
            change = training.accuracy - baseline.accuracy if baseline else 0.0
            st.metric(
                literal(training.backbone), f"{training.accuracy:.1%}", f"{100 * change:+.1f} points", border=True
            )
            st.caption(f"Calibration error {training.ece:.1%} · {training.seconds:.0f} s with the baseline")
            draw_confusion(training.confusion, training.classes, name=f"{training.backbone}: ")
    for note in training.notes:
        st.caption(f":material/info: {literal(note)}")


def draw_baseline(training: Training, baseline: Baseline) -> None:
    st.metric("TF-IDF, the baseline", f"{baseline.accuracy:.1%}", border=True)
    st.caption(f"Calibration error {baseline.ece:.1%} · {baseline.seconds:.0f} s")
    if training.backbone != TFIDF:
        draw_confusion(baseline.confusion, training.classes, name="Baseline: ")


def draw_before_and_after(dataset: TextDataset, after: Recorded) -> None:
    """The training before the last one, or an earlier one, beside the last."""
    earlier = [number for number in reversed(train_session.trainings(dataset)) if number < after.number]
    if not earlier:
        return
    with st.expander("Before and after", icon=":material/compare:", expanded=True):
        number = st.selectbox(
            "Compare with", earlier, format_func=lambda each: f"training {each}", key="texts-before", width=220
        )
        before = train_session.read(dataset.token, number).training
        now = after.training
        accuracy, ece, count = st.columns(3)
        change = 100 * (now.accuracy - before.accuracy)
        accuracy.metric("Accuracy", f"{now.accuracy:.1%}", f"{change:+.1f} points")
        error = 100 * (now.ece - before.ece)
        ece.metric("Calibration error", f"{now.ece:.1%}", f"{error:+.1f} points", delta_color="inverse")
        texts = sum(now.counts) - sum(before.counts)
        count.metric("Texts", f"{sum(now.counts):,}", f"{texts:+}" if texts else None, delta_color="off")
        st.caption(
            f"Before: {literal(before.backbone)}; after: {literal(now.backbone)}. Labels of validation texts may have "
            "changed too."
        )


def chosen_texts(dataset: TextDataset, training: Training) -> list[Scored]:
    """Those of the split that a visitor wants to see."""
    split = choose_one("Texts", SPLITS, SPLIT)
    st.caption(SPLIT_TEXTS[split])
    return [one for one in training.scored if one.split == split]


def draw_matrix(dataset: TextDataset, recorded: Recorded) -> None:
    """The confusion matrix, and the texts of the cell that is chosen."""
    training = recorded.training
    scored, classes = chosen_texts(dataset, training), training.classes
    counts = [[0] * len(classes) for _ in classes]
    for one in scored:
        counts[classes.index(one.label)][classes.index(one.predicted)] += 1
    key = f"texts-matrix-{recorded.number}-{st.session_state.get(SPLIT)}"
    left, right = st.columns([2, 3], gap="large")
    with left:
        draw_confusion(counts, classes, key, on_select=lambda: choose_cell(clicked(key)))
        st.caption("Click a cell: its texts are listed.")
    with right:
        cell = draw_cells(counts, classes)
        if cell is not None:
            inside = [one for one in scored if (one.label, one.predicted) == cell]
            draw_rows(dataset, training, sorted(inside, key=lambda one: -one.loss), "cell")


def draw_losses(dataset: TextDataset, recorded: Recorded) -> None:
    """The texts that cost most."""
    scored = chosen_texts(dataset, recorded.training)
    draw_rows(dataset, recorded.training, sorted(scored, key=lambda one: -one.loss), "losses")


def draw_label_errors(dataset: TextDataset, recorded: Recorded) -> None:
    draw_issues(dataset, recorded.training)


def draw_learning(dataset: TextDataset, recorded: Recorded) -> None:
    """Curves where there are epochs, and calibration."""
    training = recorded.training
    of_classes = tuple(epoch for epoch in training.curves.epochs if epoch.stage != "language model")
    of_language = tuple(epoch for epoch in training.curves.epochs if epoch.stage == "language model")
    if of_language:
        last = of_language[-1]
        st.caption(
            f"The language model after {len(of_language)} epochs: {last.validation_loss:.2f} nats per token on "
            f"validation texts, and {last.validation_accuracy:.0%} of their tokens predicted right."
        )
    if of_classes:
        draw_curves(Curves(of_classes, training.curves.finder, training.curves.suggestion))
    else:
        st.caption("A logistic regression is solved, not trained in epochs: there are no curves.")
    held_out = [one for one in training.scored if one.split == "validation"]
    left, right = st.columns(2, gap="large")
    with left:
        labels = [training.classes.index(one.label) for one in held_out]
        draw_reliability(labels, [one.probabilities for one in held_out])
    right.markdown(
        f"Expected calibration error: **{training.ece:.1%}**. A temperature of **{training.temperature:.2f}** divides "
        "the logits. A bar below the dashed line: the model is too sure there."
    )


@st.cache_data(max_entries=200, show_spinner=False)
def classified(text: str, model: str) -> sentiment_exhibit.Sentiment:
    return sentiment_exhibit.sentiment(text, parse_knobs(SentimentKnobs, model=[model]))


@st.cache_data(max_entries=200, show_spinner=False)
def contributions(text: str, model: str) -> sentiment_exhibit.WordContributions:
    return sentiment_exhibit.word_contributions(text, parse_knobs(SingleModelKnobs, model=model))


def draw_try(dataset: TextDataset, recorded: Recorded) -> None:
    """A sentence of one's own."""
    training = recorded.training
    first = next((one for one in training.scored if one.split == "validation"), training.scored[0])
    text = st.text_area("A sentence", dataset.texts.get(first.id, "")[:500], max_chars=10_000, key="texts-try")
    with layout.errors_as_sentences():
        answer = classified(text, training.model).answers[0]
        left, right = st.columns(2, gap="large")
        with left:
            sentiment_charts.draw_probabilities(answer)
        with right:
            result = contributions(text, training.model)
            sentiment_charts.draw_words(result.words, result.label)


def draw_keep(dataset: TextDataset, recorded: Recorded) -> None:
    """The model by its name, and downloads."""
    training = recorded.training
    try:
        card = find_card(training.model)
    except NotFoundError as error:
        st.warning(literal(error), icon=":material/hourglass_disabled:")
        return
    st.markdown(
        f"The name of **{literal(card.title)}** is `{card.name}`. Pages, Python, shell and HTTP open it by this name, "
        "for two weeks. Whoever knows the name may use the model; nobody can list it."
    )
    st.caption(literal(card.restriction))
    with st.container(horizontal=True):
        link_to_page("sentiment", [card.name], "Open in Sentiment")
        layout.download("Model folder", partial(storage.archive, card.name), "model.zip", "application/zip")
        layout.download("Cleaned table", partial(cleaned, dataset), "cleaned.csv", "text/csv")
        layout.download_record("Training as JSON", find_operation("train-texts"), training)
    knobs = parse_knobs(SentimentKnobs, model=[card.name])
    example = dataset.texts.get(training.scored[0].id, "")[:200]
    draw_code_snippets("sentiment", {"text": example}, knobs, label="Use the model from code")


def cleaned(dataset: TextDataset) -> bytes:
    """The table with corrected labels, without dropped rows."""
    target = workspace().path("cleaned.csv")
    dataset.write_table(target)
    return target.read_bytes()


VIEWS: dict[str, Callable[[TextDataset, Recorded], None]] = {
    "Confusion": draw_matrix,
    "Top losses": draw_losses,
    "Label errors": draw_label_errors,
    "Learning": draw_learning,
    "Try": draw_try,
    "Keep": draw_keep,
}
