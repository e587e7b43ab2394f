"""The step Keep: the model by its name in every interface, and as files for other programs."""

import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import streamlit as st

from pages.components import job_progress, knob_widgets, layout, page_state, train_session
from pages.components.actions import READING, attempt, draw_refusal
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.models_data import link_to_page, megabytes
from pages.components.user_models import CLASSIFIERS
from pages.components.workspaces import workspace
from zoo.core import user_models as storage
from zoo.core.background import in_background
from zoo.core.cards import Card, find_card
from zoo.core.errors import NotFoundError
from zoo.core.knobs import parse_knobs
from zoo.core.snippets import ExampleFile
from zoo.core.steps import Progress, Steps
from zoo.core.visitor_folders import set_address
from zoo.exhibits import train as exhibit
from zoo.exhibits.classify.knobs import ClassifyKnobs
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.exports.knobs import ExportKnobs, ImportKnobs
from zoo.exhibits.train.exports.results import Export

FORMATS = {
    "onnx": ("ONNX", "Pictures of any size in, probabilities out: resizing and normalisation are inside."),
    "html": ("One HTML file", "A page that classifies in the browser, by file or camera, without a network."),
    "web": ("Web folder", "The same page as a folder, for a web server."),
    "cpp": ("C++ program", "The source of a program, with a build file and the model."),
    "export": ("torch.export", "A program for PyTorch that needs none of our code."),
}
CHOSEN, IMPORTED, REMOVED = "kept-model", "imported-models", "train-removed-model"


def draw_keep(dataset: Dataset | None) -> None:
    """One of the visitor's models: links to the pages that use it, code, downloads; and a way to bring one back."""
    draw_removed()
    cards = {card.name: card for card in models(dataset)}
    if not cards:
        st.info("Train first, or bring back a model that you have taken home.", icon=":material/model_training:")
    else:
        names = list(cards)
        page_state.drop_unless(CHOSEN, names)
        titles = {name: titled(card) for name, card in cards.items()}
        name = st.selectbox("Model", names, key=CHOSEN, format_func=lambda each: titles.get(each, each), width=360)
        draw_model(dataset, cards[name])
    draw_import()


def titled(card: Card) -> str:
    """Tells models of the same title apart."""
    return f"{card.title} ({card.name[-4:]})"


def models(dataset: Dataset | None) -> list[Card]:
    """Those of the dataset's trainings and those that were brought back, the newest first, that are still kept."""
    numbers = reversed(train_session.trainings(dataset)) if dataset else ()
    trained = [train_session.read(dataset.token, number).training.model for number in numbers] if dataset else []
    cards = []
    for name in dict.fromkeys([*reversed(st.session_state.get(IMPORTED, [])), *trained]):
        with suppress(NotFoundError):  # expired or removed
            cards.append(find_card(name))
    return cards


def draw_model(dataset: Dataset | None, card: Card) -> None:
    """What can be done with a model."""
    st.subheader(literal(card.title), anchor=False)
    st.markdown(
        f"Its name is `{card.name}`. Pages, Python, shell and HTTP open it by this name, for two weeks. Whoever knows "
        "the name may use the model; nobody can list it."
    )
    st.caption(literal(card.restriction))
    with st.container(horizontal=True):
        link_to_page("classify", [card.name], "Classify with it")
        link_to_page("adversarial", [card.name], "Attack it")
    draw_folder(dataset, card)
    draw_export(card)
    knobs = parse_knobs(ClassifyKnobs, model=[card.name])
    draw_code_snippets("classify", {"image": ExampleFile("coffee")}, knobs, label="Use the model from code")


def draw_folder(dataset: Dataset | None, card: Card) -> None:
    """The folder of the model as it is stored, and its removal."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.download(
            f"Folder with safetensors and card, {megabytes(card.size_bytes)}",
            partial(storage.archive, card.name),
            "model.zip",
            "application/zip",
        )
        if dataset is not None and storage.is_owned(card.name, train_session.owner_of(dataset)):
            owner = train_session.owner_of(dataset)
            with st.popover("Remove the model", icon=":material/delete:", key=f"remove-{card.name}"):
                st.markdown(f"**{literal(titled(card))}** can then no longer be used, by nobody who knows its name.")
                st.button(
                    f"Remove {literal(titled(card))} for good",
                    key=f"remove-for-good-{card.name}",
                    on_click=attempt,
                    args=(partial(remove, card, owner),),
                )


def remove(card: Card, owner: str) -> None:
    storage.remove_owned(card.name, owner)
    names = st.session_state.get(CLASSIFIERS, [])
    st.session_state[CLASSIFIERS] = [each for each in names if each != card.name]
    st.session_state[REMOVED] = (time.monotonic(), titled(card))


def draw_removed() -> None:
    """Which model was just removed."""
    at, title = st.session_state.get(REMOVED, (0.0, ""))
    if title and time.monotonic() - at < READING:
        st.success(f"{literal(title)} was removed.", icon=":material/delete:")


def draw_export(card: Card) -> None:
    """One of the formats; the file is written by a job, and tried, before it can be downloaded."""
    st.markdown("**For other programs**")
    labels = {name: label for name, (label, _) in FORMATS.items()}
    chosen = knob_widgets.knob(ExportKnobs, "export_format", "format", labels=labels)
    st.caption(FORMATS[chosen][1])
    knobs = ExportKnobs(model=card.name, export_format=chosen)
    made: Export | None = job_progress.job_button(
        "export", knobs.model_dump_json(), "Prepare the file", partial(exporting, knobs), "train-export"
    )
    if made is not None:
        layout.download(
            f"{literal(made.file_name)}, {megabytes(made.size_bytes)}", made.data, made.file_name, made.mime
        )
        st.caption(
            f"Written in {made.seconds:.1f} s and tried: its probabilities differ from those here by "
            f"{made.difference:.0e} at most."
        )
    draw_code_snippets("train-export", {}, knobs, label="Export from code")


def draw_import() -> None:
    """The zip file of a model's folder, which becomes a model of this visitor again."""
    with st.expander("Bring a model back", icon=":material/upload:"):
        st.caption(
            "The zip file of a folder with safetensors and card, as it was downloaded here. Files of pickle are never "
            "read."
        )
        count = st.session_state.setdefault("train-imports", 0)
        key = f"train-import{count}"
        st.file_uploader("A model's folder as a zip file", key=key, on_change=take_model, args=(key,))
        draw_refusal()


def take_model(key: str) -> None:
    for file in train_session.received(key):
        st.session_state["train-imports"] += 1
        path = workspace().path("model.zip")
        path.write_bytes(file.getbuffer())
        attempt(partial(bring_back, path))


def bring_back(path: Path) -> None:
    owner = workspace().owner
    set_address(owner, st.context.ip_address)
    name = exhibit.import_model(path, ImportKnobs(), owner).name
    st.session_state.setdefault(IMPORTED, []).append(name)
    st.session_state.setdefault(CLASSIFIERS, []).append(name)
    st.session_state[CHOSEN] = name


def exporting(knobs: ExportKnobs) -> Steps[Export]:
    """Write the file beside the worker: it takes seconds."""
    label = FORMATS[knobs.export_format][0]
    return in_background(partial(exhibit.export_model, knobs), lambda: Progress(1, None, f"Writing {label}"))
