"""What Adversarial draws below the attack: one function for each further operation."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.components import adversarial_charts as charts
from pages.components import knob_widgets, layout
from pages.components.escape import literal
from pages.components.explanation_maps import picture
from pages.components.predictions import draw_answer
from zoo.core.cards import exhibit_cards
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.plurals import counted
from zoo.exhibits import adversarial as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.adversarial import Attack, EpsilonCurve, SurrogateAttack, TransferMatrix
from zoo.exhibits.adversarial.knobs import SqueezingKnobs

METHODS = {"fgsm": "FGSM", "iterated": "iterated FGSM", "pgd": "PGD"}


def draw_epsilon_curve(curve: EpsilonCurve) -> None:
    method = METHODS[curve.method]
    if curve.smallest_epsilon is None:
        st.info(f"{method} does not fool it, even at 32/255.", icon=":material/verified_user:")
    else:
        st.markdown(f"Fooled from epsilon **{curve.smallest_epsilon:.2f}/255** on, by {method}.")
    rows = charts.epsilon_rows(curve)
    charts.draw_epsilon_curve(curve, rows)
    with st.container(horizontal=True):
        layout.download("Curve as CSV", rows.to_csv(index=False), "epsilon-curve.csv", "text/csv")
        layout.download_record("Curve as JSON", find_operation("adversarial-epsilon-curve"), curve)


def draw_transfer_matrix(matrix: TransferMatrix) -> None:
    charts.draw_transfer_matrix(matrix)
    st.caption(
        "Red: the tested model predicts another class for the adversarial picture than for the original. The attacks "
        "are untargeted. Each model resizes the picture to its own size."
    )
    layout.download_record("Matrix as JSON", find_operation("adversarial-transfer"), matrix)


def draw_surrogate(result: SurrogateAttack) -> None:
    """The margin query by query, and the adversarial picture."""
    outcome, count = result.attack, counted(result.queries[-1], "query", "queries")
    if outcome.fooled:
        label = outcome.after.predictions[0].label
        st.success(f"Fooled after {count}: the prediction is {literal(label)}.", icon=":material/domino_mask:")
    else:
        st.info(f"Not fooled after {count}: allow more, or a larger epsilon.", icon=":material/help:")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        charts.draw_margins(result)
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
    charts.draw_accuracies(cards)
    st.caption(
        f"{literal(cards[-1].metrics[0].dataset)}. Choose one of the two models above to attack it. The card of "
        f"{cards[0].name} also compares label smoothing and distillation."
    )
