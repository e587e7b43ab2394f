"""Generate: a prompt and its continuation, the candidates for each token, attention, perplexity and fine-tuning."""

from functools import partial

import streamlit as st

from pages.components import (
    fine_tuning,
    input_picker,
    knob_widgets,
    layout,
    page_state,
    text_history,
    token_view,
    user_models,
)
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.official_models import all_downloaded, choose_hub_model, downloaded
from pages.components.pins import draw_pin
from pages.components.text_history import GeneratedText
from zoo.core import sources
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate.knobs import MAX_CHARACTERS, GenerateKnobs, PerplexityKnobs
from zoo.exhibits.generate.results import Generation, Perplexity

HOW = """
A **GPT-2** ([Radford et al. 2019](https://huggingface.co/openai-community/gpt2)) computes a probability for each token
of its vocabulary to come next. One token is chosen and appended, and the network runs again. It keeps the keys and
values of earlier tokens in a cache, so each token costs about the same. On a CPU the large models compute with 8-bit
integers ([Dettmers et al. 2022](https://arxiv.org/abs/2208.07339)): about one in 40 of the most probable tokens is
another then, and one in 20 where the processor has no AVX-512.

- **Temperature** divides the logits: above 1 the distribution is flatter, below 1 sharper.
- **Top-k** ([Fan et al. 2018](https://arxiv.org/abs/1805.04833)), **top-p**
  ([Holtzman et al. 2019](https://arxiv.org/abs/1904.09751)) and **min-p**
  ([Nguyen et al. 2024](https://arxiv.org/abs/2407.01082)) remove improbable tokens.
- The **repetition penalty** ([Keskar et al. 2019](https://arxiv.org/abs/1909.05858)) lowers the logits of tokens that
  are in the text already.
- **Beam search** keeps several texts at a time and returns the one with the highest mean log-probability.

The background of a token is the greener, the more probable the token was. Its tooltip lists the ten most probable
candidates, with their probabilities before and after the filters.
"""
EXAMPLES = {
    "Morning": "It was one of those mornings when",
    "Jeeves": '"Jeeves," I said, "',
    "Aunt": "My Aunt Agatha looked at me as if",
}
PROMPT_LABEL, MODEL, SESSION_MODELS = "Prompt", "language_model", "fine-tuned-models"
NEW_SEED = "new_seed"
MAIN_KNOBS = ("length", "temperature", "top_p", "samples")
MORE_KNOBS = ("method", "beams", "top_k", "min_p", "repetition_penalty")
KEYS = {"model": MODEL, "seed": text_history.SEED} | {name: name for name in (*MAIN_KNOBS, *MORE_KNOBS)}


def choose_knobs() -> GenerateKnobs:
    """The model, the knobs used most, and the others in an expander."""
    own = user_models.visitor_models(SESSION_MODELS, MODEL)
    names = [card.name for card in (*exhibit_cards("generate"), *own)]
    pinned = [model.card.name for model in sources.pinned_models("text-generation")]
    names += pinned + downloaded("generate", MODEL, pinned)
    labels = {card.name: f"{card.title} ({card.name[-4:]})" for card in own}
    values = {"model": knob_widgets.knob(GenerateKnobs, "model", MODEL, options=names, labels=labels)}
    choose_hub_model("generate", select)
    values |= {name: knob_widgets.knob(GenerateKnobs, name, name) for name in MAIN_KNOBS}
    values["seed"] = knob_widgets.knob(GenerateKnobs, "seed", text_history.SEED)
    page_state.remember(NEW_SEED, linked=False)
    st.toggle("New seed for each text", True, key=NEW_SEED, help="Off: the seed stays, and gives the same text again.")
    with st.expander("More", icon=":material/tune:"):
        values |= {name: knob_widgets.knob(GenerateKnobs, name, name) for name in MORE_KNOBS}
    return parse_knobs(GenerateKnobs, **values)


def draw_samples(result: Generation) -> None:
    """All samples, side by side."""
    if result.truncated_characters:
        st.info(f"The first {result.truncated_characters:,} characters exceed the model's context and were left out.")
    for column, sample in zip(st.columns(len(result.samples), gap="large"), result.samples, strict=True):
        with column:
            token_view.draw_sample(result.prompt, sample)


def replace_prompt(text: str) -> None:
    input_picker.replace_text(PROMPT_LABEL, text)


def draw_generation(prompt: str, knobs: GenerateKnobs) -> GeneratedText | None:
    """The text as it comes, buttons for another one, and what can be done with it; None while it is being generated.

    The first one begins without a click; a stopped one stays as it is.
    """
    text_history.start_wanted(prompt, knobs)
    new_seed = st.session_state[NEW_SEED]
    above = st.container(horizontal=True, vertical_alignment="center", gap="small")
    write, arguments = text_history.want, ("", new_seed and knobs.is_random)
    above.button("Generate", type="primary", icon=":material/edit_note:", on_click=write, args=arguments)
    if not text_history.draw_running(draw_samples):
        return None
    with above:
        text_history.draw_navigation(KEYS, replace_prompt)
    generated = text_history.current()
    if generated is None:
        return None
    result = generated.result
    draw_samples(result)
    count = max(len(sample.tokens) for sample in result.samples)
    speed = f"{count / generated.seconds:.0f} tokens per second · " if generated.seconds else ""
    seed = f"seed {generated.knobs.seed} · " if generated.knobs.is_random else ""
    st.caption(f"{literal(result.model)} · {seed}{speed}{literal(result.restriction)}")
    for remark in result.remarks:
        st.caption(f":material/info: {literal(remark)}")
    with st.container(horizontal=True):
        text = result.texts[0]
        st.button("Continue", icon=":material/play_arrow:", on_click=text_history.want, args=(text,))
        st.button("Edit", icon=":material/edit:", on_click=replace_prompt, args=(text,))
        layout.download("Text", "\n\n".join(result.texts), "text.txt", "text/plain")
        layout.download_record("Record as JSON", find_operation("generate"), result)
        layout.link_to_here(text=prompt)
    draw_pin("generate", {"prompt": generated.prompt}, generated.knobs, partial(draw_samples, result))
    return generated


@st.cache_data(max_entries=100, show_spinner="Computing the perplexity…")
def perplexity(text: str, model: str) -> Perplexity:
    return exhibit.perplexity(text, parse_knobs(PerplexityKnobs, model=model))


def draw_tabs(prompt: str, knobs: GenerateKnobs, generated: GeneratedText | None) -> None:
    """Candidates, attention, perplexity of any text, and fine-tuning, each with its code; only the open tab's."""
    candidates, attention, perplexity_tab, fine_tune = st.tabs(
        [
            ":material/casino: Candidates",
            ":material/visibility: Attention",
            ":material/query_stats: Perplexity",
            ":material/school: Fine-tune",
        ],
        on_change="rerun",
    )
    text = generated.result.texts[0] if generated else prompt
    if candidates.open:
        with candidates:
            if generated:
                token_view.draw_candidates(generated.result.samples[0])
            else:
                st.caption("The candidates for each token stand here as soon as there is a text.")
            of, by = (generated.prompt, generated.knobs) if generated else (prompt, knobs)
            draw_code_snippets("generate", {"text": of}, by)
    if attention.open:
        with attention, layout.errors_as_sentences():
            attention_knobs = token_view.draw_attention(text, knobs.model)
            draw_code_snippets("generate-attention", {"text": text}, attention_knobs)
    if perplexity_tab.open:
        with perplexity_tab, layout.errors_as_sentences():
            pasted = st.text_area("Text", text, height=140, key=f"pasted-{text}", max_chars=MAX_CHARACTERS)
            measured = perplexity(pasted, knobs.model)
            token_view.draw_perplexity(measured)
            layout.download_record("Perplexity as JSON", find_operation("generate-perplexity"), measured)
            model_knobs = parse_knobs(PerplexityKnobs, model=knobs.model)
            draw_code_snippets("generate-perplexity", {"text": pasted}, model_knobs)
    if fine_tune.open:
        with fine_tune:
            fine_tuning.draw_fine_tuning(knobs.model)


def select(name: str) -> None:
    st.session_state[MODEL] = name


def deselect(name: str) -> None:
    if st.session_state.get(MODEL) == name:
        st.session_state.pop(MODEL)


layout.header("generate")
if "writer" in st.query_params:  # in links of version 0.1
    st.query_params[MODEL] = st.query_params.pop("writer")
user_models.add_trained(fine_tuning.JOB, SESSION_MODELS, select)
prompt = input_picker.choose_text(PROMPT_LABEL, EXAMPLES, MAX_CHARACTERS)
text_column, settings = st.columns([2, 1], gap="large")
with settings, layout.errors_as_sentences():
    knobs = choose_knobs()
with text_column, layout.errors_as_sentences():
    if all_downloaded([knobs.model]):
        draw_tabs(prompt, knobs, draw_generation(prompt, knobs))
for name in st.session_state[SESSION_MODELS]:
    user_models.draw_user_model(find_card(name), SESSION_MODELS, deselect)
layout.how_it_works(HOW)
with st.expander("The model", icon=":material/account_tree:"):
    layout.model_facts(find_card(knobs.model))
