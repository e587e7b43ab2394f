"""From labelled texts to a user model with its figures, beside those of the baseline."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core import user_models
from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.inputs import as_path
from zoo.core.ngrams import VOCABULARY_FILE
from zoo.core.steps import PAUSE, Progress, Steps, within
from zoo.exhibits.train.duplicates import group_numbers
from zoo.exhibits.train.results import Baseline, Scored, Split, Training
from zoo.exhibits.train.scoring import Measured, quick_map, scored
from zoo.exhibits.train.splitting import folds, split
from zoo.exhibits.train.texts import tfidf
from zoo.exhibits.train.texts.hub_models import frozen_hub_model
from zoo.exhibits.train.texts.knobs import LANGUAGE_MODEL, LSTM, TFIDF, TrainTextsKnobs
from zoo.exhibits.train.texts.language_model import LanguageModelTraining
from zoo.exhibits.train.texts.methods import Outcome, Problem, checked_method, frozen_lstm, out_of_fold_probabilities
from zoo.exhibits.train.texts.rows import LabelledTexts, read_labelled, same_texts

if TYPE_CHECKING:
    from zoo.exhibits.train.texts.dataset import TextDataset

FOLDS = 5
TOTAL = 1000  # steps of progress
BASELINE = {TFIDF: 1000, LSTM: 500, LANGUAGE_MODEL: 100}  # those of the baseline
RIGHT = "the training texts belong to whoever wrote them"
STOPPED = "Stopped early: the best model until then is kept."


def train_texts(
    table: "str | PathLike[str]", knobs: TrainTextsKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Training]:
    """Train a classifier on a table of labelled texts and keep it as a user model of Sentiment; a job.

    TF-IDF with logistic regression is trained as the baseline whatever ``knobs.model`` is. Each record's preview is the
    ``Curves`` so far. Closed early, a fine-tuning keeps its best model so far. Raises InputError for a file that is no
    table, a column that it lacks, labels of fewer than two classes or more than 100, a class of one text alone, a
    method that is not on this machine or an owner who has too many models; BusyError when the disk quota is used up.
    """
    chosen = knobs or TrainTextsKnobs()
    return train(lambda: read_labelled(as_path(table), chosen), chosen, owner)


def train_text_dataset(
    dataset: "TextDataset", knobs: TrainTextsKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Training]:
    """The same on a table that its owner brought, with the labels that were corrected and without dropped rows."""

    def read() -> Steps[LabelledTexts]:
        yield PAUSE
        return dataset.labelled()

    return train(read, knobs or TrainTextsKnobs(), owner)


def train(read: Callable[[], Steps[LabelledTexts]], knobs: TrainTextsKnobs, owner: str) -> Steps[Training]:
    """Train on the rows that ``read`` gives. The one generator that may return a result when it is closed early."""
    check(knobs, owner)
    rows = yield from read()
    run = Run(rows, knobs, owner)
    try:
        return run.finish((yield from run.steps()))
    except (GeneratorExit, KeyboardInterrupt):
        if run.best is None:
            raise
        return run.finish(replace(run.best, notes=(STOPPED,)))


def check(knobs: TrainTextsKnobs, owner: str) -> None:
    """Raises what can be told before any work."""
    user_models.check_title(knobs.title)
    user_models.check_quota(owner)
    checked_method(knobs.model)


def divide(rows: LabelledTexts, groups: tuple[tuple[str, ...], ...], knobs: TrainTextsKnobs) -> Problem:
    """Training and validation texts, and folds of the former; the same text is always on one side.

    Raises InputError where a class has fewer than two different texts.
    """
    numbers = group_numbers(groups, rows.ids)
    targets = rows.targets()
    for index, label in enumerate(rows.classes):
        if len(np.unique(numbers[targets == index])) < 2:
            raise InputError(f"The class {label} has only one text: give each class two different ones or more.")
    training, validation = split(rows.labels, numbers, knobs.validation, knobs.seed)
    labels = [rows.labels[index] for index in training]
    parts = tuple(folds(labels, numbers[training], FOLDS, knobs.seed))
    return Problem(rows.texts, targets, len(rows.classes), training, validation, parts)


def baseline(problem: Problem) -> Steps[Outcome]:
    """TF-IDF with logistic regression."""
    targets = problem.targets[problem.training]
    trained = yield from tfidf.fit(problem.texts_at(problem.training), targets, problem.folds, problem.classes)
    probabilities, logits = yield from tfidf.predicted(trained, problem.texts_at(problem.validation))
    order = np.argsort(np.concatenate([problem.training, problem.validation]))
    architecture = {"kind": "tfidf", "blocks": trained.blocks, "num_classes": problem.classes}
    return Outcome(
        trained.network.state_dict(),
        {"architecture": architecture},
        {VOCABULARY_FILE: trained.tokenizer.to_json()},
        trained.logits,
        trained.temperature,
        probabilities,
        np.concatenate([trained.logits, logits])[order],
    )


class Run:
    """A training of the baseline and of a method, and what becomes of it: a saved model and its figures."""

    def __init__(self, rows: LabelledTexts, knobs: TrainTextsKnobs, owner: str) -> None:
        self.rows, self.knobs, self.owner = rows, knobs, owner
        self.started = time.perf_counter()
        self.groups = same_texts(rows)
        self.problem = divide(rows, self.groups, knobs)
        self._gradual: LanguageModelTraining | None = None

    @property
    def best(self) -> Outcome | None:
        """The best model of a fine-tuning so far."""
        if self._gradual is None or self._gradual.outcome is None:
            return None
        return replace(self._gradual.outcome, curves=self._gradual.curves)

    def steps(self) -> Steps[Outcome]:
        """Train the baseline, then the method; a job."""
        yield Progress(0, TOTAL, message="Training the baseline")
        part = BASELINE.get(self.knobs.model, BASELINE[LANGUAGE_MODEL])
        self.first = yield from within(baseline(self.problem), 0, part)
        self.first_seconds = time.perf_counter() - self.started
        problem, knobs = self.problem, self.knobs
        if knobs.model == TFIDF:
            return self.first
        if knobs.model == LSTM:
            return (yield from within(frozen_lstm(problem, knobs), part, TOTAL))
        if knobs.model != LANGUAGE_MODEL:
            return (yield from within(frozen_hub_model(problem, knobs), part, TOTAL))
        self._gradual = LanguageModelTraining(problem, knobs)
        yield from within(self._gradual.steps(), part, TOTAL)
        assert self.best is not None
        return self.best

    def finish(self, outcome: Outcome) -> Training:
        """Save the model. Raises what ``user_models.save`` raises."""
        problem, truth = self.problem, self.problem.targets[self.problem.validation]
        measured, first = (Measured.of(truth, each.validation.astype(np.float64)) for each in (outcome, self.first))
        card = self.save(outcome, measured)
        return Training(
            model=card.name,
            title=card.title,
            classes=self.rows.classes,
            counts=tuple(np.bincount(problem.targets, minlength=problem.classes).tolist()),
            backbone=self.knobs.model,
            restriction=card.restriction,
            seconds=time.perf_counter() - self.started,
            curves=outcome.curves,
            accuracy=measured.accuracy,
            ece=measured.ece,
            temperature=outcome.temperature,
            confusion=measured.confusion,
            scored=self.scored(outcome),
            duplicates=self.groups,
            notes=(*self.rows.notes, *outcome.notes),
            baseline=Baseline(first.accuracy, first.ece, first.confusion, self.first_seconds),
        )

    def scored(self, outcome: Outcome) -> tuple[Scored, ...]:
        """Every text, in the order of its row."""
        problem = self.problem
        probabilities = np.empty((len(self.rows), problem.classes))
        probabilities[problem.training] = out_of_fold_probabilities(outcome)
        probabilities[problem.validation] = outcome.validation
        held_out = set(problem.validation.tolist())
        splits: list[Split] = ["validation" if index in held_out else "training" for index in range(len(self.rows))]
        positions = quick_map(outcome.features)
        return scored(self.rows.ids, splits, problem.targets, probabilities, positions, self.rows.classes)

    def save(self, outcome: Outcome, measured: Measured) -> Card:
        config: dict[str, Any] = {
            "exhibit": "sentiment",
            "title": user_models.check_title(self.knobs.title),
            **outcome.config,
            "classes": [{"id": "", "label": label} for label in self.rows.classes],
            "temperature": outcome.temperature,
        }
        text = self.card_text(outcome, measured)
        return user_models.save(config, outcome.tensors, front_matter(outcome.card), text, self.owner, outcome.files)

    def card_text(self, outcome: Outcome, measured: Measured) -> str:
        method = "TF-IDF with logistic regression" if outcome.card is None else f"{outcome.card.title} with a new head"
        held_out = len(self.problem.validation)
        return (
            f"# {self.knobs.title}\n\n{method}, trained on {len(self.problem.training):,} texts in "
            f"{self.problem.classes} classes. Of {held_out:,} other texts it gets {measured.accuracy:.1%} right, with "
            f"an expected calibration error of {measured.ece:.1%}."
        )


def front_matter(card: Card | None) -> Mapping[str, Any]:
    """Of the saved model's card."""
    if card is not None:
        return user_models.derived_front_matter(card, "texts", RIGHT)
    return {
        "license": "other",
        "license_name": "not known here",
        "restriction": RIGHT,
        "weights": "trained here",
        "training_data": [{"name": "texts that a visitor brought", "licence": "not known here"}],
        "citation": "TF-IDF: Spärck Jones 1972, doi:10.1108/eb026526",
    }
