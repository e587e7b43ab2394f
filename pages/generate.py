"""Generate: a text goes on, word by word, with a look at what each word was drawn from."""

import dataclasses
import json
import shlex
from functools import partial

import streamlit as st

from pages.components import fine_tuning, input_picker, job_progress, knob_widgets, layout, token_view, user_models
from pages.components.code_snippets import written
from pages.components.official_models import all_downloaded
from zoo.core.cards import exhibit_cards, find_card, source
from zoo.core.knobs import parse_knobs
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate import Generated, GenerateKnobs, Surprise

HOW = """
A **GPT-2** ([Radford et al. 2019](https://huggingface.co/openai-community/gpt2)) reads what stands there and gives odds
to each of its sub-words to come next. One is drawn and put behind the text, and it reads again; what it has read
before it keeps as keys and values, so that each word costs the same. On a processor the large ones calculate in whole
numbers of 8 bits ([Dettmers et al. 2022](https://arxiv.org/abs/2208.07339)): of the likeliest sub-words, about one in
40 is another then, and one in 20 where the processor has no AVX-512.

**Temperature** makes the odds bolder or safer; **top-k** ([Fan et al. 2018](https://arxiv.org/abs/1805.04833)),
**top-p** ([Holtzman et al. 2019](https://arxiv.org/abs/1904.09751)) and **min-p**
([Nguyen et al. 2024](https://arxiv.org/abs/2407.01082)) leave the unlikely ones out; the **repetition penalty**
([Keskar et al. 2019](https://arxiv.org/abs/1909.05858)) makes less likely what was said before. **Beam search** keeps
several texts in sight and takes the likeliest as a whole, which is seldom the liveliest.

The greener a word, the likelier it was; point at it to see the ten candidates that it was drawn from.
"""
EXAMPLES = {
    "Morning": "It was one of those mornings when",
    "Jeeves": '"Jeeves," I said, "',
    "Aunt": "My Aunt Agatha looked at me as if",
}
WRITER, MEMORY, LABEL = "writer", "own-writers", "Your text goes on from here"
SHOWN = ("length", "temperature", "top_p", "samples", "seed")
MORE = ("method", "beams", "top_k", "min_p", "repetition_penalty")
POLL = 0.2  # seconds between two looks at a text being written


def choose_knobs() -> GenerateKnobs:
    """Who writes, what most people move, and the rest behind an expander."""
    names = [card.name for card in (*exhibit_cards("generate"), *user_models.visitor_models(MEMORY, WRITER))]
    names += source("hub").names("generate")
    values = {"model": knob_widgets.knob(GenerateKnobs, "model", WRITER, options=names)}
    values |= {name: knob_widgets.knob(GenerateKnobs, name, name) for name in SHOWN}
    with st.expander("More", icon=":material/tune:"):
        values |= {name: knob_widgets.knob(GenerateKnobs, name, name) for name in MORE}
    return parse_knobs(GenerateKnobs, **values)


def draw(result: Generated) -> None:
    """All samples, side by side."""
    if result.left_out:
        st.info(f"The first {result.left_out:,} characters had no place in its context and were left out.")
    for column, sample in zip(st.columns(len(result.samples), gap="large"), result.samples, strict=True):
        with column:
            token_view.draw_sample(result.prompt, sample)


def start(prompt: str, knobs: GenerateKnobs) -> None:
    job_progress.start_job("generate-job", partial(exhibit.generate, prompt, knobs), title="generate")


def edit(text: str) -> None:
    """Put the text into the field."""
    turn, _ = st.session_state[f"start of {LABEL}"]
    st.session_state[f"start of {LABEL}"] = (turn + 1, text)


def result_place(prompt: str, knobs: GenerateKnobs) -> Generated | None:
    """A button that starts, the text as it comes, and what can be done with it; a stopped one stays as it is."""
    st.button("Write", type="primary", icon=":material/edit_note:", on_click=start, args=(prompt, knobs))
    for remark in knobs.remarks():
        st.caption(remark)
    job = st.session_state.get("generate-job")
    if job is None:
        return None
    done = job_progress.finished(job, draw, interval=POLL, cancel_label="Stop")
    result: Generated | None = job.result() if done else job.latest.preview if job.ended and job.latest else None
    if result is None or not any(sample.text for sample in result.samples):
        return result
    draw(result)
    count, seconds = max(len(each.pieces) for each in result.samples), job.latest.elapsed
    pace = f"{count / seconds:.0f} sub-words a second · " if seconds else ""
    st.caption(f"{result.model} · {pace}{result.restriction}")
    first = exhibit.texts(result)[0]
    with st.container(horizontal=True):
        st.button("Go on", icon=":material/play_arrow:", on_click=start, args=(first, knobs))
        st.button("Edit and go on", icon=":material/edit:", on_click=edit, args=(first,))
        layout.download("Text", "\n\n".join(exhibit.texts(result)), "text.txt", "text/plain")
        record = json.dumps(dataclasses.asdict(result), ensure_ascii=False)
        layout.download("Answer as JSON", record, "text.json", "application/json")
        layout.link_to_here(text=prompt)
    return result


@st.cache_data(max_entries=100, show_spinner="Reading…")
def read(text: str, model: str) -> Surprise:
    return exhibit.surprise(text, model)


def instruments(prompt: str, knobs: GenerateKnobs, result: Generated | None) -> None:
    """Four tabs: the choices, the looks, the surprise of any text, and lessons."""
    choices, looks, surprised, lessons = st.tabs(
        [
            ":material/casino: Choices",
            ":material/visibility: Where it looks",
            ":material/priority_high: Surprise me",
            ":material/school: Teach it your text",
        ],
        on_change="rerun",
    )
    text = exhibit.texts(result)[0] if result else prompt
    with choices:
        if choices.open and result:
            token_view.draw_choices(result.samples[0])
        elif not result:
            st.caption("Write something first: here stands what each word was drawn from.")
    with looks, layout.errors_as_sentences():
        if looks.open:
            token_view.draw_attention(text, knobs.model)
    with surprised, layout.errors_as_sentences():
        if surprised.open:
            pasted = st.text_area(
                "A text: how much does each word surprise it?", text, height=140, key=f"pasted-{text}"
            )
            token_view.draw_surprise(read(pasted, knobs.model))
    with lessons:
        if lessons.open:
            fine_tuning.teach(knobs.model)


def snippets(prompt: str, knobs: GenerateKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    python = (
        "from zoo.exhibits.generate import GenerateKnobs, run_to_completion, generate, texts\n\n"
        f"print(texts(run_to_completion(generate({prompt!r}, GenerateKnobs({settings.python}))))[0])"
    )
    shell = f"python -m zoo generate {shlex.quote(prompt)}{settings.shell} --json"
    field = shlex.quote(f"text={prompt}")
    curl = f"curl -N {layout.address()}/api/v1/generate/stream --form-string {field}{settings.form}"
    layout.use_from_code(python, shell, curl)


def choose(name: str) -> None:
    st.session_state[WRITER] = name


def forget(name: str) -> None:
    if st.session_state.get(WRITER) == name:
        st.session_state.pop(WRITER)


layout.header("generate")
user_models.add_trained("tune-job", MEMORY, choose)
prompt = input_picker.choose_text(LABEL, EXAMPLES, exhibit.MAX_CHARACTERS)
text_column, settings = st.columns([2, 1], gap="large")
with settings, layout.errors_as_sentences():
    knobs = choose_knobs()
with text_column, layout.errors_as_sentences():
    if all_downloaded([knobs.model]):
        result = result_place(prompt, knobs)
        instruments(prompt, knobs, result)
for name in st.session_state[MEMORY]:
    user_models.draw_user_model(find_card(name), MEMORY, forget)
layout.how_it_works(HOW)
snippets(prompt, knobs)
with st.expander("The model", icon=":material/account_tree:"):
    layout.model_facts(find_card(knobs.model))
