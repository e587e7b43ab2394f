"""Classify: a picture, its most probable classes by each model, and the evidence for them."""

from functools import partial

import streamlit as st

from pages.components import input_picker, job_progress, knob_widgets, layout, page_state
from pages.components.camera import camera, latest_frame
from pages.components.class_facts import draw_class
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.escape import literal
from pages.components.explanation_maps import draw_explanations
from pages.components.input_picker import Picture
from pages.components.links import draw_link, take_linked
from pages.components.official_models import choose_hub_model, choose_official, downloaded
from pages.components.pins import draw_pin
from pages.components.predictions import draw_answer, draw_notes, draw_summary
from pages.components.user_models import trained_classifiers
from zoo.core.answers import Answer, Prediction
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.loading import architecture
from zoo.core.srgb import notes_of
from zoo.examples import example
from zoo.exhibits import classify as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.classify.knobs import ClassifyKnobs, ExplainKnobs, HeatMapKnobs
from zoo.exhibits.classify.results import Classification, HeatMap

EXAMPLES = ("chelsea", "coffee", "rocket", "china", "photographer", "motorcycle")
HOW = """
A convolutional network computes a grid of features, layer by layer: edges, textures, parts, objects. The mean over the
grid goes through a linear layer, which gives one logit per class; a softmax turns the logits into probabilities.

- **ResNet-18** ([He et al. 2015](https://arxiv.org/abs/1512.03385)) has 200 classes. It was trained here from scratch
  on 64-pixel pictures, with their labels and by distillation ([Hinton et al. 2015](https://arxiv.org/abs/1503.02531)).
- **MobileNetV2** ([Sandler et al. 2018](https://arxiv.org/abs/1801.04381)) has ImageNet's 1,000 classes. Above
  64 pixels the weights are Google's, unchanged. For smaller pictures a second branch was fine-tuned here, with labels
  and by distillation from four networks of the same kind ([Beyer et al. 2021](https://arxiv.org/abs/2106.05237)).

Probabilities are calibrated: a temperature, chosen on held-out pictures, brings confidence near to accuracy
([Guo et al. 2017](https://arxiv.org/abs/1706.04599)). When the best class is below the confidence that 19 in 20 right
predictions reach, the page says that the picture may show none of the classes. The **heat map** is Grad-CAM
([Selvaraju et al. 2016](https://arxiv.org/abs/1610.02391)): the last feature maps, each weighted by its gradient.
"""


@st.cache_data(max_entries=500, show_spinner="Classifying…")
def classify(key: str, models: tuple[str, ...], top_k: int, _image: object) -> Classification:
    return exhibit.classify(_image, parse_knobs(ClassifyKnobs, model=list(models), top_k=top_k))  # type: ignore[arg-type]


@st.cache_data(max_entries=200, show_spinner="Computing Grad-CAM…")
def heat_map(key: str, model: str, target: str, _image: object) -> HeatMap:
    return exhibit.heat_map(_image, parse_knobs(HeatMapKnobs, model=model, target=target))  # type: ignore[arg-type]


def choose_models() -> list[str]:
    """Pills for the bundled models, those that this visitor trained, and the published ones that they chose."""
    own = trained_classifiers()
    options = [card.name for card in (*exhibit_cards("classify"), *own)] + downloaded("classify")
    labels = {card.name: literal(f"{card.title} ({card.name[-4:]})") for card in own}
    chosen = knob_widgets.knob(ClassifyKnobs, "model", "model", options=options, labels=labels)
    with st.container(horizontal=True):
        choose_official(
            "classify", "torchvision's classifiers, with the weights that it publishes. A download needs the network."
        )
        choose_hub_model("classify")
    return list(chosen)


def best_of(model: str, name: str) -> Prediction:
    """The most probable class of a bundled example."""
    return classify(f"example:{name}", (model,), 1, example(name)).answers[0].predictions[0]


@st.fragment
def draw_heat_map(picture: Picture, answer: Answer) -> None:
    """The picture under the heat map of one of the top classes. The slider blends again and runs no model."""
    choices = {p.id or p.label: p for p in answer.predictions}
    first = next(iter(choices))
    start_anew(f"{picture.key} {answer.model}", first)
    page_state.drop_unless("class", list(choices))
    above = st.container()
    opacity = knob_widgets.knob(HeatMapKnobs, "opacity", "opacity")
    chosen = st.pills(
        f"Evidence for… ({answer.model})",
        list(choices),
        default=first,
        format_func=lambda name: literal(choices[name].label),
        key="class",
        bind="query-params",
        wrap=True,
    )
    with layout.errors_as_sentences():
        result = heat_map(picture.key, answer.model, chosen or first, picture.image)
        blended = exhibit.overlay(picture.image, result.heat, result.box, opacity / 100)
        text = f"{picture.text}, under a heat map of the evidence for {result.label}"
        above.image(blended, width="stretch", output_format="JPEG", alt=text)
        name = f"{result.label.replace(' ', '-')}.png"
        with st.container(horizontal=True):
            draw_class(choices[chosen or first], partial(best_of, answer.model), "about-class")
            layout.download("Picture with heat map", lambda: encode_png(blended), name, "image/png")


def start_anew(picture_key: str, first: str) -> None:
    """Another picture or model has other classes: the evidence is that for the most probable one, ``first``, again."""
    if st.session_state.get("class of", picture_key) != picture_key:
        st.session_state["class"] = first  # which takes it out of the URL too; a bound parameter cannot be deleted
    st.session_state["class of"] = picture_key


@st.fragment
def draw_camera(models: list[str]) -> None:
    """A camera that runs, with the answer to each frame beside it."""
    with st.expander("Live camera", icon=":material/videocam:"):
        video, answer = st.columns(2, gap="large")
        number = 0
        with answer, layout.errors_as_sentences():
            number, frame = latest_frame("live-camera")
            if frame is None:
                st.caption("Start the camera: the answer to each frame is drawn here.")
            else:
                result = exhibit.classify(frame, parse_knobs(ClassifyKnobs, model=models))
                draw_notes(result.notes)
                draw_summary(st.container(), result.ensemble or result.answers[0])
                draw_answers(result)
        with video:
            camera("live-camera", number)


@st.fragment
def draw_five_explanations(picture: Picture, answer: Answer) -> None:
    """Five methods side by side, for the most probable class."""
    best = answer.predictions[0]
    with st.expander("Five explanations", icon=":material/visibility:"):
        knobs = parse_knobs(ExplainKnobs, model=answer.model, target=best.id or best.label)
        steps = partial(exhibit.explanations, picture.image, knobs)
        result = job_progress.job_button("five", f"{picture.key} {answer.model}", "Explain", steps, "explain")
        if result is not None:
            draw_explanations(result, exhibit.visible(picture.image, answer.model))


def draw_answers(result: Classification) -> None:
    """The answer of each model, and their average."""
    for answer in (*result.answers, *([result.ensemble] if result.ensemble else [])):
        draw_answer(answer, f"{answer.restriction} · {answer.num_classes:,} classes", "classes")


layout.header("classify")
take_linked()
picture = input_picker.choose_picture(EXAMPLES)
summary = st.container()
left, right = st.columns(2, gap="large")
below = st.container()
with right:
    answers = st.container()
    models = choose_models()
    top_k = knob_widgets.knob(ClassifyKnobs, "top_k", "top_k")
with answers, layout.errors_as_sentences():
    result = classify(picture.key, tuple(models), top_k, picture.image)
    draw_notes(result.notes, notes_of(picture.image))
    if not result.blank:
        draw_summary(summary, result.ensemble or result.answers[0])
        draw_answers(result)
    with st.container(horizontal=True):
        layout.download_record("Predictions as JSON", find_operation("classify"), result)
        layout.link_to_here(picture)
        draw_link("adversarial", "Attack this picture", picture)
    with left:
        draw_heat_map(picture, result.answers[0])
    with below:
        draw_pin(
            "classify",
            {"picture": picture.text},
            parse_knobs(ClassifyKnobs, model=models, top_k=top_k),
            partial(draw_answers, result),
            {p.label: p.probability for p in (result.ensemble or result.answers[0]).predictions},
        )
        draw_five_explanations(picture, result.answers[0])
with below:
    draw_camera(models)

layout.how_it_works(HOW)
knobs = parse_knobs(ClassifyKnobs, model=models, top_k=top_k)
draw_code_snippets("classify", {"image": source_of(picture, "picture.png")}, knobs, {"picture.png": picture})
with st.expander("The models", icon=":material/account_tree:"):
    for name in models:
        layout.model_facts(find_card(name))
        if st.toggle(f"Print the layers of {name}", key=f"print-{name}"):
            st.code(architecture(name), language=None, height=400)
