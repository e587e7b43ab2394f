"""Train on texts: from a labelled table to a classifier of its classes, cleaned, compared with a baseline, and kept."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import job_progress, knob_widgets, layout, table_picker, train_session
from pages.components.actions import attempt, draw_refusal
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import downloaded
from pages.components.train_curves import draw_curves
from pages.components.train_text_results import draw_result
from pages.components.workspaces import workspace
from zoo.core.errors import InputError, NotFoundError
from zoo.core.knobs import parse_knobs
from zoo.core.visitor_folders import set_address
from zoo.exhibits import train as exhibit
from zoo.exhibits.train.results import Curves
from zoo.exhibits.train.texts.dataset import TextDataset
from zoo.exhibits.train.texts.knobs import LANGUAGE_MODEL, METHODS, TFIDF, TrainTextsKnobs

LINK, TOKEN, BRINGING, EXAMPLE = "texts", "train-texts-token", "train-texts-bring-job", "train-texts-example"
TABLE, METHOD, TITLE = "train-table", "method", "texts_title"
HEAD = ("epochs", "learning_rate")
GRADUAL = ("language_model_epochs", "fine_tune_epochs")
OPTIONS: dict[str, dict[str, Any]] = {
    "learning_rate": {"step": 0.001, "format": "%.3f"},
    "epochs": {
        "help": "The head is the last layer of the network, which turns the features of a text into probabilities of "
        "your classes. In one epoch it is trained once on every training text."
    },
}
LABELS = {
    TFIDF: "TF-IDF and logistic regression",
    "tweet-lstm": "Features of the LSTM",
    LANGUAGE_MODEL: "Language model, fine-tuned",
}
TELL = {
    TFIDF: "Seconds. The baseline that the other methods are compared with.",
    "tweet-lstm": "Seconds to a minute. Good where the texts are like tweets and the classes like moods.",
    LANGUAGE_MODEL: "Minutes. It learns the texts first, then the classes, a layer more each epoch (ULMFiT). It was "
    "trained on novels: other kinds of texts need many rows.",
}
HOW = """
- **TF-IDF** ([Spärck Jones 1972](https://doi.org/10.1108/eb026526)) counts n-grams of words and characters, the rare
  ones more. A **logistic regression** gives each n-gram a weight for each class. It is always trained: a larger model
  must be better than this baseline.
- The **LSTM** of Sentiment and a model of the **hub** turn each text into features; a new head is trained on them.
- The **language model** is fine-tuned as in ULMFiT ([Howard and Ruder 2018](https://arxiv.org/abs/1801.06146)): it
  first learns to continue the texts, then the head is trained, then the layers below, one group more each epoch, each
  with a smaller learning rate than the one above.
- The same text is never in training and in validation. Probabilities are **calibrated** by a temperature
  ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)). **Label errors** are looked for by confident learning
  ([Northcutt et al. 2021](https://arxiv.org/abs/1911.00068)) on probabilities of models that were not trained on the
  text: a label is doubtful where another class is more probable than is usual for that class.
"""
PRIVATE = (
    "Your table stays on this server, under the secret name in this page's address, and is removed a week after the "
    "last change. Whoever has the address can see and change it; nobody else."
)


def draw_texts() -> None:
    """Everything below the choice of texts."""
    dataset = current()
    draw_refusal()
    with layout.errors_as_sentences():
        if dataset is None:
            draw_table()
        else:
            draw_dataset(dataset)
    layout.how_it_works(HOW)
    draw_code_snippets("train-texts", {"table": "table.csv"}, chosen_knobs())


def current() -> TextDataset | None:
    """The table of the link, else that of this session; None before there is one."""
    job = st.session_state.get(BRINGING)
    if job is not None and job.state == "done":
        del st.session_state[BRINGING]
        st.session_state[TOKEN] = job.result().token
        st.query_params.pop(LINK, None)
    token = st.query_params.get(LINK) or st.session_state.get(TOKEN)
    if token is None:
        return None
    try:
        dataset = TextDataset.open(token)
    except NotFoundError:
        start_anew()
        st.warning("This table is no longer kept: bring it again.", icon=":material/hourglass_disabled:")
        return None
    st.session_state[TOKEN] = st.query_params[LINK] = token
    return dataset


def start_anew() -> None:
    """Leave the table; it stays under its link until it expires."""
    for key in (TOKEN, BRINGING):
        st.session_state.pop(key, None)
    st.query_params.pop(LINK, None)


def draw_table() -> None:
    """An upload, its columns, and a button that keeps it."""
    st.markdown(
        "A table with **a text and its label in each row**: tickets, reviews, mails, anything in 2 to 100 classes."
    )
    job = st.session_state.get(BRINGING)
    if job is not None and not job_progress.finished(job):
        return
    st.button("Begin with an example", icon=":material/auto_awesome:", on_click=bring_example)
    chosen = table_picker.choose_table(TABLE)
    if chosen is None:
        return
    columns = list(chosen.format.columns)
    left, right = st.columns(2)
    text = left.selectbox("Column with the texts", columns, index=chosen.text_index)
    others = [column for column in columns if column != text]
    if not others:
        raise InputError("The table has one column: it needs a second one with the label of each text.")
    label = right.selectbox("Column with the labels", others, index=label_index(chosen, others, text))
    counts = table_picker.count_values(chosen, label)
    listed = ", ".join(f"{literal(value[:40]) or '(empty)'} {rows:,}" for value, rows in list(counts.items())[:12])
    st.caption(f"{len(counts):,} labels{' or more' if len(counts) >= 100 else ''}: {listed}{'…' * (len(counts) > 12)}")
    knobs = parse_knobs(TrainTextsKnobs, **chosen.knobs, column=text, label=label)
    st.button(
        "Use this table",
        type="primary",
        icon=":material/table_view:",
        on_click=lambda: attempt(partial(bring, chosen.path, knobs)),
    )


def label_index(chosen: table_picker.UploadedTable, others: list[str], text: str) -> int:
    """Of the column that most likely has the labels."""
    from zoo.core.tables import TableFormatKnobs, read_table
    from zoo.exhibits.train.texts.rows import first_rows, guess_label_column

    table = read_table(chosen.path, parse_knobs(TableFormatKnobs, **chosen.knobs))
    try:
        return others.index(guess_label_column(table.format.columns, first_rows(table), text))
    except InputError:
        return 0


def bring(path: Path, knobs: TrainTextsKnobs) -> None:
    """Start the job that keeps a table; as a callback."""
    owner = workspace().owner
    set_address(owner, st.context.ip_address)
    job_progress.start_job(BRINGING, partial(TextDataset.bring, path, knobs, owner), title="train-texts-data")


def bring_example() -> None:
    path = workspace().path("example.csv")
    path.write_bytes(exhibit.example_table())
    attempt(partial(bring, path, TrainTextsKnobs()))


def draw_dataset(dataset: TextDataset) -> None:
    """The table in numbers, the training, and what came of it."""
    draw_facts(dataset)
    job = train_session.training_job(dataset)
    running = job is not None and not job.ended
    knobs = draw_knobs()
    recorded = train_session.latest(dataset)
    st.button(
        "Train again" if recorded else "Train",
        type="primary",
        icon=":material/play_arrow:",
        disabled=running or len(dataset.classes) < 2,
        on_click=lambda: attempt(partial(start_training, dataset, knobs)),
    )
    if job is not None and not job_progress.finished(job, draw_live, cancel_label="Stop") and running:
        return
    if recorded is not None:
        train_session.offer_models(dataset)
        draw_result(dataset, recorded)


def draw_facts(dataset: TextDataset) -> None:
    """Rows by class, notes, and the ways back."""
    items = dataset.items
    kept = [item for item in items if not item.dropped]
    relabelled = sum(item.label != item.brought for item in kept)
    counts = {label: sum(item.label == label for item in kept) for label in dataset.classes}
    listed = " · ".join(f"{literal(label)} {count:,}" for label, count in counts.items())
    st.markdown(f"**{len(kept):,} texts** in {len(counts)} classes: {listed}")
    if counts and max(counts.values()) > 10 * min(counts.values()):
        st.caption(":material/info: The largest class has more than ten times the texts of the smallest one.")
    with st.container(horizontal=True, vertical_alignment="center"):
        changed = f"**{relabelled}** relabelled, **{len(items) - len(kept)}** dropped."
        st.markdown(f"Since it was brought: {changed}", width="stretch")
        st.button("Undo", icon=":material/undo:", disabled=not dataset.marks, on_click=lambda: attempt(dataset.undo))
        layout.link_to_here()
        st.button("Start anew", icon=":material/restart_alt:", on_click=start_anew)
    with st.expander("How the table was read", icon=":material/info:"):
        for note in dataset.about.notes:
            st.caption(literal(note))
        st.caption(PRIVATE)


def chosen_knobs() -> TrainTextsKnobs:
    """What stands on the widgets, or the defaults."""
    keys = {"title": TITLE, "model": METHOD} | {
        name: f"texts_{name}" for name in (*HEAD, *GRADUAL, "validation", "seed")
    }
    values = {name: st.session_state[key] for name, key in keys.items() if st.session_state.get(key) is not None}
    return parse_knobs(TrainTextsKnobs, **values)


def draw_knobs() -> TrainTextsKnobs:
    """The method and what belongs to it."""
    options = [*METHODS, *(name for name in downloaded("sentiment", METHOD) if name.startswith("hub/"))]
    left, right = st.columns(2)
    with left:
        method = knob_widgets.knob(TrainTextsKnobs, "model", METHOD, options=options, labels=LABELS)
        st.caption(TELL.get(method, "Features of a model of the hub, each text once, and a head on them."))
    with right:
        knob_widgets.knob(TrainTextsKnobs, "title", TITLE)
    with st.expander("More settings", icon=":material/tune:"):
        names = ["validation", "seed"]
        names = [*(HEAD if method != TFIDF else ()), *(GRADUAL if method == LANGUAGE_MODEL else ()), *names]
        for name in names:
            knob_widgets.knob(TrainTextsKnobs, name, f"texts_{name}", **OPTIONS.get(name, {}))
    return chosen_knobs()


def start_training(dataset: TextDataset, knobs: TrainTextsKnobs) -> None:
    """Start the training; as a callback. One that runs already is cancelled."""
    train = partial(exhibit.train_text_dataset, dataset, knobs)
    train_session.submit_training(dataset, train, "train-texts", knobs.seed)


def draw_live(preview: object) -> None:
    """A job's preview: the curves so far."""
    if isinstance(preview, Curves):
        draw_curves(preview)
