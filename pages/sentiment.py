"""Sentiment: a tweet, the feeling in it, which words carry it, and whole tables of tweets."""

import dataclasses
import json
import shlex
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.official_models import choose_official, fetched
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.knobs import parse_knobs
from zoo.exhibits import sentiment as exhibit
from zoo.exhibits.sentiment import Answer, TableResult, WordContribution
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL, SentimentKnobs

HOW = """
The tweet is cut into sub-words. What people do to words on Twitter becomes a mark of its own: shouting, elongation
("soooo"), repeated punctuation, emoticons, hashtags; names and links are masked. A **bidirectional LSTM**
([Hochreiter and Schmidhuber 1997](https://doi.org/10.1162/neco.1997.9.8.1735)) reads the sub-words from both ends, an
attention ([Yang et al. 2016](https://doi.org/10.18653/v1/N16-1174)) weighs them, and two heads answer: one with
neutral, one without.

Among the official models is a **RoBERTa** ([Liu et al. 2019](https://arxiv.org/abs/1907.11692)), in which each sub-word
looks at all others, trained further on tweets ([Loureiro et al. 2022](https://arxiv.org/abs/2202.03829)).

The colours come from **occlusion** ([Li et al. 2016](https://arxiv.org/abs/1612.08220)): each word is left out in turn,
and the number is by how much the polarity (the odds of positive minus those of negative) falls without it.
"""
EXAMPLES = {
    "Praise": "I love how this little zoo runs without any network, well done!",
    "Complaint": "@airline three hours late and nobody tells us anything. Never again.",
    "Irony": "Oh great, another Monday. Just what I needed 🙄",
    "Neutral": "The match between Leeds and Chelsea starts at 8pm on Saturday.",
    "Elongated": "soooo happy right nowww!!! :D #BestDayEver",
}
COLOURS = {"negative": "#B23A3A", "neutral": "#8A8F8C", "positive": "#2E7D4F"}


@st.cache_data(max_entries=500, show_spinner=False)
def ask(text: str, models: tuple[str, ...], neutral: bool) -> exhibit.Sentiment:
    return exhibit.sentiment(text, parse_knobs(SentimentKnobs, model=list(models), neutral=neutral))


@st.cache_data(max_entries=500, show_spinner=False)
def look(text: str, model: str, neutral: bool) -> tuple[WordContribution, ...]:
    return exhibit.explain(text, model, neutral)


def draw_words(words: tuple[WordContribution, ...]) -> None:
    """The text, each word on a ground as green or red as it speaks for positive or negative."""
    strongest = max([abs(word.contribution) for word in words], default=0) or 1
    spans = []
    for word in words:
        share = word.contribution / max(strongest, 0.2)
        colour = COLOURS["positive" if share > 0 else "negative"]
        ground = f"background:color-mix(in srgb, {colour} {abs(share):.0%}, transparent)"
        ink = "color:white" if abs(share) > 0.6 else ""
        shown = f'style="{ground};{ink};padding:2px 5px;border-radius:5px" title="{word.contribution:+.3f}"'
        spans.append(f"<span {shown}>{escape(word.word)}</span>")
    st.html(f'<p style="font-size:1.15rem;line-height:2.1;overflow-wrap:anywhere">{" ".join(spans)}</p>')
    with st.expander("The contributions as numbers", icon=":material/table:"):
        st.dataframe(pd.DataFrame(map(dataclasses.asdict, words)), hide_index=True)


def draw_answer(answer: Answer) -> None:
    st.markdown(f"**{answer.model}** · {answer.restriction} · {answer.milliseconds:.1f} ms")
    rows = pd.DataFrame({"label": answer.probabilities.keys(), "odds": answer.probabilities.values()})
    colour = charts.color_by("label", COLOURS)
    names = alt.Axis(ticks=False, domain=False, minExtent=70, **charts.INK)
    y = alt.Y("label:N", sort=list(COLOURS), title=None, axis=names)
    bars = alt.Chart(rows).encode(y=y, x=alt.X("odds:Q", scale=alt.Scale(domain=[0, 1.15]), axis=None))
    odds = bars.mark_text(align="left", dx=4, fontSize=14, color=charts.TEXT)
    chart = bars.mark_bar(cornerRadius=3).encode(color=colour) + odds.encode(text=alt.Text("odds:Q", format=".1%"))
    spoken = ", ".join(f"{label} {odds:.0%}" for label, odds in answer.probabilities.items())
    st.altair_chart(chart.properties(height=34 * len(rows)), alt=f"Bar chart of {answer.model}: {spoken}")


def draw_variants(text: str, model: str, neutral: bool) -> None:
    """The same sentence shouted, negated, with a smile: how the polarity moves."""
    rows = []
    for name, variant in exhibit.variants(text).items():
        (answer,) = ask(variant, (model,), neutral).answers
        rows.append({"variant": name, "text": variant, "label": answer.label, "polarity": answer.polarity})
    names = alt.Axis(ticks=False, domain=False, minExtent=100, **charts.INK)
    polarity = alt.X(
        "polarity:Q",
        scale=alt.Scale(domain=[-1, 1]),
        axis=alt.Axis(title="polarity: odds of positive less those of negative", tickCount=5, **charts.INK),
    )
    sign = alt.condition(alt.datum.polarity < 0, alt.value(COLOURS["negative"]), alt.value(COLOURS["positive"]))
    y = alt.Y("variant:N", sort=None, title=None, axis=names)
    bars = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(cornerRadius=3)
        .encode(x=polarity, y=y, color=sign, tooltip=["text", "label", alt.Tooltip("polarity:Q", format="+.2f")])
    )
    spoken = ", ".join(f"{row['variant']} {row['polarity']:+.2f}" for row in rows)
    st.altair_chart(bars.properties(height=30 * len(rows) + 50), alt=f"Bar chart of polarities: {spoken}")
    with st.expander("The sentences", icon=":material/table:"):
        st.dataframe(pd.DataFrame(rows), hide_index=True)


def single() -> tuple[str, list[str], bool]:
    text = input_picker.choose_text("A tweet: the answer moves as you type", EXAMPLES, exhibit.MAX_CHARACTERS)
    seen, said = st.columns(2, gap="large")
    with said:
        answers = st.container()
        options = [card.name for card in exhibit_cards("sentiment")] + fetched("sentiment")
        models = knob_widgets.knob(SentimentKnobs, "model", "model", options=options) or [DEFAULT_MODEL]
        choose_official("sentiment", "What others trained, at a fixed revision. It needs the network once.")
        neutral = knob_widgets.knob(SentimentKnobs, "neutral", "neutral")
    result = None
    with answers, layout.errors_as_sentences():
        result = ask(text, tuple(models), neutral)
        for answer in result.answers:
            draw_answer(answer)
        with seen:
            draw_words(look(text, models[0], neutral))
        with st.container(horizontal=True):
            layout.download(
                "Answers as JSON",
                json.dumps(dataclasses.asdict(result), indent=2, ensure_ascii=False),
                "sentiment.json",
                "application/json",
            )
            layout.link_to_here(text=text)
    if result is not None:
        st.subheader("The same, said otherwise", anchor=False)
        with layout.errors_as_sentences():
            draw_variants(text, models[0], neutral)
    return text, models, neutral


def table(model: str, neutral: bool) -> None:
    """A CSV file in, the same with three columns more out, and what it shows as a whole."""
    chosen = job_progress.choose_table("table")
    if chosen is None:
        return
    left, right = st.columns(2)
    column = left.selectbox("Column with the texts", chosen.format.columns, index=chosen.text_index)
    label = right.selectbox("Column with the true label, if there is one", chosen.format.columns, index=None)
    if st.button("Read the table", type="primary"):
        target = job_progress.workspace().path("table-with-sentiment.csv")
        options = {"label": label, "neutral": neutral}
        job_progress.start_job("table-job", lambda: exhibit.annotate(chosen.path, target, column, model, **options))
    job = st.session_state.get("table-job")
    if job is not None and job_progress.finished(job):
        draw_table(job.result())


def draw_table(result: TableResult) -> None:
    st.markdown(f"**{result.rows:,} rows**")
    counts = pd.DataFrame({"label": result.counts.keys(), "rows": result.counts.values()})
    edges = [place / 10 - 1 for place in range(20)]
    histogram = pd.DataFrame({"polarity": edges, "rows": result.polarities})
    colour = charts.color_by("label", COLOURS)
    left, right = st.columns(2)
    ink = alt.Axis(**charts.INK)
    rows, names = alt.X("rows:Q", axis=ink), alt.Y("label:N", sort=list(COLOURS), title=None, axis=ink)
    bars = alt.Chart(counts).mark_bar(cornerRadius=3).encode(x=rows, y=names, color=colour)
    left.altair_chart(bars.properties(height=160), alt="Bar chart: rows of each sentiment")
    bins = alt.X("polarity:O", axis=alt.Axis(format=".1f", labelAngle=0, labelOverlap=True, **charts.INK))
    spread = alt.Chart(histogram).mark_bar().encode(x=bins, y=alt.Y("rows:Q", axis=ink))
    right.altair_chart(spread.properties(height=160), alt="Histogram: rows by polarity")
    layout.download(
        "The table with its sentiment",
        result.path.read_bytes,
        "table-with-sentiment.csv",
        "text/csv",
    )
    if result.confusion:
        pairs = [{"true": true, "said": said, "rows": rows} for (true, said), rows in result.confusion.items()]
        st.markdown("**True label against the model's**")
        st.dataframe(pd.DataFrame(pairs).pivot(index="true", columns="said", values="rows").fillna(0).astype(int))
        st.markdown("**The surest mistakes**")
        st.dataframe(pd.DataFrame(result.mistakes), hide_index=True)
    st.markdown("**The least certain rows**")
    shown = st.pills("Show", list(result.counts), selection_mode="multi", key="table-filter")
    uncertain = [row for row in result.uncertain if not shown or row["sentiment"] in shown]
    st.dataframe(pd.DataFrame(uncertain), hide_index=True)


def snippets(text: str, models: list[str], neutral: bool) -> None:
    """Code for what is on screen."""
    python = (
        "from zoo.exhibits.sentiment import SentimentKnobs, sentiment\n\n"
        f"result = sentiment({text!r}, SentimentKnobs(model={json.dumps(models)}, neutral={neutral}))\n"
        "for answer in result.answers:\n    print(answer.model, answer.label, answer.probabilities)"
    )
    names = " ".join(f"--model {shlex.quote(name)}" for name in models)
    shell = f"python -m zoo sentiment {shlex.quote(text)} {names} {'--neutral' if neutral else '--no-neutral'} --json"
    fields = " ".join(f"--form-string model={shlex.quote(name)}" for name in models)
    curl = (
        f"curl {layout.address()}/api/v1/sentiment --form-string {shlex.quote(f'text={text}')} {fields} "
        f"--form-string neutral={str(neutral).lower()}"
    )
    layout.use_from_code(python, shell, curl)


layout.header("sentiment")
one, many = st.tabs([":material/chat: A tweet", ":material/table: A table"])
with one:
    text, models, neutral = single()
with many, layout.errors_as_sentences():
    table(models[0], neutral)

layout.how_it_works(HOW)
snippets(text, models, neutral)
with st.expander("The models", icon=":material/account_tree:"):
    for name in models:
        layout.model_facts(find_card(name))
