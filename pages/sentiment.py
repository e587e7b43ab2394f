"""Sentiment: the class probabilities of a text, the contribution of each word, rewrites, and whole tables."""

from functools import partial

import streamlit as st

from pages.components import input_picker, job_progress, knob_widgets, layout, sentiment_charts, table_picker
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import choose_hub_model, choose_official, downloaded
from pages.components.pins import draw_pin
from pages.components.predictions import draw_notes, draw_summary
from pages.components.user_models import trained_classifiers
from pages.components.workspaces import workspace
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import sentiment as exhibit
from zoo.exhibits.sentiment.knobs import (
    MAX_CHARACTERS,
    MAX_TOKENS,
    SentimentKnobs,
    SingleModelKnobs,
    TableKnobs,
)
from zoo.exhibits.sentiment.labels import LABELS, POSITIVE, label_of
from zoo.exhibits.sentiment.results import AnnotatedTable, Rewrites, Sentiment, WordContributions

HOW = """
The text is split into **tokens**: words, or parts of rare words. A text of more than 128 tokens is read in windows; the
probabilities are the mean over the windows, weighted by their tokens. Upper case, elongation ("soooo"), repeated
punctuation, emoticons and hashtags become special tokens; user names and links are masked. A **bidirectional LSTM**
([Hochreiter and Schmidhuber 1997](https://doi.org/10.1162/neco.1997.9.8.1735)) computes a state per token. The states
are pooled by attention ([Yang et al. 2016](https://doi.org/10.18653/v1/N16-1174)) and by their maximum. Two linear
heads give the logits: one of negative, neutral and positive, one of negative and positive. The network was trained
here.

One of the official models is a **RoBERTa** ([Liu et al. 2019](https://arxiv.org/abs/1907.11692)), a transformer with
self-attention over all tokens, trained further on tweets by
[Loureiro et al. 2022](https://arxiv.org/abs/2202.03829). Its weights are given.

The colours come from **occlusion** ([Li et al. 2016](https://arxiv.org/abs/1612.08220)). Each word is left out in turn;
its contribution is the polarity of the text minus the polarity without the word. **Polarity** is the probability of
positive minus the probability of negative, from -1 to 1. The **rewrites** are behavioural tests
([Ribeiro et al. 2020](https://arxiv.org/abs/2005.04118)): a negation should change the prediction.
"""
IRONY = "Irony"
EXAMPLES = {
    "Praise": "I love how this little zoo runs without any network, well done!",
    "Complaint": "@airline three hours late and nobody tells us anything. Never again.",
    IRONY: "Oh great, another Monday. Just what I needed 🙄",
    "Neutral": "The match between Leeds and Chelsea starts at 8pm on Saturday.",
    "Elongated": "soooo happy right nowww!!! :D #BestDayEver",
}
IRONY_MISSED = (
    "Irony is often missed: the model reads the words, such as “great”, and knows nothing of the situation. This text "
    "is negative."
)
MAX_MAPPED, MAX_LABEL = 12, 100  # labels of a table with a box of their own, and characters of each
LABEL = "A text: the prediction updates as you type"


@st.cache_data(max_entries=500, show_spinner=False)
def classify(text: str, models: tuple[str, ...], neutral: bool) -> Sentiment:
    return exhibit.sentiment(text, parse_knobs(SentimentKnobs, model=list(models), neutral=neutral))


@st.cache_data(max_entries=500, show_spinner=False)
def contributions(text: str, model: str, neutral: bool) -> WordContributions:
    return exhibit.word_contributions(text, parse_knobs(SingleModelKnobs, model=model, neutral=neutral))


@st.cache_data(max_entries=500, show_spinner=False)
def rewrites(text: str, model: str, neutral: bool) -> Rewrites:
    return exhibit.rewrites(text, parse_knobs(SingleModelKnobs, model=model, neutral=neutral))


def draw_text() -> SentimentKnobs:
    """The tab with one text; its knobs."""
    text = input_picker.choose_text(LABEL, EXAMPLES, MAX_CHARACTERS)
    summary = st.container()
    left, right = st.columns(2, gap="large")
    with right:
        answers = st.container()
        own = trained_classifiers("sentiment")
        options = [card.name for card in (*exhibit_cards("sentiment"), *own)] + downloaded("sentiment")
        labels = {card.name: literal(f"{card.title} ({card.name[-4:]})") for card in own}
        models = knob_widgets.knob(SentimentKnobs, "model", "model", options=options, labels=labels)
        neutral = knob_widgets.knob(SentimentKnobs, "neutral", "neutral")
        with st.container(horizontal=True):
            choose_official("sentiment", "Published models at a pinned revision. A download needs the network.")
            choose_hub_model("sentiment")
    knobs = parse_knobs(SentimentKnobs, model=list(models), neutral=neutral)
    with answers, layout.errors_as_sentences():
        result = classify(text, tuple(models), neutral)
        draw_summary(summary, result.answers[0])
        for answer, windows in zip(result.answers, result.windows, strict=True):
            sentiment_charts.draw_probabilities(answer)
            if windows > 1:
                st.caption(f"Read in {windows} windows of at most {MAX_TOKENS} tokens; this is their weighted mean.")
        with summary:
            draw_notes(result.notes)
            if text == EXAMPLES[IRONY] and result.answers[0].predictions[0].label == POSITIVE:
                st.caption(f":material/info: {IRONY_MISSED}")
        with left:
            words = contributions(text, models[0], neutral)
            sentiment_charts.draw_words(words.words, words.label)
        with st.container(horizontal=True):
            layout.download_record("Predictions as JSON", find_operation("sentiment"), result)
            layout.link_to_here(text=text)
        with left:
            probabilities = {p.label: p.probability for p in result.answers[0].predictions}
            draw_pin("sentiment", {"text": text}, knobs, partial(draw_answers, result), probabilities)
    with layout.errors_as_sentences():
        if text.strip():
            st.subheader("Rewrites", anchor=False)
            sentiment_charts.draw_rewrites(rewrites(text, models[0], neutral))
            sentiment_charts.draw_tables(contributions(text, models[0], neutral), rewrites(text, models[0], neutral))
    draw_code_snippets("sentiment", {"text": text}, knobs)
    return knobs


def draw_answers(result: Sentiment) -> None:
    for answer in result.answers:
        sentiment_charts.draw_probabilities(answer)


def draw_table(model: str, neutral: bool) -> None:
    """The tab with a table: the same table with three more columns, and statistics over its rows."""
    chosen = table_picker.choose_table("table")
    if chosen is None:
        return
    left, right = st.columns(2)
    column = left.selectbox("Column with the texts", chosen.format.columns, index=chosen.text_index)
    label = right.selectbox("Column with the true label, if there is one", chosen.format.columns, index=None)
    safe = knob_widgets.knob(TableKnobs, "spreadsheet_safe", "table-spreadsheet_safe")
    values = {"column": column, "label": label or "", "model": model, "neutral": neutral, "spreadsheet_safe": safe}
    if label is not None:
        values["label_map"] = choose_label_map(chosen, label)
    knobs = parse_knobs(TableKnobs, **chosen.knobs, **values)
    if st.button("Classify the rows", type="primary"):
        target = workspace().path("table-with-sentiment.csv")
        steps = partial(exhibit.annotate_table, chosen.path, knobs, target=target)
        job_progress.start_job("table-job", steps, title="sentiment-table")
    job = st.session_state.get("table-job")
    if job is not None and job_progress.finished(job):
        draw_annotated(job.result())
    draw_code_snippets("sentiment-table", {"table": "table.csv"}, knobs)


def choose_label_map(chosen: table_picker.UploadedTable, label: str) -> str:
    """What the labels mean that are no classes of the model, as ``TableKnobs.label_map``; a box for each of them."""
    counts = table_picker.count_values(chosen, label)
    unknown = {value: rows for value, rows in counts.items() if value and label_of(value, label) not in LABELS}
    if not unknown:
        return ""
    total = sum(unknown.values())
    st.warning(
        f"{total:,} {'row has a label' if total == 1 else 'rows have labels'} that the model does not have as a class. "
        f"Choose what they mean; the others are left out of the comparison.",
        icon=":material/rule:",
    )
    mapped = {}
    columns = st.columns(4)
    offered = [(value, rows) for value, rows in unknown.items() if len(value) <= MAX_LABEL][:MAX_MAPPED]
    for place, (value, rows) in enumerate(offered):
        with columns[place % len(columns)]:
            title = f"{literal(value[:40])} ({rows:,})"
            mapped[value] = st.selectbox(
                title, LABELS, index=None, placeholder="left out", key=f"means-{label}-{value}"
            )
    if len(unknown) > len(offered):
        st.caption(f"Other labels, which are left out: {len(unknown) - len(offered):,}. Is this the label column?")
    return "".join(f"{value}={name}\n" for value, name in mapped.items() if name)  # a label may contain a comma


def draw_annotated(result: AnnotatedTable) -> None:
    """Downloads, statistics and listed rows of a finished table."""
    rows = "1 row" if result.rows == 1 else f"{result.rows:,} rows"
    st.markdown(f"**{rows}** · {literal(result.model)} · {literal(result.restriction)}")
    if result.in_windows:
        st.caption(f"Texts of more than {MAX_TOKENS} tokens, which were read in windows: {result.in_windows:,}.")
    for note in result.left_out:
        st.caption(literal(note))
    table_picker.draw_apostrophes(result.apostrophes)
    sentiment_charts.draw_statistics(result)
    with st.container(horizontal=True):
        layout.download("Table with sentiment", result.path.read_bytes, "table-with-sentiment.csv", "text/csv")
        layout.download_record("Statistics as JSON", find_operation("sentiment-table"), result)
    sentiment_charts.draw_rows(result)


layout.header("sentiment")
text_tab, table_tab = st.tabs([":material/chat: A text", ":material/table: A table"])
with text_tab:
    knobs = draw_text()
with table_tab, layout.errors_as_sentences():
    draw_table(knobs.model[0], knobs.neutral)

layout.how_it_works(HOW)
with st.expander("The models", icon=":material/account_tree:"):
    for name in knobs.model:
        layout.model_facts(find_card(name))
