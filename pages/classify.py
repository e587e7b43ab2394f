"""Classify: a picture, what the networks call it, and where they looked."""

import dataclasses
import json
import shlex
from functools import partial

import streamlit as st

from pages.components import job_progress, layout
from pages.components.explanation_maps import draw_explanations
from pages.components.layout import Picture
from pages.components.official_models import choose_official, fetched
from pages.components.predictions import draw_answer
from zoo.core.answers import Answer
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import classify as exhibit
from zoo.exhibits.classify import Classification, HeatMap
from zoo.exhibits.classify.knobs import DEFAULT_MODEL, ClassifyKnobs, HeatMapKnobs

HOW = """
A convolutional network turns the picture, layer by layer, into a grid of features: edges, then textures, then parts,
then things. Their average over the grid is compared with every class it knows, and a softmax makes odds of it.

- **ResNet-18** ([He et al. 2015](https://arxiv.org/abs/1512.03385)) knows 200 classes. We trained it from scratch on
  64-pixel pictures, from labels and from what networks that have seen more think of them
  ([Hinton et al. 2015](https://arxiv.org/abs/1503.02531)).
- **MobileNetV2** ([Sandler et al. 2018](https://arxiv.org/abs/1801.04381)) knows ImageNet's 1,000 classes. For small
  pictures it asks a second opinion of a copy that we trained on such, from labels and from what four networks like it
  say of the very same crops ([Beyer et al. 2021](https://arxiv.org/abs/2106.05237)).

Odds are calibrated: a temperature, chosen on pictures that were held out, brings them near to how often they are right
([Guo et al. 2017](https://arxiv.org/abs/1706.04599)). Below a model's threshold, which 19 in 20 of its right answers
reach, the page says that this may be none of its classes. The **heat map** is Grad-CAM
([Selvaraju et al. 2016](https://arxiv.org/abs/1610.02391)): the last features, each weighted by how much it would move
the chosen class.
"""


@st.cache_data(max_entries=500, show_spinner="Looking…")
def ask(key: str, models: tuple[str, ...], top_k: int, _image: object) -> Classification:
    return exhibit.classify(_image, parse_knobs(ClassifyKnobs, model=list(models), top_k=top_k))  # type: ignore[arg-type]


@st.cache_data(max_entries=200, show_spinner="Tracing what decided…")
def look(key: str, model: str, id: str, _image: object) -> HeatMap:
    return exhibit.explain(_image, model, id)  # type: ignore[arg-type]


def choose_models() -> list[str]:
    """The bundled models as pills, and whatever official ones this visitor has fetched."""
    options = [card.name for card in exhibit_cards("classify")] + fetched("classify")
    chosen = layout.knob(ClassifyKnobs, "model", "model", options=options)
    choose_official("classify", "torchvision's own classifiers, as it publishes them. They need the network once.")
    return list(chosen) or [DEFAULT_MODEL]


@st.fragment
def draw_heat_map(picture: Picture, answer: Answer) -> None:
    """The picture under the heat map of one of the top classes. Moving the slider only blends again."""
    labels = {p.id or p.label: p.label for p in answer.predictions}
    first = next(iter(labels))
    above = st.container()
    opacity = layout.knob(HeatMapKnobs, "opacity", "opacity")
    chosen = st.pills(
        f"What speaks for… ({answer.model})",
        list(labels),
        default=first,
        format_func=labels.__getitem__,
        key="class",
        bind="query-params",
    )
    with layout.errors_as_sentences():
        heat_map = look(picture.key, answer.model, chosen or first, picture.image)
        blended = exhibit.overlay(picture.image, heat_map, opacity / 100)
        glowing = f"{picture.text}; what speaks for {heat_map.label} glows"
        above.image(blended, width="stretch", output_format="JPEG", alt=glowing)
        layout.download(
            "Picture with heat map",
            lambda: encode_png(blended),
            f"{heat_map.label.replace(' ', '-')}.png",
            "image/png",
        )


@st.fragment
def draw_five(picture: Picture, answer: Answer) -> None:
    """Five methods side by side, for the best class."""
    best = answer.predictions[0]
    with st.expander("Explained in five ways", icon=":material/visibility:"):
        steps = partial(exhibit.explanations, picture.image, answer.model, best.id or best.label)
        found = job_progress.asked("five", f"{picture.key} {answer.model}", "Ask five explanations", steps, "explain")
        if found is not None:
            seen = exhibit.seen(picture.image, answer.model)
            draw_explanations(found, [(answer.model, seen, best.label)])


def snippets(picture: Picture, models: list[str], top_k: int) -> None:
    """Code for what is on screen."""
    file = "picture.jpg"
    python = "from PIL import Image\n\n" if picture.example is None else ""
    source = f'Image.open("{file}").convert("RGB")' if picture.example is None else f'example("{picture.example}")'
    python += "from zoo.exhibits.classify import ClassifyKnobs, classify\n"
    python += "" if picture.example is None else "from zoo.examples import example\n"
    python += f"\nresult = classify({source}, ClassifyKnobs(model={json.dumps(models)}, top_k={top_k}))\n"
    python += "for answer in result.answers:\n    print(answer.model, answer.predictions)"
    path = file if picture.example is None else f'"$(python -m zoo example {picture.example})"'
    options = " ".join(f"--model {shlex.quote(name)}" for name in models)
    shell = f"python -m zoo classify {path} {options} --top-k {top_k} --json"
    fields = " ".join(f"-F model={shlex.quote(name)}" for name in models)
    curl = f"curl {layout.address()}/api/v1/classify -F image=@{path} {fields} -F top_k={top_k}"
    layout.use_from_code(python, shell, curl)


layout.header("classify")
picture = layout.choose_picture()
seen, said = st.columns(2, gap="large")
below = st.container()
with said:
    answers = st.container()
    models = choose_models()
    top_k = layout.knob(ClassifyKnobs, "top_k", "top_k")
with answers, layout.errors_as_sentences():
    result = ask(picture.key, tuple(models), top_k, picture.image)
    for answer in (*result.answers, *([result.ensemble] if result.ensemble else [])):
        draw_answer(answer, f"{answer.restriction} · {answer.num_classes:,} classes", "classes")
    with st.container(horizontal=True):
        layout.download(
            "Answers as JSON",
            json.dumps(dataclasses.asdict(result), indent=2, ensure_ascii=False),
            "answers.json",
            "application/json",
        )
        layout.link_to_here(picture)
    with seen:
        draw_heat_map(picture, result.answers[0])
    with below:
        draw_five(picture, result.answers[0])

layout.how_it_works(HOW)
snippets(picture, models, top_k)
with st.expander("The models", icon=":material/account_tree:"):
    for name in models:
        layout.model_facts(find_card(name))
        if st.toggle(f"Print {name}", key=f"print-{name}"):
            st.code(exhibit.architecture(name), language=None, height=400)
