"""From labelled pictures to a user model with its figures."""

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.core import user_models
from zoo.core.jobs import Steps
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.results import Training

if TYPE_CHECKING:
    from zoo.exhibits.train.datasets import Dataset


def train(archive: Path, knobs: TrainKnobs | None = None, owner: str = user_models.LOCAL_OWNER) -> Steps[Training]:
    """Train a classifier on the pictures of a zip, a tar or a folder, and keep it as a user model; a job.

    Each record's preview is the ``Curves`` so far. Closed early, it keeps the best model so far, and returns it.
    """
    raise NotImplementedError


def train_dataset(
    dataset: "Dataset", knobs: TrainKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Training]:
    """The same on a dataset that its owner made."""
    raise NotImplementedError
