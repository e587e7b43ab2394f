"""From labelled pictures to a user model with its figures."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from zoo.core import user_models
from zoo.core.background import in_background
from zoo.core.inputs import as_archive
from zoo.core.steps import Progress, Steps, within
from zoo.exhibits.train.backbones import load_backbone, require_backbone
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.features import features_of
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.pictures import Pictures, divide
from zoo.exhibits.train.projection import projecting
from zoo.exhibits.train.results import Training
from zoo.exhibits.train.runs import Runs
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs
from zoo.exhibits.train.texts.training import train_texts

TABLES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")  # of labelled texts
MAX_TOLD = 5  # files that were left out, by name


def train(archive: Path, knobs: TrainKnobs | None = None, owner: str = user_models.LOCAL_OWNER) -> Steps[Training]:
    """Train a classifier on the pictures of a zip, a tar or a folder of class folders, and keep it as a user model.

    A job; each record's preview is the ``Curves`` so far. Closed early, it keeps the best model so far and returns its
    ``Training``, if there is one yet. Raises InputError for an archive without pictures in class folders, a class with
    too few of them, a title that is empty, a model that is no backbone, or an owner with too many models; TooLargeError
    for too many pictures, BusyError when the disk quota is used up. A file named as a table has texts: see
    ``train_texts``, which gets title, validation fraction and seed.
    """
    knobs, path = checked(knobs, owner), as_archive(archive)
    if path.suffix.lower() in TABLES and path.is_file():
        texts = {"title": knobs.title, "validation": knobs.validation, "seed": knobs.seed}
        return (yield from train_texts(path, TrainTextsKnobs.model_validate(texts), owner))
    dataset = Dataset.create(owner)
    try:
        added = yield from within(dataset.add_archive(path), 0, 100)
        names = {item.id: item.name for item in dataset.items}
        aside = tuple(f"{each.name} was left out: {each.reason}" for each in added.broken[:MAX_TOLD])
        if len(added.broken) > MAX_TOLD:
            aside = (*aside, f"{len(added.broken) - MAX_TOLD} more files were left out.")
        trained = yield from within(train_dataset(dataset, knobs, owner), 100, 1000)
    finally:
        dataset.remove()
    return replace(
        trained,
        scored=tuple(replace(each, id=names[each.id]) for each in trained.scored),
        duplicates=tuple(tuple(names[id] for id in group) for group in trained.duplicates),
        notes=(*added.notes, *aside, *trained.notes),
    )


def checked(knobs: TrainKnobs | None, owner: str) -> TrainKnobs:
    """The knobs, and that a model can be made with them, before any work. Raises what ``train`` raises."""
    knobs = knobs or TrainKnobs()
    user_models.check_title(knobs.title)
    require_backbone(knobs.model)
    user_models.check_quota(owner)
    return knobs


def train_dataset(
    dataset: Dataset, knobs: TrainKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Training]:
    """The same on a dataset: the ids of what it returns are those of its items, and it stays."""
    knobs = checked(knobs, owner)
    pictures = Pictures.of(dataset)
    runs: Runs | None = None
    start = time.perf_counter()
    try:
        yield Progress(0, 1000, "Loading the backbone")
        loading = load_backbone(knobs.model, pictures.shorter_side(), knobs.size)
        backbone = yield from within(loading, 0, 50)
        features = yield from within(features_of(dataset, pictures.items, backbone), 50, 500)
        division = partial(divide, pictures, features, knobs.validation, knobs.seed)
        record = Progress(0, message="Comparing all pictures")
        divided = yield from within(in_background(division, lambda: record), 500, 520)
        runs = Runs(pictures, divided, features, backbone, knobs, owner, start)
        yield from within(runs.train(), 520, 950)
        yield Progress(950, 1000, "Drawing the map of the features")
        runs.positions = yield from projecting(features, knobs.seed)
        return runs.finished()
    except (GeneratorExit, KeyboardInterrupt):
        if runs is None or not runs.has_model:
            raise
        return runs.finished("It was stopped early: this is the best model until then.")
