"""Translate: a text, its translation, and the attention weights between their words."""

from functools import partial
from html import escape

import streamlit as st

from pages.components import input_picker, knob_widgets, layout
from pages.components.attention_chart import draw_attention_weights
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import all_downloaded, choose_hub_model, downloaded
from pages.components.pins import draw_pin
from zoo.core.cards import find_card
from zoo.core.knobs import parse_knobs
from zoo.core.languages import foreign_language, language_name
from zoo.exhibits import find_operation
from zoo.exhibits import translate as exhibit
from zoo.exhibits.translate.directions import DIRECTIONS, Direction, find_direction, model_of
from zoo.exhibits.translate.knobs import MAX_CHARACTERS, TranslateKnobs
from zoo.exhibits.translate.results import AlignedSentence, Translation

HOW = """
The text is split into sentences. Numbers, prices, dates, times, links, e-mail addresses, @names, #tags and emoji are
copied: a word that the network knows stands in their place while it translates. A sentence in capitals is translated in
lower case, and its translation is put into capitals. A sentence is split into **tokens**: words and parts of words,
5,000 in all for both languages. A **transformer** ([Vaswani et al. 2017](https://arxiv.org/abs/1706.03762)) encodes all
tokens at once, in four layers of self-attention. One decoder layer ([Kasai et al.
2020](https://arxiv.org/abs/2006.10369)) generates the translation token by token. For each token it computes
**attention weights** over the tokens of the sentence: they are drawn below, averaged over the heads. The darker a
field, the greater the weight of the word above for the word on the left.

With one **beam**, the decoder takes the most probable token each time. With several, beam search keeps as many partial
translations and returns the best whole one ([Wu et al. 2016](https://arxiv.org/abs/1609.08144)).

The bundled networks were trained here. **Marian**
([Junczys-Dowmunt et al. 2018](https://arxiv.org/abs/1804.00344)) is the same kind of network with six layers on either
side and sixteen times as many parameters. OPUS-MT trained it on a large collection of translated texts; its weights are
given.
"""


MODEL, DIRECTION = "translation_model", "direction"


@st.cache_data(max_entries=500, show_spinner=False)
def translate(text: str, knobs: TranslateKnobs) -> Translation:
    return exhibit.translate(text, knobs)


@st.cache_data(max_entries=500, show_spinner=False)
def align(sentence: str, translation: str, model: str) -> AlignedSentence:
    return exhibit.align(sentence, translation, model)


def choose_direction() -> Direction:
    """The directions by name, and a button that takes the other one, with the translation as its text."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        titles = {option.code: f"{option.source.name} → {option.target.name}" for option in DIRECTIONS}
        code = knob_widgets.knob(TranslateKnobs, "direction", DIRECTION, labels=titles)
        direction = find_direction(code)
        text = "Take the other direction, with this translation as its text."
        st.button("Swap", icon=":material/swap_horiz:", help=text, on_click=swap, args=(direction,))
    return direction


def swap(direction: Direction) -> None:
    """The other direction. The last translation of this one, where there is one, becomes its text."""
    if translation := st.session_state.get(f"translation {direction.code}"):
        take(direction.reverse, translation)
    else:
        st.session_state[DIRECTION] = direction.reverse.code


def take(direction: Direction, text: str) -> None:
    """Translate this text in that direction, as a callback."""
    st.session_state[DIRECTION] = direction.code
    input_picker.replace_text(text_label(direction), text[:MAX_CHARACTERS])


def text_label(direction: Direction) -> str:
    return f"{direction.source.name} text: the {direction.target.name} translation updates as you type"


def choose_knobs(direction: Direction) -> TranslateKnobs:
    """Beams, what is copied, and engine or a model of the hub; where only one engine has the direction, no choice."""
    beams = knob_widgets.knob(TranslateKnobs, "beams", "beams")
    verbatim = knob_widgets.knob(TranslateKnobs, "verbatim", "verbatim")
    choose_hub_model("translate", select)
    model = ""
    engine = next(iter(direction.models)) if len(direction.models) == 1 else st.session_state.get("engine", "")
    drawn = direction.models.get(engine, "")  # by the page itself, where it is to be downloaded
    if names := downloaded("translate", MODEL, [drawn]):
        options = {"options": ["", *names], "format_func": lambda name: name or "the engine's own"}
        model = knob_widgets.knob(TranslateKnobs, "model", MODEL, **options)
    if model:
        return parse_knobs(TranslateKnobs, direction=direction.code, beams=beams, verbatim=verbatim, model=model)
    engines = list(direction.models)
    if len(engines) > 1:
        engine = knob_widgets.knob(TranslateKnobs, "engine", "engine")
    else:
        (engine,) = engines
        st.caption(f"{direction.title} has one engine: {engine}.")
    return parse_knobs(TranslateKnobs, direction=direction.code, beams=beams, verbatim=verbatim, engine=engine)


def select(name: str) -> None:
    """Before the page is drawn again, with this model of the hub."""
    st.session_state[MODEL] = name


def draw_language(text: str, direction: Direction) -> None:
    """Where the text is surely in another language: which, and the direction that translates it, where there is one."""
    code = foreign_language(text, direction.source.code)
    if not code:
        return
    st.warning(f"This text looks {language_name(code)}, not {direction.source.name}.", icon=":material/translate:")
    others = [other for other in DIRECTIONS if other.source.code == code]
    # First the one into the language that was typed for: its model is the same or nearest.
    for other in sorted(others, key=lambda other: other != direction.reverse)[:1]:
        st.button(f"Translate it from {other.title}", icon=":material/swap_horiz:", on_click=take, args=(other, text))


def draw_text(text: str) -> None:
    html = escape(text).replace("\n", "<br>")
    st.html(f'<p style="font-size:1.35rem;line-height:1.5;margin:0;overflow-wrap:anywhere">{html}</p>')


def draw_translation(text: str, result: Translation, knobs: TranslateKnobs, reverse: Direction) -> None:
    """The translation; of a bundled model also its back-translation, which is a test of it."""
    draw_text(result.translation)
    st.caption(f"{literal(result.model)} · {literal(result.restriction)} · {result.milliseconds:.0f} ms")
    if copied := [span for pair in result.sentences for span in pair.copied]:
        st.html(f'<p style="margin:0;overflow-wrap:anywhere"><b>Copied:</b> {escape(" · ".join(copied))}</p>')
    if is_bundled(knobs) and result.translation.strip():
        back = translate(result.translation, knobs.model_copy(update={"direction": reverse.code}))
        st.html(f'<p style="margin:0;overflow-wrap:anywhere"><b>Back-translation:</b> {escape(back.translation)}</p>')
    with st.container(horizontal=True):
        layout.download("Translation as text", result.translation, "translation.txt", "text/plain")
        layout.download_record("Translation as JSON", find_operation("translate"), result)
        layout.link_to_here(text=text)


def is_bundled(knobs: TranslateKnobs) -> bool:
    return knobs.engine == "bundled" and not knobs.model


def draw_attention(result: Translation) -> None:
    """The attention weights of one sentence."""
    pairs = [pair for pair in result.sentences if pair.translation.strip()]
    if not pairs:
        return
    st.subheader("Attention weights", anchor=False)
    index = 0
    if len(pairs) > 1:
        index = st.selectbox("Sentence", range(len(pairs)), format_func=lambda number: pairs[number].source)
    draw_attention_weights(align(pairs[index].source, pairs[index].translation, result.model))


layout.header("translate")
direction = choose_direction()
text = input_picker.choose_text(text_label(direction), dict(direction.source.examples), MAX_CHARACTERS)
answer, settings = st.columns([2, 1], gap="large")
with settings:
    knobs = choose_knobs(direction)
with answer, layout.errors_as_sentences():
    st.session_state[f"translation {direction.code}"] = ""
    model = exhibit.chosen_model(knobs)
    draw_language(text, direction)
    if all_downloaded([model]):
        result = translate(text, knobs)
        st.session_state[f"translation {direction.code}"] = result.translation
        draw_translation(text, result, knobs, direction.reverse)
        draw_pin("translate", {"text": text}, knobs, partial(draw_text, result.translation))
        if is_bundled(knobs):
            draw_attention(result)

layout.how_it_works(HOW)
draw_code_snippets("translate", {"text": text}, knobs)
with st.expander("The model", icon=":material/account_tree:"):
    layout.model_facts(find_card(knobs.model or model_of(knobs.engine, direction.code)))
