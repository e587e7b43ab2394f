"""Translate: a sentence of one language, the same of another, and what was looked at on the way."""

import dataclasses
import json
import shlex
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, input_picker, knob_widgets, layout
from pages.components.code_snippets import written
from pages.components.official_models import all_downloaded
from zoo.core.cards import find_card
from zoo.core.knobs import parse_knobs
from zoo.exhibits import translate as exhibit
from zoo.exhibits.translate import Alignment, TranslateKnobs, Translation, model_of

HOW = """
The sentence is cut into **sub-words**, the same 5,000 for both languages. A **transformer**
([Vaswani et al. 2017](https://arxiv.org/abs/1706.03762)) reads them all at once: each looks at all others, four layers
long. One more layer ([Kasai et al. 2020](https://arxiv.org/abs/2006.10369)) writes the translation, one sub-word after
the other, and for each of them looks back at the sentence. **Where it looked** is drawn below: the darker a field, the
more of the look for the word on the left fell on the word above.

With one **beam**, the likeliest sub-word is taken each time. With several, as many beginnings live on side by side, and
the best whole translation wins ([Wu et al. 2016](https://arxiv.org/abs/1609.08144)).

**Marian** ([Junczys-Dowmunt et al. 2018](https://arxiv.org/abs/1804.00344)) is the same kind of network with six layers
on either side and sixteen times as many numbers, trained by OPUS-MT on a large collection of translated texts.
"""
EXAMPLES = {
    "en-fr": {
        "Talk": "I don't think it's going to rain today.",
        "Picture": "A little girl is climbing into a wooden playhouse.",
        "Question": "Where did you buy that hat? It suits you very well.",
    },
    "fr-en": {
        "Conversation": "Je ne pense pas qu'il va pleuvoir aujourd'hui.",
        "Image": "Un vieil homme joue de la guitare devant une fontaine.",
        "Question ouverte": "Où as-tu acheté ce chapeau ? Il te va très bien.",
    },
}
LABELS = {"en-fr": "English: the French moves as you type", "fr-en": "French: the English moves as you type"}


@st.cache_data(max_entries=500, show_spinner=False)
def ask(text: str, knobs: TranslateKnobs) -> Translation:
    return exhibit.translate(text, knobs)


@st.cache_data(max_entries=500, show_spinner=False)
def look(sentence: str, translation: str, model: str) -> Alignment:
    return exhibit.align(sentence, translation, model)


def draw_answer(text: str, found: Translation, knobs: TranslateKnobs) -> None:
    shown = escape(found.translation).replace("\n", "<br>")
    st.html(f'<p style="font-size:1.35rem;line-height:1.5;margin:0;overflow-wrap:anywhere">{shown}</p>')
    st.caption(f"{found.model} · {found.restriction} · {found.milliseconds:.0f} ms")
    if knobs.engine == "bundled" and found.translation.strip():
        other = knobs.model_copy(update={"direction": "-".join(reversed(knobs.direction.split("-")))})
        again = escape(ask(found.translation, other).translation)
        st.html(f'<p style="margin:0;overflow-wrap:anywhere"><b>And back again:</b> {again}</p>')
    with st.container(horizontal=True):
        layout.download("Translation as text", found.translation, "translation.txt", "text/plain")
        layout.download(
            "Answer as JSON",
            json.dumps(dataclasses.asdict(found), indent=2, ensure_ascii=False),
            "translation.json",
            "application/json",
        )
        layout.link_to_here(text=text)


def draw_looks(found: Translation) -> None:
    """A field for each pair of words, one sentence at a time."""
    pairs = [pair for pair in found.sentences if pair[1].strip()]
    if not pairs:
        return
    st.subheader("Where it looked", anchor=False)
    place = 0
    if len(pairs) > 1:
        place = st.selectbox("Sentence", range(len(pairs)), format_func=lambda number: pairs[number][0])
    looks = look(*pairs[place], found.model)
    # A word may stand twice in a sentence: the place makes it another.
    rows = [
        {"source": f"{s}.{word}", "target": f"{t}.{said}", "share": float(looks.weights[t, s])}
        for t, said in enumerate(looks.target)
        for s, word in enumerate(looks.source)
    ]
    axis = {"labelExpr": "slice(datum.label, indexof(datum.label, '.') + 1)", **charts.INK}
    x = alt.X("source:N", sort=None, title=None, axis=alt.Axis(labelAngle=-40, orient="top", **axis))
    y = alt.Y("target:N", sort=None, title=None, axis=alt.Axis(**axis))
    shade = alt.Scale(domain=[0, 1], range=["#0F6B5C08", "#0F6B5C"])
    fields = alt.Chart(pd.DataFrame(rows)).mark_rect(cornerRadius=3)
    chart = fields.encode(
        x=x, y=y, color=alt.Color("share:Q", scale=shade, legend=None), tooltip=alt.Tooltip("share:Q", format=".0%")
    )
    best = [looks.source[int(row.argmax())] for row in looks.weights]
    spoken = ", ".join(f"{said} at {word}" for said, word in zip(looks.target, best, strict=True))
    st.altair_chart(chart.properties(height=60 + 26 * len(looks.target)), alt=f"Where it looked most: {spoken}")


def snippets(text: str, knobs: TranslateKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    python = (
        "from zoo.exhibits.translate import TranslateKnobs, translate\n\n"
        f"print(translate({text!r}, TranslateKnobs({settings.python})).translation)"
    )
    shell = f"python -m zoo translate {shlex.quote(text)}{settings.shell} --json"
    curl = f"curl {layout.address()}/api/v1/translate --form-string {shlex.quote(f'text={text}')}{settings.form}"
    layout.use_from_code(python, shell, curl)


layout.header("translate")
direction = knob_widgets.knob(TranslateKnobs, "direction", "direction")
text = input_picker.choose_text(LABELS[direction], EXAMPLES[direction], exhibit.MAX_CHARACTERS)
answer, settings = st.columns([2, 1], gap="large")
with settings:
    chosen = {name: knob_widgets.knob(TranslateKnobs, name, name) for name in ("beams", "engine")}
knobs = parse_knobs(TranslateKnobs, direction=direction, **chosen)
with answer, layout.errors_as_sentences():
    if all_downloaded([model_of(knobs.engine, direction)]):
        found = ask(text, knobs)
        draw_answer(text, found, knobs)
        if knobs.engine == "bundled":
            draw_looks(found)

layout.how_it_works(HOW)
snippets(text, knobs)
with st.expander("The model", icon=":material/account_tree:"):
    layout.model_facts(find_card(model_of(knobs.engine, direction)))
