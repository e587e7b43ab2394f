"""Style by optimisation: a photograph painted stroke by stroke before one's eyes."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components import charts, input_picker, job_progress, knob_widgets, layout
from pages.components.code_snippets import written
from pages.components.input_picker import Picture
from pages.components.official_models import all_downloaded
from zoo.core.cards import find_card
from zoo.core.images import IMAGE_LIMITS, decode_image, encode_png
from zoo.core.knobs import parse_knobs
from zoo.examples import STYLE_EXAMPLES, example, example_path
from zoo.exhibits import style as exhibit
from zoo.exhibits.style import Painting, StyleKnobs

HOW = """
Nothing is learnt here but the picture itself ([Gatys, Ecker and Bethge 2015](https://arxiv.org/abs/1508.06576)). A
network that knows photographs looks at three pictures. What it sees **where** in a deep layer is the content; which of
its channels are active **together**, wherever that is, is the style: brush strokes, grain, colours. Step by step the
pixels change so that the content stays the photograph's and the style becomes the painting's.

Small first, then twice as large: the same strokes are broad on a small canvas. The **relative** errors are drawn: one
is a picture that has nothing in common with what it should be, zero one that has all.

The paper looks through VGG-19, and you may fetch it. Here the first stages of our ResNet-18 look, with a twelfth of the
numbers in VGG-19's filters. They were trained once more: every picture was changed a little, in the way that misled
the network most, and it learnt to see what was there before ([Schlarmann et al.
2024](https://arxiv.org/abs/2402.12336)). Otherwise the pixels would move in ways that please a network and are no
stroke to an eye. It blurs its maps before it leaves out every second place ([Zhang
2019](https://arxiv.org/abs/1904.11486)): dots in between would please it, too. Under *More* you may choose our
MobileNetV2 instead, whose strokes are finer. The photograph's own colours can be kept ([Gatys et al.
2016](https://arxiv.org/abs/1606.05897)).
"""
OWN = "yours"
SHOWN = ("size", "steps", "style", "brush", "keep_colours")
MORE = ("content", "smoothness", "fine", "middle", "coarse", "levels", "start", "optimiser", "network", "seed")
FLOOR = 1e-4  # of the errors drawn: begun from the photograph, its content is exact at first
STEPS = {"size": 32, "steps": 10, "style": 1.0, "content": 0.1, "smoothness": 0.5}


@st.cache_resource(show_spinner=False)
def opened(name: str) -> Image.Image:
    return example(name)


def choose_paintings() -> list[tuple[str, Image.Image, float]]:
    """Names, pictures and shares of the paintings in whose hand to paint."""
    st.markdown("**In whose hand**")
    with st.container(horizontal=True, gap="small"):
        for sample in STYLE_EXAMPLES:
            st.image(example_path(sample.name), width=104, alt=sample.text, caption=sample.name)
        if "painting" in st.session_state:
            st.image(st.session_state.painting.image, width=104, alt="Your painting", caption=OWN)
    chooser = st.container()
    with st.expander("A painting of your own", icon=":material/upload:"):
        file = input_picker.upload_field("Your painting", "painting", IMAGE_LIMITS.max_bytes)
        input_picker.keep_received(
            "painting", file, received, IMAGE_LIMITS.max_bytes, instead_of=f"painting{len(STYLE_EXAMPLES)}"
        )
    names = [sample.name for sample in STYLE_EXAMPLES] + ([OWN] if "painting" in st.session_state else [])
    start = [OWN] if OWN in names else [names[0]]
    options = {"selection_mode": "multi", "bind": "query-params", "label_visibility": "collapsed"}
    chosen = chooser.pills("Paintings", names, default=start, key=f"painting{len(names)}", **options)
    shares = [1.0] * len(chosen)
    if len(chosen) > 1:
        columns = chooser.columns(len(chosen))
        shares = [
            column.slider(f"Share of {name}", 0.0, 1.0, 0.5, 0.05, key=f"share-{name}", bind="query-params")
            for column, name in zip(columns, chosen, strict=True)
        ]
    pictures = [st.session_state.painting.image if name == OWN else opened(name) for name in chosen]
    return list(zip(chosen, pictures, shares, strict=True))


def received(data: bytes) -> Picture:
    return Picture(hashlib.sha256(data).hexdigest(), decode_image(data), "Your painting", None)


def choose_knobs() -> StyleKnobs:
    """What most people move, and the rest behind an expander."""

    def widget(name: str) -> Any:
        return knob_widgets.knob(StyleKnobs, name, name, **({"step": STEPS[name]} if name in STEPS else {}))

    values = {name: widget(name) for name in SHOWN}
    with st.expander("More", icon=":material/tune:"):
        values |= {name: widget(name) for name in MORE}
    return parse_knobs(StyleKnobs, **values)


def draw(painting: Painting) -> None:
    """The picture as it is now, and how the errors fell."""
    width, height = painting.picture.size
    st.image(painting.picture, width="stretch", alt=f"The painting after {len(painting.style)} steps")
    st.caption(f"{width} x {height} pixels · {len(painting.style)} steps · {painting.restriction}")
    rows = pd.DataFrame({"content": painting.content, "style": painting.style}).clip(lower=FLOOR)
    rows = rows.rename_axis("step").reset_index().melt("step", var_name="of", value_name="error")
    colour = charts.color_by("of", {"content": "#C4621A", "style": "#0F6B5C"}, legend=True)
    y = alt.Y("error:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title="relative error", tickCount=4, **charts.INK))
    x = alt.X("step:Q", axis=alt.Axis(tickMinStep=1, **charts.INK))
    lines = alt.Chart(rows).mark_line().encode(x=x, y=y, color=colour)
    spoken = f"content {painting.content[-1]:.2g}, style {painting.style[-1]:.2g}"
    st.altair_chart(lines.properties(height=260), alt=f"The errors by step; now {spoken}")


def draw_result(own: Picture, painting: Painting) -> None:
    draw(painting)
    with st.container(horizontal=True):
        layout.download("The painting as PNG", partial(encode_png, painting.picture), "painting.png", "image/png")
        layout.download("How it came about", partial(exhibit.animation, painting.frames), "painting.webp", "image/webp")
        layout.link_to_here(own)


def result_place(own: Picture, paintings: Sequence[tuple[str, Image.Image, float]], knobs: StyleKnobs) -> None:
    """A button that starts, the painting as it grows, and what it came to; a cancelled one stays as it was."""
    styles = [(picture, share) for _, picture, share in paintings]
    needed = exhibit.memory_needed(own.image.size, knobs)
    if st.button("Paint", type="primary", icon=":material/brush:"):
        job_progress.start_job("style-job", partial(exhibit.paint, own.image, styles, knobs), title="style")
        st.session_state["style-of"] = own
    st.caption(f"{knobs.steps} steps, about {needed / 1e6:,.0f} MB of memory while it paints.")
    job = st.session_state.get("style-job")
    if job is None or (job.ended and st.session_state["style-of"].key != own.key):
        st.image(own.image, width="stretch", alt=own.text)
        return
    done = job_progress.finished(job, draw)
    so_far = job.result() if done else job.latest.preview if job.ended and job.latest else None
    if so_far is not None:
        draw_result(st.session_state["style-of"], so_far)


def snippets(own: Picture, paintings: Sequence[tuple[str, Image.Image, float]], knobs: StyleKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    named = [(name, share) for name, _, share in paintings]
    opening = f'example("{own.example}")' if own.example else 'Image.open("photograph.jpg").convert("RGB")'
    styles = ", ".join(
        f'(Image.open("painting.jpg"), {share})' if name == OWN else f'(example("{name}"), {share})'
        for name, share in named
    )
    python = (
        "from PIL import Image\n\nfrom zoo.examples import example\n"
        "from zoo.exhibits.style import StyleKnobs, run_to_completion, paint\n\n"
        f"painting = run_to_completion(paint({opening}, [{styles}], StyleKnobs({settings.python})))\n"
        'painting.picture.save("painting.png")\nprint(painting.content[-1], painting.style[-1])'
    )
    file = f'"$(python -m zoo example {own.example})"' if own.example else "photograph.jpg"
    hands = [f"--painting {'painting.jpg' if name == OWN else name}={share}" for name, share in named]
    shell = f"python -m zoo style {file} painting.png {' '.join(hands)}{settings.shell} --json"
    posted = [f'-F "image=@$(python -m zoo example {own.example})"' if own.example else "-F image=@photograph.jpg"]
    posted += [
        "-F paintings=@painting.jpg" if name == OWN else f'-F "paintings=@$(python -m zoo example {name})"'
        for name, _ in named
    ]
    layout.use_from_code(python, shell, f"curl -N {layout.address()}/api/v1/style {' '.join(posted)}{settings.form}")


def show(own: Picture) -> None:
    """All of this way of painting."""
    paintings = choose_paintings()
    painted, settings = st.columns([2, 1], gap="large")
    with settings:
        knobs = choose_knobs()
    with painted, layout.errors_as_sentences():
        if all_downloaded([knobs.network]):
            result_place(own, paintings, knobs)
    layout.how_it_works(HOW)
    snippets(own, paintings, knobs)
    with st.expander("The model", icon=":material/account_tree:"):
        layout.model_facts(find_card(knobs.network))
