"""Sentiment: the class probabilities of a text, the contribution of each word, rewrites, and whole tables."""

from functools import partial

import streamlit as st

from pages.components import input_picker, job_progress, knob_widgets, layout, sentiment_charts, table_picker
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import choose_hub_model, choose_official, downloaded
from pages.components.workspaces import workspace
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import sentiment as exhibit
from zoo.exhibits.sentiment.knobs import (
    DEFAULT_MODEL,
    MAX_CHARACTERS,
    MAX_TOKENS,
    SentimentKnobs,
    SingleModelKnobs,
    TableKnobs,
)
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
EXAMPLES = {
    "Praise": "I love how this little zoo runs without any network, well done!",
    "Complaint": "@airline three hours late and nobody tells us anything. Never again.",
    "Irony": "Oh great, another Monday. Just what I needed 🙄",
    "Neutral": "The match between Leeds and Chelsea starts at 8pm on Saturday.",
    "Elongated": "soooo happy right nowww!!! :D #BestDayEver",
}
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


def draw_text() -> tuple[str, SentimentKnobs]:
    """The tab with one text; its text and knobs."""
    text = input_picker.choose_text(LABEL, EXAMPLES, MAX_CHARACTERS)
    left, right = st.columns(2, gap="large")
    with right:
        answers = st.container()
        options = [card.name for card in exhibit_cards("sentiment")] + downloaded("sentiment")
        models = knob_widgets.knob(SentimentKnobs, "model", "model", options=options) or [DEFAULT_MODEL]
        with st.container(horizontal=True):
            choose_official("sentiment", "Published models at a pinned revision. A download needs the network.")
            choose_hub_model("sentiment")
        neutral = knob_widgets.knob(SentimentKnobs, "neutral", "neutral")
    result = None
    with answers, layout.errors_as_sentences():
        result = classify(text, tuple(models), neutral)
        for answer, windows in zip(result.answers, result.windows, strict=True):
            sentiment_charts.draw_probabilities(answer)
            if windows > 1:
                st.caption(f"Read in {windows} windows of at most {MAX_TOKENS} tokens; this is their weighted mean.")
        with left:
            sentiment_charts.draw_words(contributions(text, models[0], neutral).words)
        with st.container(horizontal=True):
            layout.download_record("Predictions as JSON", find_operation("sentiment"), result)
            layout.link_to_here(text=text)
    if result is not None:
        st.subheader("Rewrites", anchor=False)
        with layout.errors_as_sentences():
            sentiment_charts.draw_rewrites(rewrites(text, models[0], neutral))
    return text, parse_knobs(SentimentKnobs, model=list(models), neutral=neutral)


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
    knobs = parse_knobs(TableKnobs, **chosen.knobs, **values)
    if st.button("Classify the rows", type="primary"):
        target = workspace().path("table-with-sentiment.csv")
        steps = partial(exhibit.annotate_table, chosen.path, knobs, target=target)
        job_progress.start_job("table-job", steps, title="sentiment-table")
    job = st.session_state.get("table-job")
    if job is not None and job_progress.finished(job):
        draw_annotated(job.result())
    draw_code_snippets("sentiment-table", {"table": "table.csv"}, knobs)


def draw_annotated(result: AnnotatedTable) -> None:
    """Downloads, statistics and listed rows of a finished table."""
    st.markdown(f"**{result.rows:,} rows** · {literal(result.model)} · {literal(result.restriction)}")
    if result.in_windows:
        st.caption(f"{result.in_windows:,} texts of more than {MAX_TOKENS} tokens were read in windows.")
    table_picker.draw_apostrophes(result.apostrophes)
    sentiment_charts.draw_statistics(result)
    with st.container(horizontal=True):
        layout.download("Table with sentiment", result.path.read_bytes, "table-with-sentiment.csv", "text/csv")
        layout.download_record("Statistics as JSON", find_operation("sentiment-table"), result)
    sentiment_charts.draw_rows(result)


layout.header("sentiment")
text_tab, table_tab = st.tabs([":material/chat: A text", ":material/table: A table"])
with text_tab:
    text, knobs = draw_text()
with table_tab, layout.errors_as_sentences():
    draw_table(knobs.model[0], knobs.neutral)

layout.how_it_works(HOW)
draw_code_snippets("sentiment", {"text": text}, knobs)
with st.expander("The models", icon=":material/account_tree:"):
    for name in knobs.model:
        layout.model_facts(find_card(name))
