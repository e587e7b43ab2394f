"""Fast style transfer: trained styles, alone or interpolated, and learning a style from the visitor's painting."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from pages.components import input_picker, job_progress, knob_widgets, layout, page_state, user_models
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.compare_slider import compare_slider
from pages.components.escape import literal
from pages.components.input_picker import Picture
from pages.components.optimised_style import decode_painting
from pages.components.pins import draw_pin
from pages.components.thumbnails import thumbnail_css
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core import visitor_folders
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
STYLE, MIXING, SESSION_MODELS, LEARN_JOB = "style", "mixing", "learned-styles", "learn-job"
FIRST_STYLE = "scream"  # its sky and strokes are the plainest on the first photograph
SETTINGS = ("size", "strength", "keep_colours")
STEPS = {"size": 32, "steps": 20, "style_weight": 1.0}


def draw_page(photograph: Picture, output: Any, settings: Any, below: Any) -> None:
    """The three parts of the page: the picture, the knobs beside it, and what stands below both."""
    user_models.add_trained(LEARN_JOB, SESSION_MODELS, select)
    with settings:
        styles = choose_styles()
        values = {"model": styles, **choose_knobs(styles)}
        learning = draw_learning()
    with layout.errors_as_sentences():
        knobs = parse_knobs(FastStyleKnobs, **values)
        with output:
            draw_output(photograph, knobs)
        with below:
            draw_below(photograph, knobs, learning)


def draw_below(photograph: Picture, knobs: FastStyleKnobs, learning: LearnKnobs | None) -> None:
    layout.how_it_works(HOW)
    code = "Rendering"
    if learning is not None:
        code = st.segmented_control("Code for", ["Rendering", "Learning"], default=code, required=True, wrap=True)
    if code == "Rendering" or learning is None:
        inputs = {"image": source_of(photograph, "photograph.png")}
        draw_code_snippets("style-fast", inputs, knobs, {"photograph.png": photograph})
    else:
        own = {"painting.png": st.session_state.painting}
        draw_code_snippets("style-learn", {"painting": "painting.png"}, learning, own)
    with st.expander("The models", icon=":material/account_tree:"):
        for name in knobs.model:
            layout.model_facts(find_card(name))


def choose_styles() -> list[str]:
    """Pills for the bundled styles, with thumbnails, and for the visitor's own: one of them, or several to mix."""
    page_state.remember(MIXING, linked=False)
    own = user_models.visitor_models(SESSION_MODELS, STYLE)
    cards = [*exhibit_cards("style"), *own]
    numbered = {number: (card.name, thumbnail(card)) for number, card in enumerate(cards, 1) if has_thumbnail(card)}
    st.html(thumbnail_css(STYLE, numbered))
    st.session_state.setdefault(MIXING, len(st.query_params.get_all(STYLE)) > 1)
    mixing = st.session_state[MIXING]
    styles: list[str] = knob_widgets.knob(
        FastStyleKnobs,
        "model",
        STYLE,
        options=[card.name for card in cards],
        labels=titles_of(own),
        single=not mixing,
        start=[FIRST_STYLE],
    )
    st.toggle("Mix several styles", key=MIXING, on_change=keep_one, help="Choose up to four; their mean is rendered.")
    return styles


def titles_of(own: Sequence[Card]) -> dict[str, str]:
    """What stands on the buttons of a visitor's styles: the title, with an ending of the name where two share it."""
    titles = [card.title for card in own]
    return {
        card.name: literal(card.title if titles.count(card.title) == 1 else f"{card.title} ({card.name[-4:]})")
        for card in own
    }


def keep_one() -> None:
    """With the toggle off, the first of the chosen styles stays."""
    if not st.session_state[MIXING]:
        st.session_state[STYLE] = st.session_state.get(STYLE, [])[:1]


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


def has_thumbnail(card: Card) -> bool:
    return card.folder is not None and (card.folder / exhibit.THUMBNAIL_FILE).is_file()


def thumbnail(card: Card) -> Image.Image:
    with Image.open((card.folder or Path()) / exhibit.THUMBNAIL_FILE) as image:
        return image.convert("RGB")


@st.cache_resource(max_entries=30, show_spinner="Rendering…")
def full_strength(key: str, knobs_json: str, _photograph: Image.Image) -> FastStyle:
    """The network's output, which strength and colours do not change."""
    return exhibit.stylise(_photograph, FastStyleKnobs.model_validate_json(knobs_json))


def draw_output(photograph: Picture, knobs: FastStyleKnobs) -> None:
    """The picture in the style. A change of strength or colours blends again and does not run the network."""
    job = st.session_state.get(LEARN_JOB)
    if job is not None and not job.ended:
        job_progress.finished(job, draw_preview)
    full = knobs.model_copy(update={"strength": 1.0, "keep_colours": False})
    result = full_strength(photograph.key, full.model_dump_json(), photograph.image)
    picture = exhibit.apply_strength(photograph.image, result.stylised, knobs)
    titles = " and ".join(find_card(name).title for name in knobs.model)
    text = f"{photograph.text}, in the style of {titles}"
    before = photograph.image.resize(picture.size)
    name = titles if len(knobs.model) == 1 else "Mixed styles"
    compare_slider("fast-result", {"Photograph": (before, photograph.text)}, {name: (picture, text)}, position=20)
    width, height = picture.size
    caption = (
        f"{literal(titles)} · {width} x {height} pixels in {result.milliseconds:.0f} ms · {literal(result.restriction)}"
    )
    st.caption(caption)
    with st.container(horizontal=True):
        layout.download("Picture as PNG", partial(encode_png, picture), "style-fast.png", "image/png")
        layout.download_record("Record as JSON", find_operation("style-fast"), result)
        layout.link_to_here(photograph)
    draw_pin("style", {"photograph": photograph.text}, knobs, partial(draw_pinned, picture, text, caption))


def draw_pinned(picture: Image.Image, text: str, caption: str) -> None:
    st.image(picture, width="stretch", alt=text)
    st.caption(caption)


def draw_learning() -> LearnKnobs | None:
    """Upload of a painting, training, and the visitor's models; its knobs once there is a painting."""
    knobs = None
    with st.expander("Learn a style", icon=":material/school:"):
        file = input_picker.upload_field("Your painting", "painting", IMAGE_LIMITS.max_bytes)
        input_picker.keep_received("painting", file, decode_painting, IMAGE_LIMITS.max_bytes)
        if "painting" not in st.session_state:
            st.caption("Upload a painting with visible strokes. Training takes minutes and stays on this machine.")
        else:
            knobs = choose_learning(st.session_state.painting)
        if (job := st.session_state.get(LEARN_JOB)) and job.ended:
            job_progress.finished(job, draw_preview)
    for name in st.session_state[SESSION_MODELS]:
        user_models.draw_user_model(find_card(name), SESSION_MODELS, deselect)
    return knobs


def choose_learning(painting: Picture) -> LearnKnobs | None:
    """Title and knobs of the training, and the button that starts it."""
    st.image(painting.image, width=160, alt="Your painting")
    title = st.text_input("Title", LearnKnobs().title, max_chars=storage.MAX_TITLE)
    names = ("steps", "style_weight")
    values = {name: knob_widgets.knob(LearnKnobs, name, f"learn_{name}", step=STEPS[name]) for name in names}
    with layout.errors_as_sentences():
        knobs = parse_knobs(LearnKnobs, title=title, **values)
        owner = workspace().owner
        if st.button("Learn", icon=":material/play_arrow:"):
            visitor_folders.set_address(owner, st.context.ip_address)
            storage.check_quota(owner)
            steps = partial(exhibit.learn_style, painting.image, knobs, owner)
            job_progress.start_job(LEARN_JOB, steps, title="learn a style")
            st.rerun()
        return knobs
    return None


def draw_preview(preview: LearnPreview) -> None:
    st.image(preview.picture, width="stretch", alt="An example photograph in the style as trained so far")
    st.caption(f"Style loss {preview.style_loss:.2g}")


def select(name: str) -> None:
    st.session_state[STYLE] = [name]


def deselect(name: str) -> None:
    st.session_state[STYLE] = [other for other in st.session_state.get(STYLE, []) if other != name]
