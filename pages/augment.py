"""Augment: a sentence, others that mean about the same, and tables made larger."""

import dataclasses
import json
import shlex
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages import frame, work
from zoo import augment as exhibit
from zoo.augment import Augmented, AugmentKnobs, Point
from zoo.augment.words import CREDIT
from zoo.core.knobs import checked
from zoo.knobs.sentiment import DEFAULT_MODEL
from zoo.sentiment import THREE, probabilities

HOW = f"""
**EDA**, easy data augmentation ([Wei and Zou 2019](https://arxiv.org/abs/1901.11196)), makes new sentences from one by
four operations: words give way to synonyms, synonyms come in at random places, words change places, words go. Alpha is
the share of the words that one operation changes. A classifier that learns from few sentences learns more from them
and their new versions; from many, nothing.

Stop words, names, links and numbers are left alone. Synonyms keep the capitals of the word they replace and, as far as
the word before it tells, its part of speech; a word that is inflected is left as it is.

Does a new sentence still mean the same? The sentiment network's opinion is a test: beside each stands whether the label
is still that of the original, and by how much the polarity moved.

{CREDIT}
"""
EXAMPLES = {
    "Film": "A slow and gentle story with a brilliant actor, told under a grey sky.",
    "Praise": "The quick service was great and the happy waiter made our day!",
    "Complaint": "This slow phone is a terrible waste of money, never buy it.",
}
GROUND = {"same": "", "added": "#2E7D4F", "removed": "#B23A3A"}
OPERATIONS = {"replace": "replaced", "insert": "inserted", "swap": "swapped", "delete": "deleted"}


@st.cache_data(max_entries=200, show_spinner=False)
def ask(text: str, knobs: AugmentKnobs) -> tuple[Augmented, ...]:
    return exhibit.augment(text, knobs)


@st.cache_data(max_entries=200, show_spinner=False)
def judge(texts: tuple[str, ...]) -> list[tuple[str, float]]:
    """The label and the polarity of each text, by the sentiment network."""
    odds = probabilities(DEFAULT_MODEL, texts)
    return [(THREE[int(row.argmax())], float(row[-1] - row[0])) for row in odds]


def choose_knobs() -> AugmentKnobs:
    """One widget a knob, from their declaration."""
    left, right = st.columns(2, gap="large")
    values: dict[str, Any] = {}
    with left:
        for name in OPERATIONS:
            values[name] = frame.knob(AugmentKnobs, name, name)
    with right:
        for name in ("alpha", "outputs", "seed"):
            values[name] = frame.knob(AugmentKnobs, name, name)
    return checked(AugmentKnobs, **values)


def draw(text: str, found: tuple[Augmented, ...]) -> None:
    """Each new sentence with what came and went marked, and what the sentiment network makes of it."""
    (label, polarity), *judged = judge((text, *(new.text for new in found)))
    for new, (own, moved) in zip(found, judged, strict=True):
        spans = []
        for piece in new.pieces:
            tag = {"same": "span", "added": "ins", "removed": "del"}[piece.kind]
            colour = GROUND[piece.kind]
            ground = f"background:color-mix(in srgb, {colour} 22%, transparent);border-radius:4px;padding:1px 4px"
            style = f' style="{ground}"' if colour else ""
            spans.append(f"<{tag}{style}>{escape(piece.text)}</{tag}>")
        st.html(f'<p style="font-size:1.05rem;margin:0;overflow-wrap:anywhere">{" ".join(spans)}</p>')
        kept = "still" if own == label else "now"
        st.caption(f"{OPERATIONS[new.operation]} · {kept} {own}, polarity moved by {moved - polarity:+.2f}")


def single() -> tuple[str, AugmentKnobs]:
    text = frame.choose_text("A sentence", EXAMPLES, 20 * exhibit.MAX_WORDS)
    knobs = choose_knobs()
    with frame.errors_as_sentences():
        found = ask(text, knobs)
        if len(found) < knobs.outputs:
            st.info(f"There are only {len(found)} different new sentences to be had here.", icon=":material/info:")
        draw(text, found)
        with st.container(horizontal=True):
            frame.download(
                "Sentences as text",
                "".join(f"{new.text}\n" for new in found),
                "augmented.txt",
                "text/plain",
            )
            frame.download(
                "Sentences as JSON",
                json.dumps([dataclasses.asdict(new) for new in found], indent=2, ensure_ascii=False),
                "augmented.json",
                "application/json",
            )
            frame.link_to_here(text=text)
    return text, knobs


def table(knobs: AugmentKnobs) -> None:
    """A labelled CSV file in, a larger one out; the knobs are those of the other tab."""
    chosen = work.choose_table("augment")
    if chosen is None:
        return
    column = st.selectbox("Column with the texts", chosen.form.columns, index=chosen.guess)
    target = work.bench().path("augmented.csv")
    if st.button("Make it larger", type="primary"):
        work.restart("augment-job", lambda: exhibit.expand(chosen.path, target, column, knobs))
    job = st.session_state.get("augment-job")
    if job is not None and work.ended(job):
        result = job.result()
        st.markdown(f"**{result.rows:,} rows became {result.written:,}**; {result.skipped:,} were there already.")
        frame.download(
            "The larger table",
            result.path.read_bytes,
            "augmented.csv",
            "text/csv",
        )
        st.dataframe(pd.read_csv(result.path, nrows=50), hide_index=True)


def prove(knobs: AugmentKnobs) -> None:
    """A small classifier learns from more and more rows of a table, with and without augmentation."""
    st.markdown(
        "Does it help on your data? A small classifier learns from a few rows of a labelled table, then from more, "
        "with and without their augmented versions, and is asked about rows that it has not seen."
    )
    chosen = work.choose_table("proof")
    if chosen is None:
        return
    left, right = st.columns(2)
    column = left.selectbox("Column with the texts", chosen.form.columns, index=chosen.guess, key="proof-column")
    label = right.selectbox("Column with the labels", chosen.form.columns, index=None, key="proof-label")
    if st.button("Try it", type="primary", disabled=label is None):
        work.restart("proof-job", lambda: exhibit.proof(chosen.path, column, str(label), knobs))
    job = st.session_state.get("proof-job")
    if job is not None and work.ended(job):
        draw_proof(job.result())


def draw_proof(points: tuple[Point, ...]) -> None:
    """Accuracy against rows, with a bar of one deviation over the draws."""
    rows = pd.DataFrame(map(dataclasses.asdict, points))
    rows["training"] = rows["augmented"].map({False: "as they are", True: "augmented"})
    rows["low"], rows["high"] = rows["accuracy"] - rows["deviation"], rows["accuracy"] + rows["deviation"]
    ink = frame.ink()
    x = alt.X("rows:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title="rows learnt from", **ink))
    scale = alt.Scale(zero=False)
    y = alt.Y("accuracy:Q", scale=scale, axis=alt.Axis(format="%", title="accuracy on unseen rows", **ink))
    colours = alt.Scale(domain=["as they are", "augmented"], range=["#C4621A", "#0F6B5C"])
    legend = alt.Legend(title=None, orient="top", labelColor=frame.text_colour(), labelFontSize=13)
    base = alt.Chart(rows).encode(x=x, color=alt.Color("training:N", scale=colours, legend=legend))
    chart = base.mark_line(point=True).encode(y=y) + base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q")
    spoken = ", ".join(f"{p.rows} rows {'augmented' if p.augmented else 'plain'} {p.accuracy:.1%}" for p in points)
    st.altair_chart(chart.properties(height=340), alt=f"Accuracy against rows: {spoken}")
    frame.download(
        "The figures",
        rows[["rows", "training", "accuracy", "deviation"]].to_csv(index=False),
        "augmentation.csv",
        "text/csv",
    )


def snippets(text: str, knobs: AugmentKnobs) -> None:
    """Code for what is on screen."""
    changed = knobs.model_dump(exclude_defaults=True)
    settings = ", ".join(f"{name}={value!r}" for name, value in changed.items())
    python = (
        "from zoo.augment import AugmentKnobs, augment\n\n"
        f"for new in augment({text!r}, AugmentKnobs({settings})):\n    print(new.operation, new.text)"
    )
    options = [
        (f"--{name}" if value else f"--no-{name}") if isinstance(value, bool) else f"--{name} {value}"
        for name, value in changed.items()
    ]
    shell = " ".join(["python -m zoo augment", shlex.quote(text), *options, "--json"])
    fields = " ".join(f"--form-string {name}={str(value).lower()}" for name, value in changed.items())
    curl = f"curl {frame.address()}/api/v1/augment --form-string {shlex.quote(f'text={text}')} {fields}".rstrip()
    frame.use_from_code(python, shell, curl)


frame.header("augment")
one, many, proved = st.tabs([":material/chat: A sentence", ":material/table: A table", ":material/science: The proof"])
with one:
    text, knobs = single()
with many, frame.errors_as_sentences():
    table(knobs)
with proved, frame.errors_as_sentences():
    prove(knobs)

frame.how_it_works(HOW)
snippets(text, knobs)
