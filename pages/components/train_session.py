"""What the page Train works on: a dataset by its secret name in the link, its trainings, and the jobs under way."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from pages.components.actions import attempt
from pages.components.escape import literal
from pages.components.user_models import CLASSIFIERS
from pages.components.workspaces import workspace
from zoo.core.background import advanced_in_background
from zoo.core.errors import NotFoundError
from zoo.core.jobs import Job
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.core.visitor_folders import set_address
from zoo.exhibits import train as exhibit
from zoo.exhibits.train import history
from zoo.exhibits.train.datasets import Added, Dataset
from zoo.exhibits.train.history import Recorded
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.results import Training

DATA = "data"  # in the link: whoever has it may see and change the pictures
EMPTY_LINK = "empty"  # in the link too: names of classes that have no picture yet
TOKEN, BRINGING, ADDED, STEP = "train-token", "train-bringing", "train-added", "step"
EMPTY = "train-empty-classes"
OPENED, RECEIVED = "train-opened", "train-received"  # the dataset of the run before; ids of files
_jobs: WeakValueDictionary[str, Job[Any]] = WeakValueDictionary()  # trainings by the dataset's token


def current() -> Dataset | None:
    """The dataset of the link, else that of this session; None before there is one."""
    token = st.query_params.get(DATA) or st.session_state.get(TOKEN)
    if token is None:
        return None
    try:
        dataset = Dataset.open(token)
    except NotFoundError as error:
        start_anew()
        st.warning(literal(error), icon=":material/hourglass_disabled:")
        return None
    st.session_state[TOKEN] = st.query_params[DATA] = token
    known: Dataset | None = st.session_state.get(OPENED)
    if known is None or known.token != token:
        known = st.session_state[OPENED] = dataset
    return known  # which has read the records already


def start_anew() -> None:
    """Leave the dataset; it stays under its link until it expires."""
    for key in (TOKEN, ADDED, EMPTY):
        st.session_state.pop(key, None)
    for key in (DATA, EMPTY_LINK):
        st.query_params.pop(key, None)
    go("Data")


def ensure() -> Dataset:
    """The dataset, made where there is none. Raises what ``Dataset.create`` raises."""
    token = st.session_state.get(TOKEN)
    if token is not None:
        return Dataset.open(token)
    set_address(workspace().owner, st.context.ip_address)
    dataset = Dataset.create(workspace().owner)
    st.session_state[TOKEN] = dataset.token
    return dataset


def go(step: str) -> None:
    """Open a step; as a callback."""
    st.session_state[STEP] = step


def bring(make: Callable[[Dataset], Steps[Added]]) -> None:
    """Start a job that adds pictures. Several may be under way."""
    jobs: list[Job[Added]] = st.session_state.setdefault(BRINGING, [])
    dataset = ensure()
    jobs.append(get_runtime().submit(partial(make, dataset), title="train-data", owner=workspace().owner))


def received(key: str) -> list[Any]:
    """The files of an uploader, each once: its callback is called again where the run after it was interrupted."""
    value = st.session_state.get(key)
    files = value if isinstance(value, list) else [value] if value is not None else []
    known: set[str] = st.session_state.setdefault(RECEIVED, set())
    new = [file for file in files if file.file_id not in known]
    known.update(file.file_id for file in new)
    return new


def adding(files: Sequence[tuple[str, bytes]], label: str, test: bool, dataset: Dataset) -> Steps[Added]:
    """Add pictures one by one. They are decoded beside the worker."""
    return advanced_in_background(_adding(files, label, test, dataset), "Reading the pictures")


def _adding(files: Sequence[tuple[str, bytes]], label: str, test: bool, dataset: Dataset) -> Steps[Added]:
    added = Added((), (), ())
    for number, file in enumerate(files, 1):
        new = dataset.add_files([file], label, test)
        added = Added(added.items + new.items, added.broken + new.broken, tuple({*added.notes, *new.notes}))
        yield Progress(number, len(files), f"{number} of {len(files)} files")
    return added


def owner_of(dataset: Dataset) -> str:
    """Who owns the models that are trained on a dataset: whoever has its link, also after a reload."""
    return f"dataset {dataset.token}"


def start_training(knobs: TrainKnobs) -> None:
    """Start the training of the dataset, and open its step; as a callback. One that runs already is cancelled."""
    attempt(partial(_start_training, knobs))


def _start_training(knobs: TrainKnobs) -> None:
    dataset = ensure()
    submit_training(dataset, partial(exhibit.train_dataset, dataset, knobs), "train", knobs.seed)
    go("Train")


def submit_training(dataset: Dataset, train: Callable[[str], Steps[Training]], title: str, seed: int) -> None:
    """Start a training, of pictures or texts, and record it. ``train`` is given the owner of the new model.

    One of the same dataset that runs already is cancelled.
    """
    owner = owner_of(dataset)
    set_address(owner, st.context.ip_address)
    running = _jobs.get(dataset.token)
    if running is not None:
        running.cancel()
    steps = partial(history.recording, dataset, partial(train, owner))
    _jobs[dataset.token] = st.session_state[f"{title}-job"] = get_runtime().submit(
        steps, title=title, owner=workspace().owner, seed=seed
    )


def training_job(dataset: Dataset) -> Job[Any] | None:
    """The training of a dataset that runs, or ended last; found again after a reload, and then this visitor's."""
    job = _jobs.get(dataset.token)
    if job is not None and not job.ended:
        job.owner = workspace().owner  # it must not end with the session that the reload has left
    return job


def trainings(dataset: Dataset) -> tuple[int, ...]:
    """The numbers of the trainings that are kept, the oldest first."""
    return history.numbers(dataset)


def latest(dataset: Dataset | None, back: int = 0) -> Recorded | None:
    """The last training of a dataset, or the one ``back`` places before it; None where there is none."""
    numbers = trainings(dataset) if dataset else ()
    if dataset is None or len(numbers) <= back:
        return None
    return read(dataset.token, numbers[-1 - back])


@st.cache_resource(max_entries=24, show_spinner=False)
def read(token: str, number: int) -> Recorded:
    """A training never changes: it is read once."""
    return history.read(Dataset.open(token), number)


def offer_models(dataset: Dataset) -> None:
    """Let the pages that classify list the models of the trainings, each once: it may be removed again."""
    offered: set[str] = st.session_state.setdefault("train-offered", set())
    for number in trainings(dataset):
        name = read(dataset.token, number).training.model
        if name not in offered:
            offered.add(name)
            st.session_state.setdefault(CLASSIFIERS, []).append(name)
