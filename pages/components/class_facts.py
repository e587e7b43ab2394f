"""What a class of a classifier is: its name, its definition, and a bundled picture that the model takes for it."""

from collections.abc import Callable

import streamlit as st

from pages.components.escape import literal
from zoo.core.answers import Prediction
from zoo.core.glosses import definition
from zoo.examples import EXAMPLES, example


def draw_class(chosen: Prediction, best_of: Callable[[str], Prediction], widget: str) -> None:
    """A popover. ``best_of``: the most probable class of a bundled example, by name. ``widget``: the popover's key."""
    with st.popover("About this class", icon=":material/info:", on_change="rerun", key=widget) as popover:
        if not popover.open:
            return
        st.markdown(f"**{literal(chosen.label)}**")
        meaning = definition(chosen.id)
        st.markdown(
            f"{literal(meaning[:1].upper() + meaning[1:])}." if meaning else "There is no definition of it here."
        )
        if meaning:
            st.caption(f"WordNet 3.0, {chosen.id}")
        for sample in EXAMPLES:
            best = best_of(sample.name)
            if best.id == chosen.id:
                st.image(example(sample.name), width=220, alt=sample.text)
                st.caption(f"The bundled picture *{sample.name}*: {best.probability:.0%}")
                return
        st.caption("The model takes none of the bundled pictures for it.")
