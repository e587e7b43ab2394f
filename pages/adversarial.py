"""Adversarial: an attack on a classifier, how well it works elsewhere, and what helps against it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from pages.components import adversarial_tabs, input_picker, job_progress, knob_widgets, layout
from pages.components.adversarial_tabs import METHODS
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.compare_slider import compare_slider
from pages.components.escape import literal
from pages.components.explanation_maps import draw_explanations
from pages.components.input_picker import Picture
from pages.components.links import draw_link, take_linked
from pages.components.official_models import downloaded
from pages.components.pins import draw_pin
from pages.components.predictions import draw_bars, draw_confidence, draw_notes
from pages.components.user_models import trained_classifiers
from zoo.core.cards import find_card
from zoo.core.images import encode_png
from zoo.core.knobs import Knobs, parse_knobs
from zoo.core.srgb import notes_of
from zoo.examples import DRAWN_EXAMPLES
from zoo.exhibits import adversarial as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.adversarial import Attack, AttackContext
from zoo.exhibits.adversarial.knobs import (
    DEFAULT_MODEL,
    AttackKnobs,
    EpsilonCurveKnobs,
    PerturbationKnobs,
    SurrogateKnobs,
    TransferKnobs,
)

HOW = """
Training changes the weights of a network against the gradient of its loss. An attack keeps the weights and changes the
**picture** along the gradient: each channel of each pixel by at most **epsilon**.

- **FGSM** ([Goodfellow et al. 2014](https://arxiv.org/abs/1412.6572)) takes one step along the gradient's sign. The
  sign does not depend on epsilon, so that the slider needs no new gradient.
- **Iterated FGSM** ([Kurakin et al. 2016](https://arxiv.org/abs/1607.02533)) takes many small steps and computes the
  gradient at each; **PGD** ([Madry et al. 2017](https://arxiv.org/abs/1706.06083)) does the same from a random start
  within epsilon.

**Accuracy under FGSM is not robustness.** A network can learn to hide its gradient from one step and fail after ten:
judge a defence by PGD. The same holds for transformations of the input
([Xu et al. 2017](https://arxiv.org/abs/1704.01155)): they remove an attack that does not take them into account
([Athalye et al. 2018](https://arxiv.org/abs/1802.00420)).

A **black-box attack** has no gradient, only predictions. A **surrogate** is fitted to a few hundred of them. It is
linear in coarse shifts of colour ([Ribeiro et al. 2016](https://arxiv.org/abs/1602.04938)), and is fitted again around
its own attack ([Papernot et al. 2016](https://arxiv.org/abs/1602.02697)).

The attack changes the picture at the size that the model takes. Epsilon is counted in steps of its 8-bit channels, and
the adversarial picture is rounded towards the original: no channel changes by more than epsilon.
"""
EXAMPLES = ("coffee", "chelsea", "rocket", "china", "photographer", "motorcycle")
DRAWN = tuple(sample.name for sample in DRAWN_EXAMPLES)
FIRST_METHOD, FIRST_TARGET = "pgd", "goldfish"  # for a visitor who has chosen nothing
ANY_CLASS = "any other class"
SHORT_TABS = """
<style>
@media (max-width: 640px) {
  [data-testid="stTabs"] [role=tablist] { flex-wrap: wrap; row-gap: 0.2rem }
  [data-testid="stTabs"] [role=tab] [data-testid="stIconMaterial"] { display: none }
}
</style>
"""


@st.cache_resource(max_entries=50, show_spinner="Computing the gradient…")
def attack_context(key: str, model: str, target: str, _image: object) -> AttackContext:
    return exhibit.attack_context(_image, AttackKnobs(model=model, target=target))  # type: ignore[arg-type]


@st.cache_resource(max_entries=200, show_spinner="Attacking…")
def attack(key: str, knobs: AttackKnobs, _context: AttackContext) -> Attack:
    return exhibit.attack(_context.original, knobs, _context)


def examples_for(model: str) -> tuple[str, ...]:
    """The networks for CIFAR-10 know ten classes: one drawn picture of each."""
    classes = {name.label for name in find_card(model).classes}
    return DRAWN if classes == set(DRAWN) else EXAMPLES


def current_examples() -> tuple[str, ...]:
    """By the model that the visitor or the link chose, before its widget is drawn."""
    model = st.session_state.get("model") or st.query_params.get("model", DEFAULT_MODEL)
    known = [card.name for card in exhibit.image_classifiers()]
    return examples_for(model) if model in known else EXAMPLES


def choose_attack() -> AttackKnobs:
    """Model, method, target and, for the iterated methods, their steps."""
    left, right = st.columns(2, vertical_alignment="bottom")
    own = {card.name: f"{card.title} ({card.name[-4:]})" for card in trained_classifiers()}
    options = [card.name for card in exhibit.image_classifiers()] + [*own] + downloaded("classify")
    with left:
        model = knob_widgets.knob(AttackKnobs, "model", "model", options=options, labels=own)
    with right:
        labels = ["", *dict.fromkeys(name.label for name in find_card(model).classes)]
        first = labels.index(FIRST_TARGET) if FIRST_TARGET in labels else 0
        target = knob_widgets.knob(
            AttackKnobs, "target", "target", options=labels, index=first, format_func=lambda label: label or ANY_CLASS
        )
    chosen = {"model": model, "target": target or ""}
    chosen["epsilon"] = knob_widgets.knob(AttackKnobs, "epsilon", "epsilon", step=0.5)
    chosen["method"] = knob_widgets.knob(AttackKnobs, "method", "method", start=FIRST_METHOD, labels=METHODS)
    if chosen["method"] != "fgsm":
        with st.expander("Steps", icon=":material/tune:"):
            chosen["steps"] = knob_widgets.knob(AttackKnobs, "steps", "steps")
            chosen["step_size"] = knob_widgets.knob(AttackKnobs, "step_size", "step_size")
            if chosen["method"] == "pgd":
                chosen["seed"] = knob_widgets.knob(AttackKnobs, "seed", "seed")
    return parse_knobs(AttackKnobs, **chosen)


def draw_summary(result: Attack) -> None:
    """The answer: both predictions, and the result in a sentence."""
    before, after = result.before.predictions[0], result.after.predictions[0]
    if before.label == after.label:
        st.subheader(f"Still {literal(after.label)}, {after.probability:.0%}", anchor=False)
    else:
        text = f"{literal(before.label)}, {before.probability:.0%} → {literal(after.label)}, {after.probability:.0%}"
        st.subheader(text, anchor=False)
    st.markdown(
        f"{':material/domino_mask:' if result.fooled else ':material/verified_user:'} {literal(result.summary)}"
    )


def draw_pictures(result: Attack, knobs: AttackKnobs) -> None:
    """Original or perturbation beside the adversarial picture, and their files."""
    before, after = result.before.predictions[0].label, result.after.predictions[0].label
    lefts = {
        "Original": (result.original, f"The original picture, predicted as {before}"),
        "Perturbation": (exhibit.perturbation(result), "The perturbation, as colours around grey"),
    }
    right = {"Adversarial": (result.adversarial, f"The adversarial picture, predicted as {after}")}
    compare_slider("adversarial-result", lefts, right, exact=True)
    goal = f"towards {result.target}" if knobs.targeted else f"away from {before}"
    st.caption(
        f"Perturbation: at most {result.linf_distance}/255, amplified: {METHODS[knobs.method]}, {literal(goal)}. "
        f"Epsilon {knobs.epsilon:g}/255 is {knobs.epsilon / 255:.2%} of the range from black to white."
    )


def draw_files(result: Attack) -> None:
    with st.container(horizontal=True):
        data = partial(encode_png, result.adversarial)
        layout.download("Adversarial picture", data, "adversarial.png", "image/png")
        layout.download_record("Predictions as JSON", find_operation("adversarial"), result)


def draw_predictions(result: Attack) -> None:
    """The probabilities before and after, side by side."""
    for column, name, answer in zip(
        st.columns(2), ("Original", "Adversarial"), (result.before, result.after), strict=True
    ):
        with column:
            st.markdown(f"**{name}**")
            draw_bars(answer, f"{name}: ")
            draw_confidence(answer, "classes")


def draw_pinned(result: Attack) -> None:
    st.markdown(literal(result.summary))
    draw_predictions(result)


@st.fragment
def playground(chosen: Picture) -> None:
    """Everything that depends on the knobs: a fragment, so that a moved slider does not rerun the whole page."""
    summary = st.container()
    left, right = st.columns([2, 3], gap="large")
    with right:
        answers = st.container()
        knobs = choose_attack()
    if examples_for(knobs.model) != st.session_state["adversarial examples"]:
        st.rerun()  # the picker is outside of the fragment
    with layout.errors_as_sentences():
        context = attack_context(chosen.key, knobs.model, knobs.target, chosen.image)
        result = attack(chosen.key, knobs, context)
        with summary:
            draw_summary(result)
            draw_notes(result.notes, notes_of(chosen.image))
        with left:
            draw_pictures(result, knobs)
            draw_files(result)
        with answers:
            st.caption(
                f"{literal(result.model)} · {literal(result.restriction)} · {result.before.num_classes:,} classes"
            )
            draw_predictions(result)
        draw_more(chosen, knobs, result)
    layout.how_it_works(HOW)
    inputs = {"image": source_of(chosen, "picture.png")}
    draw_code_snippets("adversarial", inputs, knobs, {"picture.png": chosen})
    with st.expander("The model", icon=":material/account_tree:"):
        layout.model_facts(find_card(knobs.model))


def draw_more(chosen: Picture, knobs: AttackKnobs, result: Attack) -> None:
    """Links, the pinned answer, and the tabs."""
    with st.container(horizontal=True):
        layout.link_within_fragment(chosen)
        draw_link("classify", "Classify this picture", chosen)
    probabilities = {each.label: each.probability for each in result.after.predictions}
    draw_pin("adversarial", {"picture": chosen.text}, knobs, partial(draw_pinned, result), probabilities)
    draw_tabs(chosen, knobs, result)


def draw_tabs(chosen: Picture, knobs: AttackKnobs, result: Attack) -> None:
    """One tab for each further operation; all but the defences start with a button."""
    st.html(SHORT_TABS)
    curve, matrix, black_box, defences, explanations = st.tabs(
        [
            ":material/show_chart: Epsilon curve",
            ":material/grid_on: Transfer",
            ":material/help: Surrogate",
            ":material/shield: Defences",
            ":material/visibility: Explanations",
        ],
        on_change="rerun",
    )
    with curve:
        result_curve = run_job(
            "curve", "Compute the curve", chosen, exhibit.epsilon_curve, shared(EpsilonCurveKnobs, knobs)
        )
        if result_curve is not None:
            adversarial_tabs.draw_epsilon_curve(result_curve)
    with matrix:
        transfer_knobs = shared(TransferKnobs, knobs, model=models_to_compare(knobs.model))
        result_matrix = run_job("transfer", "Test it on other models", chosen, exhibit.transfer, transfer_knobs)
        if result_matrix is not None:
            adversarial_tabs.draw_transfer_matrix(result_matrix)
    with black_box:
        st.caption(
            "A black-box attack has the picture classified with coarse shifts of colour, fits a surrogate to the "
            "probabilities, and attacks that. It uses model, epsilon, target and seed."
        )
        queries = knob_widgets.knob(SurrogateKnobs, "queries", "queries", step=50)
        surrogate_knobs = shared(SurrogateKnobs, knobs, queries=queries)
        result_surrogate = run_job("surrogate", "Attack without gradients", chosen, exhibit.surrogate, surrogate_knobs)
        if result_surrogate is not None:
            adversarial_tabs.draw_surrogate(result_surrogate)
    with defences:
        if defences.open:  # eight predictions that a moved epsilon need not wait for
            adversarial_tabs.draw_defences(result)
            adversarial_tabs.draw_adversarial_training()
    with explanations:
        maps = run_job("explain", "Explain both", chosen, exhibit.explanations, shared(PerturbationKnobs, knobs))
        if maps is not None:
            draw_explanations(maps.before, result.original, "Before")
            draw_explanations(maps.after, result.adversarial, "After")


def shared(kind: type[Knobs], knobs: AttackKnobs, **own: object) -> Knobs:
    """The knobs of another operation: ``own``, and those that it has in common with the attack on the page."""
    return parse_knobs(kind, **knobs.model_dump(include=kind.model_fields.keys() - own.keys()), **own)


def models_to_compare(model: str) -> list[str]:
    """The bundled classifiers, after the attacked model where that is an official one; empty for the bundled alone."""
    bundled = [card.name for card in exhibit.image_classifiers()]
    return [] if model in bundled else [model, *bundled]


def run_job(name: str, label: str, chosen: Picture, operation: Callable[..., Any], knobs: Knobs) -> Any:
    """A button for a job on the chosen picture; its result, while picture and knobs stay the same."""
    input_key = f"{chosen.key} {knobs.model_dump_json()}"
    return job_progress.job_button(name, input_key, label, partial(operation, chosen.image, knobs), name)


layout.header("adversarial")
take_linked()
st.session_state["adversarial examples"] = current_examples()
playground(input_picker.choose_picture(st.session_state["adversarial examples"]))
