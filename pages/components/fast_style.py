"""Style at once: networks that have learnt a hand, mixed and laid over the photograph, and a hand of one's own."""

from functools import partial
from pathlib import Path

import streamlit as st
from PIL import Image

from pages.components import input_picker, job_progress, knob_widgets, layout, user_models
from pages.components.code_snippets import written
from pages.components.input_picker import Picture
from pages.components.optimised_style import received
from zoo.core import user_models as storage
from zoo.core.cards import Card, exhibit_cards, find_card
from zoo.core.images import IMAGE_LIMITS, encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import style as exhibit
from zoo.exhibits.style import Lesson, Restyled
from zoo.exhibits.style.fine_tuning import THUMBNAIL_FILE
from zoo.exhibits.style.knobs import LearnKnobs, RestyleKnobs

HOW = """
A network paints the whole photograph in one go ([Johnson, Alahi and Fei-Fei
2016](https://arxiv.org/abs/1603.08155)): it was trained to do in a moment what painting stroke by stroke does in
minutes. All styles share its filters and differ in 2,100 **scales and shifts** ([Dumoulin et al.
2016](https://arxiv.org/abs/1610.07629)), by which each channel is made stronger or weaker once it has been normalised
over the picture ([Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022)). So two styles can be mixed, even one at the
left and the other at the right; and to learn yours, nothing but scales and shifts is learnt.
"""
HAND, MEMORY = "hand", "learnt-styles"
SETTINGS = ("size", "strength", "keep_colours")
STEPS = {"size": 32, "steps": 20, "weight": 1.0}


def show(own: Picture) -> None:
    """All of this way of painting."""
    user_models.add_trained("learn-job", MEMORY, choose)
    hands = choose_hands()
    painted, settings = st.columns([2, 1], gap="large")
    with settings:
        knobs = {"model": hands, **choose_knobs(hands)}
    with painted, layout.errors_as_sentences():
        result_place(own, parse_knobs(RestyleKnobs, **knobs))
    with settings:
        teach()
    layout.how_it_works(HOW)
    with layout.errors_as_sentences():
        snippets(own, parse_knobs(RestyleKnobs, **knobs))
    with st.expander("The models", icon=":material/account_tree:"):
        for name in hands:
            layout.model_facts(find_card(name))


def choose_hands() -> list[str]:
    """A thumbnail of each hand's work, and which to use."""
    st.markdown("**In whose hand**")
    bundled = exhibit_cards("style")
    with st.container(horizontal=True, gap="small"):
        for card in bundled:
            st.image(thumbnail(card), width=104, alt=f"A temple in the hand of {card.title}", caption=card.name)
    mine = user_models.visitor_models(MEMORY, HAND)
    for card in mine:
        st.caption(f"{card.title}: {card.name}")
    names = [card.name for card in (*bundled, *mine)]
    hands: list[str] = knob_widgets.knob(RestyleKnobs, "model", HAND, options=names)
    return hands


def choose_knobs(hands: list[str]) -> dict[str, object]:
    """All else that can be moved."""
    values: dict[str, object] = {}
    for name in SETTINGS:
        step = {"step": STEPS[name]} if name in STEPS else {}
        values[name] = knob_widgets.knob(RestyleKnobs, name, f"once_{name}", **step)
    if len(hands) > 1:
        values["mix"] = knob_widgets.knob(RestyleKnobs, "mix", "mix")
        if len(hands) == 2 and values["mix"] == "everywhere":
            values["share"] = knob_widgets.knob(RestyleKnobs, "share", "share")
    return values


@st.cache_resource(show_spinner=False)
def thumbnail(card: Card) -> Image.Image:
    folder = card.folder or Path()
    with Image.open(folder / THUMBNAIL_FILE) as image:
        return image.convert("RGB")


@st.cache_resource(max_entries=30, show_spinner="Painting…")
def painted_whole(key: str, knobs_json: str, _photograph: Image.Image) -> Restyled:
    """At full strength: what moving the strength does not change."""
    return exhibit.restyle(_photograph, RestyleKnobs.model_validate_json(knobs_json))


def result_place(own: Picture, knobs: RestyleKnobs) -> None:
    """The painting over the photograph; moving the strength blends them and asks no network."""
    whole = knobs.model_copy(update={"strength": 1.0, "keep_colours": False})
    result = painted_whole(own.key, whole.model_dump_json(), own.image)
    picture = exhibit.covering(own.image, result.painted, knobs)
    hands = " and ".join(find_card(name).title for name in knobs.model)
    st.image(picture, width="stretch", alt=f"{own.text}, painted in the hand of {hands}")
    width, height = picture.size
    st.caption(f"{hands} · {width} x {height} pixels in {result.milliseconds:.0f} ms · {result.restriction}")
    with st.container(horizontal=True):
        layout.download("The painting as PNG", partial(encode_png, picture), "painting.png", "image/png")
        layout.link_to_here(own)


def teach() -> None:
    """From a painting to a model of one's own."""
    with st.expander("Teach it a hand of your own", icon=":material/school:"):
        file = input_picker.upload_field("Your painting", "painting", IMAGE_LIMITS.max_bytes)
        input_picker.keep_received("painting", file, received, IMAGE_LIMITS.max_bytes, instead_of="painting")
        if "painting" not in st.session_state:
            st.caption("Bring a painting with strokes that one sees. It takes some minutes, and nothing leaves here.")
            return
        painting: Picture = st.session_state.painting
        st.image(painting.image, width=160, alt="Your painting")
        title = st.text_input("What to call it", "My style", max_chars=storage.MAX_TITLE)
        values = {
            name: knob_widgets.knob(LearnKnobs, name, f"learn_{name}", step=STEPS[name]) for name in ("steps", "weight")
        }
        with layout.errors_as_sentences():
            knobs = parse_knobs(LearnKnobs, **values)
            if st.button("Learn", icon=":material/play_arrow:"):
                storage.check_quota(job_progress.workspace().owner)
                steps = partial(exhibit.learn, painting.image, title, knobs, job_progress.workspace().owner)
                job_progress.start_job("learn-job", steps, title="learn a style")
        if job := st.session_state.get("learn-job"):
            job_progress.finished(job, draw_lesson)
    for name in st.session_state[MEMORY]:
        user_models.draw_user_model(find_card(name), MEMORY, forget)


def draw_lesson(lesson: Lesson) -> None:
    st.image(lesson.picture, width="stretch", alt="A photograph as the style paints it now")
    st.caption(f"Style error {lesson.error:.2g}")


def choose(name: str) -> None:
    st.session_state[HAND] = [name]


def forget(name: str) -> None:
    st.session_state[HAND] = [kept for kept in st.session_state.get(HAND, []) if kept != name]


def snippets(own: Picture, knobs: RestyleKnobs) -> None:
    """Code for what is on screen."""
    settings = written(knobs)
    opening = f'example("{own.example}")' if own.example else 'Image.open("photograph.jpg").convert("RGB")'
    python = (
        "from PIL import Image\n\nfrom zoo.examples import example\nfrom zoo.style import RestyleKnobs, restyle\n\n"
        f"result = restyle({opening}, RestyleKnobs({settings.python}))\n"
        'result.picture.save("painting.png")\nprint(result.models, result.milliseconds)'
    )
    file = f'"$(python -m zoo example {own.example})"' if own.example else "photograph.jpg"
    shell = f"python -m zoo style-at-once {file} painting.png{settings.shell} --json"
    posted = f"curl {layout.address()}/api/v1/style/at-once -F image=@{file}{settings.form} --output painting.png"
    layout.use_from_code(python, shell, posted)
