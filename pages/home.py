"""The home page: what lives here, with a picture for each exhibit."""

import streamlit as st

from zoo.core.cards import exhibit_cards
from zoo.exhibits import EXHIBITS

st.title("A house of living models", anchor=False)
st.markdown(
    "Try a network on your own picture, sound or sentence. See why it answered as it did, move a slider and watch "
    "the answer move, set it beside another, then take the code. Everything runs on this machine, on weights that "
    "we trained."
)

for exhibit in EXHIBITS:
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        st.image(f"assets/examples/{exhibit.name}.webp", width="stretch", alt=exhibit.picture)
    with words:
        st.header(exhibit.invitation, anchor=False)
        st.markdown(exhibit.sentence)
        label = f"**Open {exhibit.title}**"
        st.page_link(f"{exhibit.name}.py", label=label, icon=":material/arrow_forward:", icon_position="right")
        for card in exhibit_cards(exhibit.name):
            best = card.metrics[0]
            st.caption(
                f"**{card.name}**, {card.size_bytes / 1e6:.2g} MB: {best.name} {best.shown} on {best.dataset}. "
                f"{card.restriction.capitalize()}."
            )

st.divider()
one, two, three = st.columns(3, gap="large")
one.markdown(
    "**Try and explain**  \nYour own picture, sound or sentence: the answers with their odds, and what spoke for them."
)
two.markdown("**Compare**  \nSeveral models side by side and their average; torchvision's own are one click away.")
three.markdown(
    "**Take the code**  \nEach page shows the Python, the shell command and the request behind what you see."
)
