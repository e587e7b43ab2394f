"""Optimised style transfer: paintings with weights, the knobs of the optimisation, its progress and its result."""

import hashlib
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.escape import literal
from pages.components.input_picker import Picture
from pages.components.official_models import all_downloaded
from zoo.core.cards import find_card
from zoo.core.images import IMAGE_LIMITS, decode_image, encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.snippets import ExampleFile
from zoo.examples import STYLE_EXAMPLES, example, example_path
from zoo.exhibits import find_operation
from zoo.exhibits import style as exhibit
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.results import OptimisedStyle

HOW = """
The pixels themselves are optimised ([Gatys, Ecker and Bethge 2015](https://arxiv.org/abs/1508.06576)). A feature
extractor, a network trained on photographs, computes activations of the photograph, of the painting and of the result.
The **content loss** compares activations of one late layer, position by position. The **style loss** compares Gram
matrices of several layers: how strongly each pair of channels is active together, averaged over the picture, which
describes strokes, grain and colours but no positions. A **total variation** loss keeps the result smooth. Each step
changes the pixels along the gradient of the weighted sum.

The optimisation starts at a low resolution and doubles it, so that strokes can be broad. The chart shows **relative**
losses: zero is a perfect match, one a picture that has nothing in common with its target.

The paper's feature extractor is VGG-19, which you can download. The default is `perceptual-resnet`, the first stages of
our ResNet-18, with a twelfth of the parameters in VGG-19's convolutions. It was fine-tuned on adversarial examples, to
keep its activations ([Schlarmann et al. 2024](https://arxiv.org/abs/2402.12336)): without that, the optimisation finds
changes of the pixels that lower the loss and look like noise. It also blurs its maps before each stride
([Zhang 2019](https://arxiv.org/abs/1904.11486)), against dotted patterns. MobileNetV2, under *More*, gives finer
strokes. **Keep the colours** transfers the luminance alone ([Gatys et al. 2016](https://arxiv.org/abs/1606.05897)).
"""
OWN = "yours"
MAIN_KNOBS = ("size", "steps", "style_weight", "style_scale", "keep_colours")
MORE_KNOBS = (
    "content_weight",
    "tv_weight",
    "fine_weight",
    "middle_weight",
    "coarse_weight",
    "levels",
    "init",
    "optimiser",
    "network",
    "seed",
)
MIN_DRAWN = 1e-4  # of the losses: a run from the photograph starts at a content loss of 0
STEPS = {"size": 32, "steps": 10, "style_weight": 1.0, "content_weight": 0.1, "tv_weight": 0.5}
Paintings = dict[str, tuple[Image.Image, float]]  # picture and weight by name


def draw_page(photograph: Picture) -> None:
    """Everything below the choice of the method."""
    paintings = choose_paintings()
    output, settings = st.columns([2, 1], gap="large")
    with settings:
        knobs = choose_knobs([weight for _, weight in paintings.values()])
    with output, layout.errors_as_sentences():
        if all_downloaded([knobs.network]):
            draw_output(photograph, paintings, knobs)
    layout.how_it_works(HOW)
    sources = [ExampleFile(name) if name != OWN else "painting.jpg" for name in paintings]
    inputs = {"image": source_of(photograph, "photograph.jpg"), "paintings": sources}
    if paintings:
        draw_code_snippets("style", inputs, knobs)
    with st.expander("The feature extractor", icon=":material/account_tree:"):
        layout.model_facts(find_card(knobs.network))


def choose_paintings() -> Paintings:
    """The chosen paintings, examples or the visitor's own, with a weight each where there are several."""
    st.markdown("**Style**")
    with st.container(horizontal=True, gap="small"):
        for sample in STYLE_EXAMPLES:
            st.image(example_path(sample.name), width=104, alt=sample.text, caption=sample.name)
        if "painting" in st.session_state:
            st.image(st.session_state.painting.image, width=104, alt="Your painting", caption=OWN)
    chooser = st.container()
    with st.expander("Upload a painting", icon=":material/upload:"):
        file = input_picker.upload_field("Your painting", "painting", IMAGE_LIMITS.max_bytes)
        input_picker.keep_received("painting", file, decode_painting, IMAGE_LIMITS.max_bytes)
    names = [sample.name for sample in STYLE_EXAMPLES] + ([OWN] if "painting" in st.session_state else [])
    start = [OWN] if OWN in names else [names[0]]
    options = {"selection_mode": "multi", "bind": "query-params", "label_visibility": "collapsed"}
    chosen = chooser.pills("Paintings", names, default=start, key=f"painting{len(names)}", **options)
    weights = [1.0] * len(chosen)
    if len(chosen) > 1:
        columns = chooser.columns(len(chosen))
        weights = [
            column.slider(f"Weight of {name}", 0.0, 1.0, 0.5, 0.05, key=f"weight-{name}", bind="query-params")
            for column, name in zip(columns, chosen, strict=True)
        ]
    pictures = [st.session_state.painting.image if name == OWN else load_example(name) for name in chosen]
    return dict(zip(chosen, zip(pictures, weights, strict=True), strict=True))


@st.cache_resource(show_spinner=False)
def load_example(name: str) -> Image.Image:
    return example(name)


def decode_painting(data: bytes) -> Picture:
    return Picture(hashlib.sha256(data).hexdigest(), decode_image(data), "Your painting", None)


def choose_knobs(weights: list[float]) -> StyleKnobs:
    """The most used knobs, and the others in an expander. ``weights``: of the paintings; equal ones are left out."""
    equal = len(set(weights)) == 1 and weights[0] > 0

    def widget(name: str) -> Any:
        return knob_widgets.knob(StyleKnobs, name, name, **({"step": STEPS[name]} if name in STEPS else {}))

    values = {name: widget(name) for name in MAIN_KNOBS}
    with st.expander("More", icon=":material/tune:"):
        values |= {name: widget(name) for name in MORE_KNOBS}
    return parse_knobs(StyleKnobs, **values, weights=[] if equal else weights)


def draw_output(photograph: Picture, paintings: Paintings, knobs: StyleKnobs) -> None:
    """A button that starts the optimisation, its progress and its result; what a cancelled run had remains."""
    needed = exhibit.estimate_memory(photograph.image.size, knobs)
    if st.button("Optimise", type="primary", icon=":material/brush:"):
        steps = partial(exhibit.optimise_style, photograph.image, [picture for picture, _ in paintings.values()], knobs)
        job_progress.start_job("style-job", steps, title="style")
        st.session_state["style-input"] = photograph
    st.caption(f"{knobs.steps} steps, about {needed / 1e6:,.0f} MB of memory while it runs.")
    job = st.session_state.get("style-job")
    if job is None or (job.ended and st.session_state["style-input"].key != photograph.key):
        st.image(photograph.image, width="stretch", alt=photograph.text)
        return
    done = job_progress.finished(job, draw_progress)
    result = job.result() if done else job.latest.preview if job.ended and job.latest else None
    if result is not None:
        draw_result(st.session_state["style-input"], result)


def draw_result(photograph: Picture, result: OptimisedStyle) -> None:
    draw_progress(result)
    with st.container(horizontal=True):
        layout.download("Picture as PNG", partial(encode_png, result.picture), "style.png", "image/png")
        animation = partial(exhibit.encode_animation, result.frames)
        layout.download("Animation as WebP", animation, "style-animation.webp", "image/webp")
        layout.download_record("Losses as JSON", find_operation("style"), result)
        layout.link_to_here(photograph)


def draw_progress(result: OptimisedStyle) -> None:
    """The picture after the last step, and the losses by step."""
    steps = len(result.style_loss)
    st.image(result.picture, width="stretch", alt=f"The result after {steps} steps")
    st.caption(f"{result.width} x {result.height} pixels · {steps} steps · {literal(result.restriction)}")
    table = pd.DataFrame({"content": result.content_loss, "style": result.style_loss}).clip(lower=MIN_DRAWN)
    rows = table.rename_axis("step").reset_index().melt("step", var_name="of", value_name="loss")
    colour = charts.color_by("of", {"content": "#C4621A", "style": "#0F6B5C"}, legend=True)
    y = alt.Y("loss:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title="relative loss", tickCount=4, **charts.AXIS))
    x = alt.X("step:Q", axis=alt.Axis(tickMinStep=1, **charts.AXIS))
    lines = alt.Chart(rows).mark_line().encode(x=x, y=y, color=colour)
    last = f"content {result.content_loss[-1]:.2g}, style {result.style_loss[-1]:.2g}"
    st.altair_chart(lines.properties(height=260), alt=f"Content and style loss by step; the last: {last}")
