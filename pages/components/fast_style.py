"""Fast style transfer: trained styles, alone or interpolated, and learning a style from the visitor's painting."""

from functools import partial
from pathlib import Path

import streamlit as st
from PIL import Image

from pages.components import input_picker, job_progress, knob_widgets, layout, user_models
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.escape import literal
from pages.components.input_picker import Picture
from pages.components.optimised_style import decode_painting
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core.cards import Card, exhibit_cards, find_card
from zoo.core.images import IMAGE_LIMITS, encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import style as exhibit
from zoo.exhibits.style.knobs import FastStyleKnobs, LearnKnobs
from zoo.exhibits.style.results import FastStyle, LearnPreview

HOW = """
A feed-forward network renders the whole photograph in one pass
([Johnson, Alahi and Fei-Fei 2016](https://arxiv.org/abs/1603.08155)). It was trained here to minimise the content and
style losses that the optimised method minimises for a single picture. Six paintings share its convolutions. They differ
in 2,100 scales and shifts of the **conditional instance normalisation**
([Dumoulin et al. 2016](https://arxiv.org/abs/1610.07629)): each channel is normalised over the picture
([Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022)), then multiplied and shifted as the style says.

Several sets of scales and shifts can be interpolated, which mixes the styles, even with other weights at the left than
at the right. To learn a style is to train new scales and shifts on your painting; the convolutions stay as they are.
"""
STYLE, SESSION_MODELS = "style", "learned-styles"
SETTINGS = ("size", "strength", "keep_colours")
STEPS = {"size": 32, "steps": 20, "style_weight": 1.0}


def draw_page(photograph: Picture) -> None:
    """Everything below the choice of the method."""
    user_models.add_trained("learn-job", SESSION_MODELS, select)
    styles = choose_styles()
    output, settings = st.columns([2, 1], gap="large")
    with settings:
        values = {"model": styles, **choose_knobs(styles)}
    with output, layout.errors_as_sentences():
        draw_output(photograph, parse_knobs(FastStyleKnobs, **values))
    with settings:
        learning = draw_learning()
    layout.how_it_works(HOW)
    with layout.errors_as_sentences():
        knobs = parse_knobs(FastStyleKnobs, **values)
        draw_code_snippets("style-fast", {"image": source_of(photograph, "photograph.jpg")}, knobs)
    if learning is not None:
        draw_code_snippets("style-learn", {"painting": "painting.jpg"}, learning)
    with st.expander("The models", icon=":material/account_tree:"):
        for name in styles:
            layout.model_facts(find_card(name))


def choose_styles() -> list[str]:
    """A thumbnail of each bundled style, and pills for these and the visitor's own."""
    st.markdown("**Style**")
    bundled = exhibit_cards("style")
    with st.container(horizontal=True, gap="small"):
        for card in bundled:
            st.image(thumbnail(card), width=104, alt=f"A temple in the style of {card.title}", caption=card.name)
    own = user_models.visitor_models(SESSION_MODELS, STYLE)
    for card in own:
        st.caption(f"{literal(card.title)}: {literal(card.name)}")
    names = [card.name for card in (*bundled, *own)]
    styles: list[str] = knob_widgets.knob(FastStyleKnobs, "model", STYLE, options=names)
    return styles


def choose_knobs(styles: list[str]) -> dict[str, object]:
    """The other knobs; those about several styles only where there are several."""
    values: dict[str, object] = {}
    for name in SETTINGS:
        step = {"step": STEPS[name]} if name in STEPS else {}
        values[name] = knob_widgets.knob(FastStyleKnobs, name, f"fast_{name}", **step)
    if len(styles) > 1:
        values["mix"] = knob_widgets.knob(FastStyleKnobs, "mix", "mix")
        if len(styles) == 2 and values["mix"] == "everywhere":
            values["interpolation"] = knob_widgets.knob(FastStyleKnobs, "interpolation", "interpolation")
    return values


@st.cache_resource(show_spinner=False)
def thumbnail(card: Card) -> Image.Image:
    folder = card.folder or Path()
    with Image.open(folder / exhibit.THUMBNAIL_FILE) as image:
        return image.convert("RGB")


@st.cache_resource(max_entries=30, show_spinner="Rendering…")
def full_strength(key: str, knobs_json: str, _photograph: Image.Image) -> FastStyle:
    """The network's output, which strength and colours do not change."""
    return exhibit.stylise(_photograph, FastStyleKnobs.model_validate_json(knobs_json))


def draw_output(photograph: Picture, knobs: FastStyleKnobs) -> None:
    """The picture in the style. A change of strength or colours blends again and does not run the network."""
    full = knobs.model_copy(update={"strength": 1.0, "keep_colours": False})
    result = full_strength(photograph.key, full.model_dump_json(), photograph.image)
    picture = exhibit.apply_strength(photograph.image, result.stylised, knobs)
    titles = " and ".join(find_card(name).title for name in knobs.model)
    st.image(picture, width="stretch", alt=f"{photograph.text}, in the style of {titles}")
    width, height = picture.size
    st.caption(
        f"{literal(titles)} · {width} x {height} pixels in {result.milliseconds:.0f} ms · {literal(result.restriction)}"
    )
    with st.container(horizontal=True):
        layout.download("Picture as PNG", partial(encode_png, picture), "style-fast.png", "image/png")
        layout.download_record("Record as JSON", find_operation("style-fast"), result)
        layout.link_to_here(photograph)


def draw_learning() -> LearnKnobs | None:
    """Upload of a painting, training with progress, and the visitor's models; its knobs once there is a painting."""
    knobs = None
    with st.expander("Learn a style", icon=":material/school:"):
        file = input_picker.upload_field("Your painting", "painting", IMAGE_LIMITS.max_bytes)
        input_picker.keep_received("painting", file, decode_painting, IMAGE_LIMITS.max_bytes)
        if "painting" not in st.session_state:
            st.caption("Upload a painting with visible strokes. Training takes minutes and stays on this machine.")
            return None
        painting: Picture = st.session_state.painting
        st.image(painting.image, width=160, alt="Your painting")
        title = st.text_input("Title", LearnKnobs().title, max_chars=storage.MAX_TITLE)
        names = ("steps", "style_weight")
        values = {name: knob_widgets.knob(LearnKnobs, name, f"learn_{name}", step=STEPS[name]) for name in names}
        with layout.errors_as_sentences():
            knobs = parse_knobs(LearnKnobs, title=title, **values)
            owner = workspace().owner
            if st.button("Learn", icon=":material/play_arrow:"):
                storage.check_quota(owner)
                steps = partial(exhibit.learn_style, painting.image, knobs, owner)
                job_progress.start_job("learn-job", steps, title="learn a style")
        if job := st.session_state.get("learn-job"):
            job_progress.finished(job, draw_preview)
    for name in st.session_state[SESSION_MODELS]:
        user_models.draw_user_model(find_card(name), SESSION_MODELS, deselect)
    return knobs


def draw_preview(preview: LearnPreview) -> None:
    st.image(preview.picture, width="stretch", alt="An example photograph in the style as trained so far")
    st.caption(f"Style loss {preview.style_loss:.2g}")


def select(name: str) -> None:
    st.session_state[STYLE] = [name]


def deselect(name: str) -> None:
    st.session_state[STYLE] = [other for other in st.session_state.get(STYLE, []) if other != name]
