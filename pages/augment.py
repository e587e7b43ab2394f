"""Augment: new versions of a sentence, back-translation, larger tables, and a learning curve."""

from functools import partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import augment_charts, input_picker, job_progress, knob_widgets, layout, table_picker
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import all_downloaded
from pages.components.pins import draw_pin
from pages.components.predictions import draw_notes
from pages.components.workspaces import workspace
from zoo.core.files import partial_path
from zoo.core.knobs import parse_knobs
from zoo.core.languages import language_name
from zoo.exhibits import augment as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.augment.knobs import (
    MAX_WORDS,
    AugmentKnobs,
    AugmentTableKnobs,
    BackTranslationKnobs,
    BackTranslationTableKnobs,
    LearningCurveKnobs,
)
from zoo.exhibits.augment.results import Augmentation, AugmentedTable, BackTranslation

HOW = f"""
**EDA**, easy data augmentation ([Wei and Zou 2019](https://arxiv.org/abs/1901.11196)), makes new sentences by four
operations: some words are replaced by synonyms, synonyms are inserted at random positions, words swap their positions,
words are deleted. Alpha is the fraction of the words that one operation changes. A classifier that is trained on few
sentences becomes more accurate with their new versions; with many sentences it gains nothing.

Stop words, names, links, numbers and phrases are left alone. A tagger gives each word its part of speech. A synonym is
offered where it probably has the word's sense in the sentence, by WordNet's counts and by the words that the sentence
shares with the definitions; it keeps inflection, capitals and punctuation. An embedding left out what changes the
meaning, and profanity, slurs and insults are kept out in every form. Many words have no synonym.

**Back-translation** ([Sennrich et al. 2016](https://arxiv.org/abs/1511.06709),
[Yu et al. 2018](https://arxiv.org/abs/1804.09541)) translates the sentence into another language and back: the result
has about the same meaning in other words and is more often grammatical. The bundled translators know French. Marian is
downloaded once. Google Translate is used over the network and receives what you send.

The sentiment model gives a hint whether the meaning is kept: below each new sentence the page shows its sentiment and
the change of its polarity against the original.

{exhibit.CREDIT}
"""
EXAMPLES = {
    "Garden": "I love this large garden. It is a good place to rest.",
    "House": "They were happy to buy a big house near the beach.",
    "Film": "The movie was terrible and I want my money back.",
}
WORDS, BACK, TABLE, CURVE = (
    ":material/shuffle: Word operations",
    ":material/translate: Back-translation",
    ":material/table: A table",
    ":material/science: Learning curve",
)
METHODS = ("Word operations", "Back-translation")
OPERATIONS = {"replace": "replaced", "insert": "inserted", "swap": "swapped", "delete": "deleted"}


@st.cache_data(max_entries=200, show_spinner=False)
def augment(text: str, knobs: AugmentKnobs) -> Augmentation:
    return exhibit.augment(text, knobs)


@st.cache_data(max_entries=200, show_spinner="Translating…")
def back_translate(text: str, knobs: BackTranslationKnobs) -> BackTranslation:
    return exhibit.back_translate(text, knobs)


def choose_augment_knobs() -> AugmentKnobs:
    names = ("alpha", "outputs", "seed", *OPERATIONS)
    values: dict[str, Any] = {name: knob_widgets.knob(AugmentKnobs, name, name) for name in names}
    return parse_knobs(AugmentKnobs, **values)


def draw_word_operations(text: str) -> AugmentKnobs:
    """The tab with the four operations of EDA; its knobs."""
    left, right = st.columns([2, 1], gap="large")
    with right:
        knobs = choose_augment_knobs()
    with left, layout.errors_as_sentences():
        result = augment(text, knobs)
        draw_notes(result.notes)
        # Replacements first: they keep the grammar.
        outputs = sorted(result.outputs, key=lambda output: list(OPERATIONS).index(output.operation))
        rows = [(output.text, output.diff, OPERATIONS[output.operation]) for output in outputs]
        augment_charts.draw_sentences(text, rows)
        with st.container(horizontal=True):
            lines = "".join(f"{output.text}\n" for output in result.outputs)
            layout.download("Sentences as text", lines, "augmented.txt", "text/plain")
            layout.download_record("Sentences as JSON", find_operation("augment"), result)
            layout.link_to_here(text=text)
        draw_pin("augment", {"text": text}, knobs, partial(augment_charts.draw_sentences, text, rows))
    return knobs


def choose_back_translation_knobs(prefix: str = "") -> BackTranslationKnobs:
    """Engine, language and beams; ``prefix`` tells the keys of these widgets from those of another tab."""
    engine = knob_widgets.knob(BackTranslationKnobs, "engine", f"{prefix}engine")
    languages = exhibit.ENGINES[engine](1).languages
    names = {code: name.title() for code, name in languages.items()}
    if len(names) > 1:
        names[exhibit.RANDOM] = "A random one"
    key = f"{prefix}language"
    language = knob_widgets.knob(BackTranslationKnobs, "language", key, options=list(names), labels=names)
    if engine == "google":
        st.caption("What you send leaves this machine.")
    beams = knob_widgets.knob(BackTranslationKnobs, "beams", f"{prefix}beams") if engine != "google" else 1
    seed = knob_widgets.knob(BackTranslationKnobs, "seed", f"{prefix}draw") if language == exhibit.RANDOM else 0
    return parse_knobs(BackTranslationKnobs, engine=engine, language=language, beams=beams, seed=seed)


def models_downloaded(knobs: BackTranslationKnobs) -> bool:
    """Whether the models of both directions are here; until then, a button downloads them."""
    engine = exhibit.ENGINES[knobs.engine](1)
    languages = [knobs.language] if knobs.language != exhibit.RANDOM else list(engine.languages)
    return engine.remote or all_downloaded([name for language in languages for name in engine.models(language)])


def draw_back_translation(text: str) -> None:
    """The tab with back-translation: the sentence in the pivot language, and its translation back."""
    left, right = st.columns([2, 1], gap="large")
    with right:
        knobs = choose_back_translation_knobs()
    with left, layout.errors_as_sentences():
        if not models_downloaded(knobs):
            return
        if knobs.engine == "google":
            # A request for each pause in typing would be too many.
            if st.button("Send it to Google", type="primary"):
                st.session_state["sent"] = (text, knobs)
            if st.session_state.get("sent") != (text, knobs):
                return
        result = back_translate(text, knobs)
        draw_pivot(text, result)
        with st.container(horizontal=True):
            layout.download("Back-translation as text", f"{result.text}\n", "back-translation.txt", "text/plain")
            layout.download_record("Back-translation as JSON", find_operation("augment-back-translation"), result)
            layout.link_to_here(text=text, tab=BACK)
        draw_pin("augment-back-translation", {"text": text}, knobs, partial(draw_pivot, text, result))
    draw_code_snippets("augment-back-translation", {"text": text}, knobs)


def draw_pivot(text: str, result: BackTranslation) -> None:
    """The sentence in the pivot language, and the back-translation with what it changed."""
    st.html(
        f'<p style="font-size:1.05rem;margin:0;overflow-wrap:anywhere" lang="{escape(result.language)}">'
        f"<i>{escape(result.pivot)}</i></p>"
    )
    st.caption(
        f"{literal(language_name(result.language))} · {literal(result.engine)} · {literal(result.restriction)} · "
        f"{result.milliseconds:.0f} ms"
    )
    if all(span.kind == "same" for span in result.diff):
        st.info("The back-translation is the same sentence: it gives no new one.", icon=":material/info:")
    augment_charts.draw_sentences(text, [(result.text, result.diff, "back-translated")])


def draw_table(augment_knobs: AugmentKnobs) -> None:
    """The tab with a table: a labelled table in, a larger one out, by word operations or back-translation."""
    chosen = table_picker.choose_table("augment")
    if chosen is None:
        return
    column = st.selectbox("Column with the texts", chosen.format.columns, index=chosen.text_index)
    method = st.segmented_control("New rows by", METHODS, default=METHODS[0], required=True, wrap=True)
    knobs: AugmentTableKnobs | BackTranslationTableKnobs
    safe = knob_widgets.knob(AugmentTableKnobs, "spreadsheet_safe", "augment-spreadsheet_safe")
    values = {"column": column, "spreadsheet_safe": safe, **chosen.knobs}
    if method == METHODS[0]:
        command, function = "augment-table", exhibit.augment_table
        knobs = parse_knobs(AugmentTableKnobs, **values, **augment_knobs.model_dump())
    else:
        command, function = "augment-back-translation-table", exhibit.back_translate_table
        back_knobs = choose_back_translation_knobs("table-")
        if not models_downloaded(back_knobs):
            return
        knobs = parse_knobs(BackTranslationTableKnobs, **values, **back_knobs.model_dump())
    target = workspace().path("augmented.csv")
    left, right = st.columns(2)
    if left.button("Augment the table", type="primary"):
        job_progress.start_job("augment-job", partial(function, chosen.path, knobs, target=target), title=command)
    can_resume = job_progress.ended_early("augment-job") and partial_path(target).exists()
    if can_resume and right.button("Resume"):
        resumed = knobs.model_copy(update={"resume": True})
        job_progress.start_job("augment-job", partial(function, chosen.path, resumed, target=target), title=command)
    job = st.session_state.get("augment-job")
    if job is not None and job_progress.finished(job):
        draw_larger_table(job.result())
    draw_code_snippets(command, {"table": "table.csv"}, knobs)


def draw_larger_table(result: AugmentedTable) -> None:
    rows = "1 row" if result.rows == 1 else f"{result.rows:,} rows"
    st.markdown(f"**{rows} became {result.written:,}**")
    if result.skipped:
        st.caption(f"Texts that were there already, and were left out: {result.skipped:,}.")
    if result.empty:
        st.caption(f"Rows without a text, which got no new ones: {result.empty:,}.")
    table_picker.draw_apostrophes(result.apostrophes)
    layout.download("Augmented table", result.path.read_bytes, "augmented.csv", "text/csv")
    st.dataframe(pd.read_csv(result.path, nrows=50, dtype=str, keep_default_na=False), hide_index=True)


def draw_learning_curve(augment_knobs: AugmentKnobs) -> None:
    """The tab with the learning curve of a labelled table."""
    st.markdown(
        "Does augmentation help on your data? A small classifier is trained on more and more rows of a labelled table, "
        "with and without their new versions, and its accuracy is measured on held-out rows."
    )
    chosen = table_picker.choose_table("learning-curve")
    if chosen is None:
        return
    columns = chosen.format.columns
    left, right = st.columns(2)
    column = left.selectbox("Column with the texts", columns, index=chosen.text_index, key="curve-column")
    label = right.selectbox("Column with the labels", columns, index=None, key="curve-label")
    values = {"column": column, "label": label or "", **chosen.knobs}
    knobs = parse_knobs(LearningCurveKnobs, **values, **augment_knobs.model_dump())
    if label is None:
        st.caption(":material/info: Choose the column with the labels first: the classifier learns to predict them.")
    if st.button("Draw the learning curve", type="primary", disabled=label is None):
        steps = partial(exhibit.learning_curve, chosen.path, knobs)
        job_progress.start_job("learning-curve-job", steps, title="augment-learning-curve")
    job = st.session_state.get("learning-curve-job")
    if job is not None and job_progress.finished(job):
        augment_charts.draw_learning_curve(job.result())
    if label is not None:
        draw_code_snippets("augment-learning-curve", {"table": "table.csv"}, knobs)


layout.header("augment")
text = input_picker.choose_text("A sentence", EXAMPLES, 20 * MAX_WORDS)
# Links of version 0.1 name back-translation by ``way``.
linked = BACK if st.query_params.get("tab") == BACK or "way" in st.query_params else None
words_tab, back_tab, table_tab, curve_tab = st.tabs([WORDS, BACK, TABLE, CURVE], default=linked, on_change="rerun")
with words_tab:
    knobs = draw_word_operations(text)
    draw_code_snippets("augment", {"text": text}, knobs)
if back_tab.open:
    with back_tab, layout.errors_as_sentences():
        draw_back_translation(text)
with table_tab, layout.errors_as_sentences():
    draw_table(knobs)
with curve_tab, layout.errors_as_sentences():
    draw_learning_curve(knobs)

layout.how_it_works(HOW)
