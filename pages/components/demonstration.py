"""A picture in three steps, side by side: classified, explained, attacked."""

from typing import Any

import streamlit as st

from pages.components import layout
from pages.components.escape import literal
from pages.components.input_picker import Picture
from zoo.core.knobs import parse_knobs

STEPS = ("Classified", "Explained", "Attacked")
TARGET = "goldfish"
OPACITY = 0.55
SIDE = 224  # pixels of a picture on the page


def reserve() -> list[Any]:
    """The three columns, with room for what follows."""
    places = []
    for column, name in zip(st.columns(3), STEPS, strict=True):
        with column:
            st.markdown(f"**{name}**")
            places.append(st.container())
    return places


@st.cache_data(max_entries=100, show_spinner=False)
def steps(key: str, _image: Any) -> tuple[Any, Any, Any]:
    """Classification, heat map, and attack."""
    from zoo.exhibits import adversarial, classify
    from zoo.exhibits.adversarial.knobs import AttackKnobs
    from zoo.exhibits.classify.knobs import HeatMapKnobs

    classification = classify.classify(_image)
    best = classification.answers[0].predictions[0]
    heat = classify.heat_map(_image, parse_knobs(HeatMapKnobs, target=best.id or best.label))
    target = TARGET if best.label != TARGET else "tabby"
    attack = adversarial.attack(_image, AttackKnobs(method="pgd", target=target, epsilon=2))
    return classification, heat, attack


def draw(picture: Picture, places: list[Any]) -> None:
    """Fill the three columns with the part of the picture that the model takes."""
    with layout.errors_as_sentences(), places[0]:
        with st.spinner("Classifying…"):
            from zoo.exhibits import classify

            classification, heat, attack = steps(picture.key, picture.image)
        best, after = classification.answers[0].predictions[0], attack.after.predictions[0]
        st.image(attack.original.resize((SIDE, SIDE)), width="content", alt=picture.text)
        st.markdown(f"**{literal(best.label)}**, {best.probability:.0%}")
        with places[1]:
            blended = classify.overlay(picture.image, heat.heat, heat.box, OPACITY, max(picture.image.size))
            text = f"{picture.text}, under a heat map of the evidence for {heat.label}"
            st.image(blended.crop(heat.box).resize((SIDE, SIDE)), width="content", alt=text)
            st.markdown(f"Bright: the evidence for **{literal(heat.label)}**")
        with places[2]:
            text = f"The adversarial picture, predicted as {after.label}"
            st.image(attack.adversarial.resize((SIDE, SIDE)), width="content", alt=text)
            st.markdown(
                f"**{literal(after.label)}**, {after.probability:.0%}, by changes of at most {attack.linf_distance}/255"
            )
