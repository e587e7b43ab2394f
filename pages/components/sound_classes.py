"""The classes of a sound model to browse, on a map and by category, with an example where one is bundled."""

from functools import partial
from pathlib import Path

import streamlit as st

from pages.components import layout
from pages.components.escape import literal
from pages.components.input_picker import Recording
from pages.components.sound_map import class_map, draw_map, draw_map_downloads
from zoo.core.cards import Card, find_card
from zoo.core.knobs import parse_knobs
from zoo.examples import SOUND_EXAMPLES, example_path
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import MapKnobs
from zoo.exhibits.sound.results import ClassMap

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


def draw_classes(names: list[str], recording: Recording, start: float) -> None:
    """An expander with the classes of the first of these models that has ESC-50's, else of the first.

    ``recording``, ``start``: the sound that shows on the map.
    """
    cards = [find_card(name) for name in names]
    card = next((card for card in cards if card.config.get("categories")), cards[0])
    label = f"The {len(card.classes)} classes"
    section = st.expander(label, icon=":material/category:", key="classes", on_change="rerun", bind="query-params")
    with section:
        if section.open:
            if card.config.get("categories"):
                st.markdown(NONE_OF)
            _browse(card, recording, start)


@st.fragment
def _browse(card: Card, recording: Recording, start: float) -> None:
    """The map, and the same classes as a list: a class that is chosen in one is chosen in both."""
    categories: dict[str, list[str]] = {}
    for name in card.classes:
        categories.setdefault(exhibit.category_of(card, name.label), []).append(name.label)
    category = st.session_state.get("class-category", next(iter(categories)))
    selected = st.session_state.get(f"class-in-{category}")
    place = st.container()
    with place, layout.errors_as_sentences():
        knobs = parse_knobs(MapKnobs, model=card.name, start=start)
        result = class_map(recording.key, knobs, recording.sound)
        draw_map(result, selected, partial(_choose, categories))
    category = next(iter(categories))
    if len(categories) > 1:
        category = st.segmented_control(
            "Category", list(categories), default=category, required=True, key="class-category", wrap=True
        )
    label = st.pills("Class", categories[category], key=f"class-in-{category}", wrap=True)
    if label is not None:
        _draw_class(card, label, category, result)
    draw_map_downloads(result, recording, knobs)


def _choose(categories: dict[str, list[str]], label: str) -> None:
    """Choose in the list what was clicked on the map."""
    category = next(name for name, labels in categories.items() if label in labels)
    if len(categories) > 1:
        st.session_state["class-category"] = category
    st.session_state[f"class-in-{category}"] = label


def _draw_class(card: Card, label: str, category: str, result: ClassMap) -> None:
    """What the class sounds like, those similar to it, and an example where one is bundled."""
    point = next(point for point in result.classes if point.label == label)
    trained = f" · {CLIPS} training clips of five seconds" if category else ""
    name = literal(label)
    st.markdown(f"**{name}**{f' · {category}' if category else ''} · class {card.class_index(label)}{trained}")
    if point.description:
        st.markdown(point.description)
    probability = "" if point.probability is None else f" For the sound above: {point.probability:.1%}."
    st.markdown(f"Most similar to the network: {literal(', '.join(point.nearest))}.{probability}")
    if not category:
        return  # a published model's classes are not those of the examples
    if label in EXAMPLE_OF:
        sample = next(sample for sample in SOUND_EXAMPLES if sample.name == EXAMPLE_OF[label])
        st.audio(Path(example_path(sample.name)).read_bytes(), format="audio/ogg", alt=sample.text)
        st.caption(f"{sample.text}: a synthesised sound, not one of the training clips.")
    else:
        st.caption("No example of this class is bundled. Those of the data set are at freesound.org.")
