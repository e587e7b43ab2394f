"""The step Augment: one picture under each chosen transform, and what mixup and CutMix do to two and their labels."""

import streamlit as st

from pages.components import train_knobs
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from zoo.core.knobs import bound, parse_knobs
from zoo.exhibits import train as exhibit
from zoo.exhibits.train.datasets import Dataset, Item
from zoo.exhibits.train.previews import AugmentationPreview, PreviewKnobs, Tile, caption

SIDE = 150  # pixels of a picture
NUMBER, SEED = "train-previewed", "train-preview-seed"  # of the picture, and of the random changes


def draw_augmentation(dataset: Dataset) -> None:
    """The knobs of the transforms, and their preview."""
    st.markdown(
        "Training sees each picture a little different each time. Choose only changes that leave the class what it is. "
        "They apply to the epochs of all layers: the head is trained on features of the pictures as they are."
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        train_knobs.draw(train_knobs.AUGMENTATION, columns=2)
    with left:
        first, second = choose_pictures(dataset)
        values = train_knobs.chosen().model_dump(include=set(train_knobs.AUGMENTATION))
        seed = st.session_state.get(SEED, 0)
        labels = {"label": first.label, "other_label": second.label if second else "second"}
        knobs = parse_knobs(PreviewKnobs, **values, **labels, seed=seed)
        ids = tuple(item.id for item in (first, second) if item is not None)
        result = preview(dataset.token, ids, knobs.model_dump_json())
        draw_tiles(result.tiles)
        for note in result.notes:
            st.caption(f":material/info: {literal(note)}")
        draw_code_snippets("train-preview", {"pictures": ["first.png", "second.png"][: len(ids)]}, knobs, label=CODE)


CODE = "The preview from code"


def choose_pictures(dataset: Dataset) -> tuple[Item, Item | None]:
    """A picture, and one of another class; with buttons for others."""
    items = [item for item in dataset.items if not item.dropped]
    number = st.session_state.get(NUMBER, 0)
    first = items[number % len(items)]
    others = [item for item in items if item.label != first.label]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Another picture", icon=":material/skip_next:", on_click=increase, args=(NUMBER, 10**6))
        highest = int(bound(PreviewKnobs.model_fields["seed"], "le"))
        st.button("Other random changes", icon=":material/casino:", on_click=increase, args=(SEED, highest))
        st.caption(literal(f"{first.name}, {first.label}"))
    return first, others[number % len(others)] if others else None


def increase(key: str, highest: int) -> None:
    st.session_state[key] = (st.session_state.get(key, 0) + 1) % (highest + 1)


@st.cache_data(max_entries=200, show_spinner="Drawing the transforms…")
def preview(token: str, ids: tuple[str, ...], knobs: str) -> AugmentationPreview:
    dataset = Dataset.open(token)
    return exhibit.preview_transforms([dataset.picture(id) for id in ids], PreviewKnobs.model_validate_json(knobs))


def draw_tiles(tiles: tuple[Tile, ...]) -> None:
    """Each picture with the name of its transform and, of a mixture, its labels."""
    with st.container(horizontal=True, gap="small"):
        for tile in tiles:
            with st.container(width=SIDE, gap="xsmall"):
                st.image(tile.picture, width=SIDE, output_format="JPEG", alt=caption(tile))
                st.caption(literal(caption(tile)))
