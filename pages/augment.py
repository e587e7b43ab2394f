"""Augment: a sentence, others that mean about the same, and tables made larger."""

import dataclasses
import json
import shlex
from collections.abc import Iterable
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import written
from pages.components.official_models import all_downloaded
from zoo.core.knobs import parse_knobs
from zoo.exhibits import augment as exhibit
from zoo.exhibits.augment import MAKERS, Augmented, AugmentKnobs, BackKnobs, BackTranslated, Piece, Point
from zoo.exhibits.augment.engines import RANDOM
from zoo.exhibits.augment.words import CREDIT
from zoo.exhibits.sentiment import THREE, probabilities
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL
from zoo.exhibits.translate import model_of

HOW = f"""
**EDA**, easy data augmentation ([Wei and Zou 2019](https://arxiv.org/abs/1901.11196)), makes new sentences from one by
four operations: words give way to synonyms, synonyms come in at random places, words change places, words go. Alpha is
the share of the words that one operation changes. A classifier that learns from few sentences learns more from them
and their new versions; from many, nothing.

Stop words, names, links and numbers are left alone. Synonyms keep the capitals of the word they replace and, as far as
the word before it tells, its part of speech; a word that is inflected is left as it is.

**Back-translation** ([Sennrich et al. 2016](https://arxiv.org/abs/1511.06709),
[Yu et al. 2018](https://arxiv.org/abs/1804.09541)) sends the sentence through another language and back: what returns
says about the same in other words, and its grammar suffers less. Our own two networks know French; Marian's have to be
fetched once; Google's page is asked over the network and sees what you send.

Does a new sentence still mean the same? The sentiment network's opinion is a test: beside each stands whether the label
is still that of the original, and by how much the polarity moved.

{CREDIT}
"""
EXAMPLES = {
    "Film": "A slow and gentle story with a brilliant actor, told under a grey sky.",
    "Praise": "The quick service was great and the happy waiter made our day!",
    "Complaint": "This slow phone is a terrible waste of money, never buy it.",
}
BACK = ":material/translate: There and back"
WAYS = ("Four operations on words", "There and back")  # of making a table larger
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
            values[name] = knob_widgets.knob(AugmentKnobs, name, name)
    with right:
        for name in ("alpha", "outputs", "seed"):
            values[name] = knob_widgets.knob(AugmentKnobs, name, name)
    return parse_knobs(AugmentKnobs, **values)


def draw(text: str, found: Iterable[tuple[str, tuple[Piece, ...], str]]) -> None:
    """Each new sentence with what came and went marked, how it was made and what the sentiment network makes of it."""
    found = list(found)
    (label, polarity), *judged = judge((text, *(new for new, _, _ in found)))
    for (_, pieces, made), (own, moved) in zip(found, judged, strict=True):
        spans = []
        for piece in pieces:
            tag = {"same": "span", "added": "ins", "removed": "del"}[piece.kind]
            colour = GROUND[piece.kind]
            ground = f"background:color-mix(in srgb, {colour} 22%, transparent);border-radius:4px;padding:1px 4px"
            style = f' style="{ground}"' if colour else ""
            spans.append(f"<{tag}{style}>{escape(piece.text)}</{tag}>")
        st.html(f'<p style="font-size:1.05rem;margin:0;overflow-wrap:anywhere">{" ".join(spans)}</p>')
        kept = "still" if own == label else "now"
        st.caption(f"{made} · {kept} {own}, polarity moved by {moved - polarity:+.2f}")


def single(text: str) -> AugmentKnobs:
    knobs = choose_knobs()
    with layout.errors_as_sentences():
        found = ask(text, knobs)
        if len(found) < knobs.outputs:
            st.info(f"There are only {len(found)} different new sentences to be had here.", icon=":material/info:")
        draw(text, [(new.text, new.pieces, OPERATIONS[new.operation]) for new in found])
        with st.container(horizontal=True):
            layout.download(
                "Sentences as text",
                "".join(f"{new.text}\n" for new in found),
                "augmented.txt",
                "text/plain",
            )
            layout.download(
                "Sentences as JSON",
                json.dumps([dataclasses.asdict(new) for new in found], indent=2, ensure_ascii=False),
                "augmented.json",
                "application/json",
            )
            layout.link_to_here(text=text)
    return knobs


def choose_back(place: str = "") -> BackKnobs:
    """Engine, language and beams of back-translation; ``place`` tells these widgets from those of another tab."""
    left, right = st.columns(2, gap="large")
    with left:
        engine = knob_widgets.knob(BackKnobs, "engine", f"{place}engine")
        languages = MAKERS[engine](1).languages
        options = [*languages, *([RANDOM] if len(languages) > 1 else [])]
        start = options.index(BackKnobs().language)
        language = knob_widgets.knob(BackKnobs, "language", f"{place}language", options=options, index=start)
        if engine == "google":
            st.caption("What you send leaves this machine. Codes are Google's: de is German, ja is Japanese.")
    with right:
        beams = knob_widgets.knob(BackKnobs, "beams", f"{place}beams") if engine != "google" else 1
        draw = knob_widgets.knob(BackKnobs, "seed", f"{place}draw") if language == RANDOM else 0
    return parse_knobs(BackKnobs, engine=engine, language=language, beams=beams, seed=draw)


def ready(knobs: BackKnobs) -> bool:
    """Whether the networks of both ways are here; until then, a button fetches them."""
    if knobs.engine == "google":
        return True
    languages = MAKERS[knobs.engine](1).languages
    ways = [knobs.language] if knobs.language != RANDOM else languages
    return all_downloaded([model_of(knobs.engine, way) for code in ways for way in (f"en-{code}", f"{code}-en")])


@st.cache_data(max_entries=200, show_spinner="Translating there and back…")
def ask_back(text: str, knobs: BackKnobs) -> BackTranslated:
    return exhibit.back_translate(text, knobs)


def there_and_back(text: str) -> None:
    """The sentence in another language, and what came back."""
    knobs = choose_back()
    if not ready(knobs):
        return
    if knobs.engine == "google":
        # Not while one types: a question for each pause would be too many.
        if st.button("Send it to Google", type="primary"):
            st.session_state["sent"] = (text, knobs)
        if st.session_state.get("sent") != (text, knobs):
            return
    found = ask_back(text, knobs)
    st.html(
        f'<p style="font-size:1.05rem;margin:0;overflow-wrap:anywhere" lang="{escape(found.language)}">'
        f"<i>{escape(found.pivot)}</i></p>"
    )
    st.caption(f"{found.language} · {found.engine} · {found.restriction} · {found.milliseconds:.0f} ms there and back")
    draw(text, [(found.text, found.pieces, "translated back")])
    with st.container(horizontal=True):
        layout.download("What came back as text", f"{found.text}\n", "back-translated.txt", "text/plain")
        layout.download(
            "The same as JSON",
            json.dumps(dataclasses.asdict(found), indent=2, ensure_ascii=False),
            "back-translated.json",
            "application/json",
        )
        layout.link_to_here(text=text, way=BACK)
    shell = f"python -m zoo back-translate {shlex.quote(text)}{written(knobs).shell}"
    st.code(shell, language=None, wrap_lines=True)


def table(knobs: AugmentKnobs) -> None:
    """A labelled CSV file in, a larger one out; the knobs of the four operations are those of their tab."""
    chosen = job_progress.choose_table("augment")
    if chosen is None:
        return
    column = st.selectbox("Column with the texts", chosen.format.columns, index=chosen.text_index)
    target = job_progress.workspace().path("augmented.csv")
    own: AugmentKnobs | BackKnobs = knobs
    if st.segmented_control("New rows by", WAYS, default=WAYS[0], required=True) == WAYS[1]:
        own = choose_back("table-")
        if not ready(own):
            return
    started, resumed = st.columns(2)
    if started.button("Make it larger", type="primary"):
        job_progress.start_job("augment-job", lambda: exhibit.expand(chosen.path, target, column, own))
    if job_progress.ended_early("augment-job") and target.exists() and resumed.button("Go on where it stopped"):
        job_progress.start_job("augment-job", lambda: exhibit.expand(chosen.path, target, column, own, resume=True))
    job = st.session_state.get("augment-job")
    if job is not None and job_progress.finished(job):
        result = job.result()
        st.markdown(f"**{result.rows:,} rows became {result.written:,}**; {result.skipped:,} were there already.")
        layout.download(
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
    chosen = job_progress.choose_table("proof")
    if chosen is None:
        return
    left, right = st.columns(2)
    column = left.selectbox("Column with the texts", chosen.format.columns, index=chosen.text_index, key="proof-column")
    label = right.selectbox("Column with the labels", chosen.format.columns, index=None, key="proof-label")
    if st.button("Try it", type="primary", disabled=label is None):
        job_progress.start_job("proof-job", lambda: exhibit.proof(chosen.path, column, str(label), knobs))
    job = st.session_state.get("proof-job")
    if job is not None and job_progress.finished(job):
        draw_proof(job.result())


def draw_proof(points: tuple[Point, ...]) -> None:
    """Accuracy against rows, with a bar of one deviation over the draws."""
    rows = pd.DataFrame(map(dataclasses.asdict, points))
    rows["training"] = rows["augmented"].map({False: "as they are", True: "augmented"})
    rows["low"], rows["high"] = rows["accuracy"] - rows["deviation"], rows["accuracy"] + rows["deviation"]
    x = alt.X("rows:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title="rows learnt from", **charts.INK))
    scale = alt.Scale(zero=False)
    y = alt.Y("accuracy:Q", scale=scale, axis=alt.Axis(format="%", title="accuracy on unseen rows", **charts.INK))
    colour = charts.color_by("training", {"as they are": "#C4621A", "augmented": "#0F6B5C"}, legend=True)
    base = alt.Chart(rows).encode(x=x, color=colour)
    chart = base.mark_line(point=True).encode(y=y) + base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q")
    spoken = ", ".join(f"{p.rows} rows {'augmented' if p.augmented else 'plain'} {p.accuracy:.1%}" for p in points)
    st.altair_chart(chart.properties(height=340), alt=f"Accuracy against rows: {spoken}")
    layout.download(
        "The figures",
        rows[["rows", "training", "accuracy", "deviation"]].to_csv(index=False),
        "augmentation.csv",
        "text/csv",
    )


def snippets(text: str, knobs: AugmentKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    python = (
        "from zoo.exhibits.augment import AugmentKnobs, augment\n\n"
        f"for new in augment({text!r}, AugmentKnobs({settings.python})):\n    print(new.operation, new.text)"
    )
    shell = f"python -m zoo augment {shlex.quote(text)}{settings.shell} --json"
    curl = f"curl {layout.address()}/api/v1/augment --form-string {shlex.quote(f'text={text}')}{settings.form}"
    layout.use_from_code(python, shell, curl)


layout.header("augment")
text = input_picker.choose_text("A sentence", EXAMPLES, 20 * exhibit.MAX_WORDS)
tabs = [":material/shuffle: Four operations", BACK, ":material/table: A table", ":material/science: The proof"]
one, back, many, proved = st.tabs(tabs, default=BACK if st.query_params.get("way") == BACK else None, on_change="rerun")
with one:
    knobs = single(text)
if back.open:
    with back, layout.errors_as_sentences():
        there_and_back(text)
with many, layout.errors_as_sentences():
    table(knobs)
with proved, layout.errors_as_sentences():
    prove(knobs)

layout.how_it_works(HOW)
snippets(text, knobs)
