"""The part of GAN with pictures of clothes: a map in the browser, a grid and an animation from the server."""

from typing import Any

import streamlit as st

from pages.components import knob_widgets, layout, page_state
from pages.components.code_snippets import draw_code_snippets
from pages.components.data_urls import data_url
from pages.components.latent_map import latent_map
from zoo.core.cards import find_card
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import gan as exhibit
from zoo.exhibits.gan.knobs import CLASSES, MODEL, GeneratedKnobs, InterpolationKnobs
from zoo.exhibits.gan.results import GeneratedPictures, Interpolation

CORNERS = {"upper_left": "sneaker", "upper_right": "ankle boot", "lower_left": "dress", "lower_right": "T-shirt or top"}


@st.cache_data(max_entries=200, show_spinner=False)
def generate(knobs: GeneratedKnobs) -> GeneratedPictures:
    return exhibit.generate_pictures(knobs)


@st.cache_data(max_entries=30, show_spinner="Generating…")
def interpolate(knobs: InterpolationKnobs) -> Interpolation:
    return exhibit.interpolate(knobs)


def draw_clothes() -> None:
    """Everything about pictures of clothes."""
    with layout.errors_as_sentences():
        draw_map()
        draw_grid()
        draw_animation()
    with st.expander("The model", icon=":material/account_tree:"):
        layout.model_facts(find_card(MODEL))
        st.caption(
            "Whether it copies its training pictures was measured when it was trained: the distances of generated "
            "pictures to the nearest training picture are in its card. The training pictures are not on this server."
        )


@st.fragment
def draw_map() -> None:
    """Four corners that the visitor chooses, and what lies between."""
    st.markdown("**Between four pictures**: move over the map. Each picture is computed in your browser.")
    place = st.container()
    with st.container(horizontal=True):
        classes = [choose_class(name, start) for name, start in CORNERS.items()]
    left, right = st.columns(2)
    with left:
        seed = knob_widgets.knob(GeneratedKnobs, "seed", "seed")
    with right:
        truncation = knob_widgets.knob(GeneratedKnobs, "truncation", "truncation", start=0.8)
    st.caption(
        "A picture is made from 64 random numbers, its point in the *latent space*, and a class. The seed draws these "
        "numbers for the four corners; truncation multiplies them: below 1 the pictures are more typical and less "
        "varied."
    )
    with place, layout.errors_as_sentences():
        latent_map("latent-map", exhibit.latent(classes, seed, truncation), len(CLASSES), exhibit.browser_file())


def choose_class(name: str, start: str) -> str:
    """A select box for a corner."""
    page_state.remember(name)
    return str(
        st.selectbox(
            name.replace("_", " ").capitalize(),
            CLASSES,
            index=CLASSES.index(start),
            key=name,
            bind="query-params",
            help="The class in this corner of the map; the seed draws its noise.",
        )
    )


@st.fragment
def draw_grid() -> None:
    """Pictures of one class or of all, from the server."""
    with st.expander("Many at once", icon=":material/grid_view:"):
        left, right = st.columns([1, 2], gap="large")
        values: dict[str, Any] = {}
        with left:
            values["clothing"] = knob_widgets.knob(GeneratedKnobs, "clothing", "clothing")
            for name in ("count", "truncation", "seed"):
                values[name] = knob_widgets.knob(GeneratedKnobs, name, f"grid_{name}")
        knobs = parse_knobs(GeneratedKnobs, **values)
        with right, layout.errors_as_sentences():
            result = generate(knobs)
            text = f"{knobs.count} generated pictures: {', '.join(dict.fromkeys(result.classes))}"
            st.image(result.picture, width="stretch", alt=text)
            with st.container(horizontal=True):
                layout.download("Pictures", encode_png(result.picture), "gan.png", "image/png")
                layout.download_record("Record as JSON", find_operation("gan"), result)
    draw_code_snippets("gan", {}, knobs)


@st.fragment
def draw_animation() -> None:
    """From one class to another, as a GIF."""
    with st.expander("Animation from one class to another", icon=":material/animation:"):
        left, right = st.columns([1, 2], gap="large")
        with left:
            fields = InterpolationKnobs.model_fields
            values = {name: knob_widgets.knob(InterpolationKnobs, name, f"gif_{name}") for name in fields}
        knobs = parse_knobs(InterpolationKnobs, **values)
        with right:
            if st.toggle("Compute it", key="gif", help="It is computed anew at each change, within a second."):
                show_animation(knobs)
    draw_code_snippets("gan-interpolate", {}, knobs, label="Use the animation from code")


def show_animation(knobs: InterpolationKnobs) -> None:
    with layout.errors_as_sentences():
        result = interpolate(knobs)
        data = exhibit.encode_gif(result.pictures)
        text = f"{knobs.count} pictures that change from {result.first} to {result.second}"
        st.image(data_url(data, "image/gif"), width="stretch", alt=text)
        layout.download("Animation", data, "gan-interpolate.gif", "image/gif")
