"""The classes of a sound model to browse, by category, with an example where one is bundled."""

from pathlib import Path

import streamlit as st

from zoo.core.cards import Card, find_card
from zoo.examples import SOUND_EXAMPLES, example_path
from zoo.exhibits import sound as exhibit

CLIPS = 32  # training clips of each class: folds 1 to 4 of ESC-50, eight clips a class and fold (Piczak 2015)
EXAMPLE_OF = {
    "rain": "rain",
    "siren": "siren",
    "clock tick": "clock",
    "church bells": "bells",
    "sea waves": "waves",
    "helicopter": "helicopter",
}
NONE_OF = "None of ESC-50's classes is speech or music: such a sound gets one of them all the same."


def draw_classes(names: list[str]) -> None:
    """An expander with the classes of the first of these models that has ESC-50's, else of the first."""
    cards = [find_card(name) for name in names]
    card = next((card for card in cards if card.config.get("categories")), cards[0])
    label = f"The {len(card.classes)} classes"
    with st.expander(label, icon=":material/category:", key="classes", on_change="rerun") as section:
        if section.open:
            st.markdown(NONE_OF)
            _choose_class(card)


@st.fragment
def _choose_class(card: Card) -> None:
    categories: dict[str, list[str]] = {}
    for name in card.classes:
        categories.setdefault(exhibit.category_of(card, name.label), []).append(name.label)
    category = next(iter(categories))
    if len(categories) > 1:
        category = st.segmented_control(
            "Category", list(categories), default=category, required=True, key="class-category"
        )
    label = st.pills("Class", categories[category], key=f"class-in-{category}")
    if label is None:
        return
    trained = f" · {CLIPS} training clips of five seconds" if category else ""
    st.markdown(f"**{label}**{f' · {category}' if category else ''} · class {card.class_index(label)}{trained}")
    if not category:
        return  # a published model's classes are not those of the examples
    if label in EXAMPLE_OF:
        sample = next(sample for sample in SOUND_EXAMPLES if sample.name == EXAMPLE_OF[label])
        st.audio(Path(example_path(sample.name)).read_bytes(), format="audio/ogg", alt=sample.text)
        st.caption(f"{sample.text}: a synthesised sound, not one of the training clips.")
    else:
        st.caption("No example of this class is bundled. Those of the data set are at freesound.org.")
