"""Adversarial: an attack on a classifier, how well it works elsewhere, and what helps against it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import adversarial_charts as attack_charts
from pages.components import input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.escape import literal
from pages.components.explanation_maps import draw_explanations, picture
from pages.components.input_picker import Picture
from pages.components.official_models import downloaded
from pages.components.predictions import draw_answer
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.images import encode_png
from zoo.core.knobs import Knobs, parse_knobs
from zoo.exhibits import adversarial as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.adversarial import Attack, AttackContext, EpsilonCurve, SurrogateAttack, TransferMatrix
from zoo.exhibits.adversarial.knobs import (
    DEFAULT_MODEL,
    AttackKnobs,
    EpsilonCurveKnobs,
    PerturbationKnobs,
    SqueezingKnobs,
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
METHODS = {"fgsm": "FGSM", "iterated": "iterated FGSM", "pgd": "PGD"}


@st.cache_resource(max_entries=50, show_spinner="Computing the gradient…")
def attack_context(key: str, model: str, target: str, _image: object) -> AttackContext:
    return exhibit.attack_context(_image, AttackKnobs(model=model, target=target))  # type: ignore[arg-type]


@st.cache_resource(max_entries=200, show_spinner="Attacking…")
def attack(key: str, knobs: AttackKnobs, _context: AttackContext) -> Attack:
    return exhibit.attack(_context.original, knobs, _context)


def choose_attack() -> AttackKnobs:
    """Model, method, target and, for the iterated methods, their steps."""
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    options = [card.name for card in exhibit.image_classifiers()] + downloaded("classify")
    with left:
        model = knob_widgets.knob(AttackKnobs, "model", "model", options=options, index=options.index(DEFAULT_MODEL))
    with middle:
        method = knob_widgets.knob(AttackKnobs, "method", "method")
    with right:
        labels = ["", *dict.fromkeys(name.label for name in find_card(model).classes)]
        target = knob_widgets.knob(
            AttackKnobs, "target", "target", options=labels, format_func=lambda label: label or "any other class"
        )
    chosen = {"model": model, "method": method, "target": target or ""}
    chosen["epsilon"] = knob_widgets.knob(AttackKnobs, "epsilon", "epsilon", step=0.5)
    if method != "fgsm":
        left, middle, right = st.columns(3)
        with left:
            chosen["steps"] = knob_widgets.knob(AttackKnobs, "steps", "steps")
        with middle:
            chosen["step_size"] = knob_widgets.knob(AttackKnobs, "step_size", "step_size")
        with right:
            if method == "pgd":
                chosen["seed"] = knob_widgets.knob(AttackKnobs, "seed", "seed")
    st.caption(f"Epsilon {chosen['epsilon']:g}/255 is {chosen['epsilon'] / 255:.2%} of the range from black to white.")
    return parse_knobs(AttackKnobs, **chosen)


def draw_attack(result: Attack, knobs: AttackKnobs) -> None:
    """The result in a sentence; then the original, the perturbation and the adversarial picture."""
    banner = st.success if result.fooled else st.info
    banner(literal(result.summary), icon=":material/domino_mask:" if result.fooled else ":material/verified_user:")
    before, middle, after = st.columns(3, gap="medium")
    facts = f"{result.restriction} · {result.before.num_classes:,} classes"
    label = result.before.predictions[0].label
    with before:
        st.markdown("**Original**")
        picture(result.original, f"The original picture, predicted as {label}")
        draw_answer(result.before, facts, "classes")
    with middle:
        st.markdown("**Perturbation**")
        picture(exhibit.perturbation(result), "The perturbation, as colours around grey")
        goal = f"towards {result.target}" if knobs.targeted else f"away from {label}"
        st.caption(f"At most {result.linf_distance}/255, amplified: {METHODS[knobs.method]}, {literal(goal)}.")
        with st.container(horizontal=True):
            data = partial(encode_png, result.adversarial)
            layout.download("Adversarial picture", data, "adversarial.png", "image/png")
            layout.download_record("Predictions as JSON", find_operation("adversarial"), result)
    with after:
        st.markdown("**Adversarial**")
        picture(result.adversarial, f"The adversarial picture, predicted as {result.after.predictions[0].label}")
        draw_answer(result.after, facts, "classes")


def draw_epsilon_curve(curve: EpsilonCurve) -> None:
    if curve.smallest_epsilon is None:
        st.info(f"{METHODS[curve.method]} does not fool it, even at 32/255.", icon=":material/verified_user:")
    else:
        st.markdown(f"Fooled from epsilon **{curve.smallest_epsilon:.2f}/255** on, by {METHODS[curve.method]}.")
    rows = attack_charts.epsilon_rows(curve)
    attack_charts.draw_epsilon_curve(curve, rows)
    with st.container(horizontal=True):
        layout.download("Curve as CSV", rows.to_csv(index=False), "epsilon-curve.csv", "text/csv")
        layout.download_record("Curve as JSON", find_operation("adversarial-epsilon-curve"), curve)


def draw_transfer_matrix(matrix: TransferMatrix) -> None:
    attack_charts.draw_transfer_matrix(matrix)
    st.caption(
        "Red: the tested model predicts another class for the adversarial picture than for the original. The attacks "
        "are untargeted. Each model resizes the picture to its own size."
    )
    layout.download_record("Matrix as JSON", find_operation("adversarial-transfer"), matrix)


def draw_surrogate(result: SurrogateAttack) -> None:
    """The margin query by query, and the adversarial picture."""
    outcome, count = result.attack, result.queries[-1]
    if outcome.fooled:
        label = outcome.after.predictions[0].label
        st.success(f"Fooled after {count} queries: the prediction is {literal(label)}.", icon=":material/domino_mask:")
    else:
        st.info(f"Not fooled after {count} queries: allow more, or a larger epsilon.", icon=":material/help:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        attack_charts.draw_margins(result)
        st.caption(
            "Fooled below the dashed line. Random shifts of the same size fooled it in "
            f"{result.random_success_rate:.0%} of the first queries."
        )
    with right:
        picture(outcome.adversarial, f"The picture predicted as {outcome.after.predictions[0].label}")
        draw_answer(outcome.after, f"{outcome.after.num_classes:,} classes", "classes")
        data = partial(encode_png, outcome.adversarial)
        layout.download("Black-box picture", data, "adversarial-surrogate.png", "image/png")


def draw_defences(result: Attack) -> None:
    """Both pictures after each transformation of the input, recomputed with each knob."""
    chosen = {}
    for column, name in zip(st.columns(3), SqueezingKnobs.model_fields, strict=True):
        with column:
            chosen[name] = knob_widgets.knob(SqueezingKnobs, name, name)
    defences = exhibit.squeeze(result, parse_knobs(SqueezingKnobs, **chosen)).results
    rows = pd.DataFrame(
        {
            "transformation": [each.name for each in defences],
            "original": [f"{each.original}, {each.original_probability:.0%}" for each in defences],
            "adversarial": [f"{each.adversarial}, {each.adversarial_probability:.0%}" for each in defences],
            "recovered": [each.recovered for each in defences],
            "distance": [each.l1_distance for each in defences],
        }
    )
    distance = st.column_config.ProgressColumn(
        "L1 distance",
        help="How far the transformation moves the probabilities of the adversarial picture. A large distance is a "
        "sign of an attack.",
        format="%.2f",
        min_value=0,
        max_value=2,
    )
    st.dataframe(rows, hide_index=True, column_config={"distance": distance})
    st.caption(
        "The attack does not take these transformations into account; one that does passes them. "
        "Accuracy under FGSM is not robustness: try PGD too."
    )


def draw_adversarial_training() -> None:
    """The accuracies of the two networks for CIFAR-10, from their cards."""
    cards = exhibit_cards("adversarial")
    st.markdown("**Adversarial training** lowers the accuracy on clean pictures, and raises it under attack")
    attack_charts.draw_accuracies(cards)
    st.caption(
        f"{literal(cards[-1].metrics[0].dataset)}. Choose one of the two models above to attack it. The card of "
        f"{cards[0].name} also compares label smoothing and distillation."
    )


@st.fragment
def playground(chosen: Picture) -> None:
    """Everything that depends on the knobs: a fragment, so that a moved slider does not rerun the whole page."""
    knobs = choose_attack()
    with layout.errors_as_sentences():
        context = attack_context(chosen.key, knobs.model, knobs.target, chosen.image)
        result = attack(chosen.key, knobs, context)
        draw_attack(result, knobs)
        draw_tabs(chosen, knobs, result)
    layout.link_to_here(chosen)
    layout.how_it_works(HOW)
    draw_code_snippets("adversarial", {"image": source_of(chosen, "picture.jpg")}, knobs)
    with st.expander("The model", icon=":material/account_tree:"):
        layout.model_facts(find_card(knobs.model))


def draw_tabs(chosen: Picture, knobs: AttackKnobs, result: Attack) -> None:
    """One tab for each further operation; all but the defences start with a button."""
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
            draw_epsilon_curve(result_curve)
    with matrix:
        transfer_knobs = shared(TransferKnobs, knobs, model=models_to_compare(knobs.model))
        result_matrix = run_job("transfer", "Test it on other models", chosen, exhibit.transfer, transfer_knobs)
        if result_matrix is not None:
            draw_transfer_matrix(result_matrix)
    with black_box:
        st.caption(
            "A black-box attack has the picture classified with coarse shifts of colour, fits a surrogate to the "
            "probabilities, and attacks that. It uses model, epsilon, target and seed."
        )
        queries = knob_widgets.knob(SurrogateKnobs, "queries", "queries", step=50)
        surrogate_knobs = shared(SurrogateKnobs, knobs, queries=queries)
        result_surrogate = run_job("surrogate", "Attack without gradients", chosen, exhibit.surrogate, surrogate_knobs)
        if result_surrogate is not None:
            draw_surrogate(result_surrogate)
    with defences:
        if defences.open:  # eight predictions that a moved epsilon need not wait for
            draw_defences(result)
            draw_adversarial_training()
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
playground(input_picker.choose_picture(EXAMPLES))
