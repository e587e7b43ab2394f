"""The home page: a picture, a sentence and the models of each exhibit."""

import streamlit as st

from zoo.core.assets import EXAMPLES
from zoo.core.cards import exhibit_cards
from zoo.exhibits import EXHIBITS

st.title("A live zoo of PyTorch models", anchor=False)
st.markdown(
    "Run a model on your own picture, sound or text. See what explains its output, change a parameter and watch the "
    "output change, compare several models, and copy the code. The bundled models run on this machine. Below, each one "
    "says whether its weights were trained here, fine-tuned here from published ones, or given: published by others."
)

for exhibit in EXHIBITS:
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        st.image(str(EXAMPLES / f"{exhibit.name}.webp"), width="stretch", alt=exhibit.picture)
    with words:
        st.header(exhibit.invitation, anchor=False)
        st.markdown(exhibit.sentence)
        label = f"**Open {exhibit.title}**"
        st.page_link(f"{exhibit.name}.py", label=label, icon=":material/arrow_forward:", icon_position="right")
        for card in exhibit_cards(exhibit.name):
            metric = card.metrics[0]
            st.caption(
                f"**{card.name}**, {card.size_bytes / 1e6:.2g} MB, weights {card.weights}: "
                f"{metric.name} {metric.formatted} on {metric.dataset}. {card.restriction.capitalize()}."
            )

st.divider()
one, two, three = st.columns(3, gap="large")
one.markdown(
    "**Predict and explain**  \nYour own picture, sound or text: probabilities, and the evidence for each class."
)
two.markdown("**Compare**  \nSeveral models side by side, and their ensemble. torchvision's are one download away.")
three.markdown("**Copy the code**  \nEach page shows its result as Python code, shell command and HTTP request.")
