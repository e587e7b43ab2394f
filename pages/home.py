"""The home page: a picture that is classified, explained and attacked at once, and a card for each exhibit.

The cards are drawn first, without torch; the demonstration above them follows.
"""

import streamlit as st

from pages.components import demonstration, input_picker
from pages.components.data_urls import file_url
from zoo.core.assets import EXAMPLES
from zoo.exhibits import DASHBOARD, EXHIBITS

PICTURES = ("coffee", "chelsea", "rocket", "china", "photographer", "motorcycle")
CARDS = (*EXHIBITS, DASHBOARD)
COLUMNS = 3
STYLE = """
<style>
[class*="st-key-card-"] { position: relative; padding: 0.9rem; transition: transform 0.15s, box-shadow 0.15s }
[class*="st-key-card-"] a::after { content: ""; position: absolute; inset: 0; border-radius: inherit }
[class*="st-key-card-"]:hover { transform: translateY(-2px); box-shadow: 0 6px 18px rgb(0 0 0 / 12%) }
[class*="st-key-card-"] img { border-radius: 0.45rem; aspect-ratio: 16 / 10; object-fit: cover }
[class*="st-key-card-"] p { font-size: 0.95rem }
.st-key-demonstration [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; gap: 1rem; min-height: 19rem }
.st-key-demonstration [data-testid="stColumn"] { min-width: 0; flex: 1 1 0; width: auto }
.st-key-demonstration img { border-radius: 0.5rem }
@media (max-width: 640px) {
  .st-key-demonstration [data-testid="stHorizontalBlock"] { min-height: 14rem; gap: 0.6rem }
  .st-key-demonstration p { font-size: 0.85rem }
}
@media (prefers-reduced-motion: reduce) { [class*="st-key-card-"] { transition: none } }
</style>
"""


def draw_card(name: str, title: str, icon: str, sentence: str, text: str) -> None:
    """The whole card is the link: the anchor's area is stretched over it. ``text``: of the picture."""
    theme = "-dark" if st.context.theme.type == "dark" else ""
    with st.container(border=True, key=f"card-{name}", height="stretch"):
        st.image(file_url(str(EXAMPLES / f"{name}{theme}.webp")), width="stretch", alt=text)
        st.page_link(f"{name}.py", label=f"**{title}**", icon=icon)
        st.markdown(sentence)


st.html(STYLE)
st.title("Try, explain and attack PyTorch models", anchor=False)
st.markdown("Drop a picture, record a sound or type a sentence. All models run on this machine, without a network.")
picture = input_picker.choose_picture(PICTURES)
with st.container(key="demonstration"):
    places = demonstration.reserve()

st.subheader("Exhibits", anchor=False)
for start in range(0, len(CARDS), COLUMNS):
    for column, exhibit in zip(st.columns(COLUMNS), CARDS[start : start + COLUMNS], strict=False):
        with column:
            draw_card(exhibit.name, exhibit.title, exhibit.icon, exhibit.sentence, exhibit.picture)

demonstration.draw(picture, places)
