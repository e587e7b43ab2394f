"""The step Try: the new model on a picture, on the camera as it runs, and the evidence for its answer."""

import streamlit as st

from pages.components import input_picker, layout, page_state
from pages.components.camera import camera, latest_frame
from pages.components.escape import literal
from pages.components.input_picker import Picture
from pages.components.predictions import draw_answer, draw_notes, draw_summary
from pages.components.thumbnails import thumbnail_css
from zoo.core.knobs import parse_knobs
from zoo.exhibits import classify as exhibit
from zoo.exhibits import find_operation
from zoo.exhibits.classify.knobs import ClassifyKnobs, HeatMapKnobs
from zoo.exhibits.classify.results import Classification, HeatMap
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.results import Training

EXAMPLES = ("coffee", "chelsea", "rocket", "china")
CAMERA, OWN, PICKED = "train-camera", "try-picture", "try-picked"
SAMPLES = 8  # pictures of the dataset that were not trained on


@st.cache_data(max_entries=300, show_spinner="Classifying…")
def classify(key: str, model: str, _image: object) -> Classification:
    return exhibit.classify(_image, parse_knobs(ClassifyKnobs, model=[model], top_k=5))  # type: ignore[arg-type]


@st.cache_data(max_entries=100, show_spinner="Computing Grad-CAM…")
def heat_map(key: str, model: str, target: str, _image: object) -> HeatMap:
    return exhibit.heat_map(_image, parse_knobs(HeatMapKnobs, model=model, target=target))  # type: ignore[arg-type]


def draw_try(dataset: Dataset | None, training: Training) -> None:
    """A picture and its answer; the camera below."""
    st.caption(
        f"The model knows its {len(training.classes)} classes alone: it gives one of them to any picture, also to one "
        "that has none of them in it."
    )
    picture = input_picker.choose_picture(EXAMPLES)
    if st.session_state.setdefault(PICKED, picture.key) != picture.key:
        st.session_state[PICKED], st.session_state[OWN] = picture.key, None  # the last choice counts
    sample = choose_sample(dataset, training) if dataset is not None else None
    picture = sample or picture
    summary = st.container()
    left, right = st.columns(2, gap="large")
    with layout.errors_as_sentences():
        result = classify(picture.key, training.model, picture.image)
        answer = result.answers[0]
        with left:
            draw_heat(picture, training, answer.predictions[0].label)
        with right:
            draw_notes(result.notes)
            draw_summary(summary, answer)
            draw_answer(answer, f"{answer.restriction} · {answer.num_classes} classes", "classes")
            layout.download_record("Predictions as JSON", find_operation("classify"), result)
    draw_camera(training)


def choose_sample(dataset: Dataset, training: Training) -> Picture | None:
    """One of the pictures that the model was not trained on."""
    items = {item.id: item for item in dataset.items}
    order = {"test": 0, "validation": 1}
    held_out = [one for one in training.scored if one.split in order and one.id in items]
    held_out.sort(key=lambda one: (order[one.split], one.id))
    names = [one.id for one in spread(held_out, SAMPLES)]
    if not names:
        return None
    page_state.drop_unless(OWN, names)
    st.session_state.setdefault(OWN, names[0])
    pictures = {name: dataset.picture(name) for name in names}
    st.html(thumbnail_css(OWN, {n: (name, pictures[name]) for n, name in enumerate(names, 1)}))
    chosen = st.pills(
        "A picture that was not trained on",
        names,
        key=OWN,
        format_func=lambda name: literal(items[name].label),
        wrap=True,
    )
    if chosen is None:
        return None
    return Picture(f"{dataset.token} {chosen}", pictures[chosen], f"A picture labelled {items[chosen].label}", "")


def spread(ordered: list, count: int) -> list:  # type: ignore[type-arg]
    """Up to ``count`` of a list, evenly over it."""
    step = max(1, len(ordered) / count)
    return [ordered[int(n * step)] for n in range(min(count, len(ordered)))]


@st.fragment
def draw_heat(picture: Picture, training: Training, best: str) -> None:
    """The picture, on request under the heat map of the evidence for one class."""
    place = st.container()
    label = st.pills(
        "Evidence for…",
        list(training.classes),
        key="try-class",
        format_func=literal,
        help="Grad-CAM for this class",
        wrap=True,
    )
    if label is None:
        place.image(picture.image, width="stretch", output_format="JPEG", alt=picture.text)
        return
    with layout.errors_as_sentences():
        result = heat_map(picture.key, training.model, label, picture.image)
        blended = exhibit.overlay(picture.image, result.heat, result.box, 0.5)
        text = f"{picture.text}, under a heat map of the evidence for {label}"
        place.image(blended, width="stretch", output_format="JPEG", alt=text)


@st.fragment
def draw_camera(training: Training) -> None:
    """A camera that runs, with the answer to each frame beside it."""
    with st.expander("Live camera", icon=":material/videocam:"):
        video, place = st.columns(2, gap="large")
        number = 0
        with place, layout.errors_as_sentences():
            number, frame = latest_frame(CAMERA)
            if frame is None:
                st.caption("Start the camera: the answer to each frame is drawn here.")
            else:
                answer = exhibit.classify(frame, parse_knobs(ClassifyKnobs, model=[training.model])).answers[0]
                draw_summary(st.container(), answer)
                draw_answer(answer, f"{answer.num_classes} classes", "classes")
        with video:
            camera(CAMERA, number)
