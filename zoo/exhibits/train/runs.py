"""The trainings of a model: the head on cached features, then all layers; one or several of them, averaged."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core import user_models
from zoo.core.background import in_background
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps, within
from zoo.exhibits.train import heads
from zoo.exhibits.train.backbones import Backbone, rounded
from zoo.exhibits.train.cross_validation import Validated, cross_validate
from zoo.exhibits.train.fine_tuning import BATCH, FineTuning, epoch_of, logits_of
from zoo.exhibits.train.heads import Head, HeadTraining
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.learning_rates import one_cycle, ramp, suggestion
from zoo.exhibits.train.pictures import Divided, Pictures
from zoo.exhibits.train.results import Curves, Epoch, Stage, Training
from zoo.exhibits.train.saving import Facts, save
from zoo.exhibits.train.scoring import Calibration, Measured, quick_map, scored


@dataclass(frozen=True)
class Member:
    """A run's best model so far: a head, or a whole network, with its logits (N, K) of validation and test pictures."""

    head: Head
    network: nn.Module | None
    validation: Tensor
    test: Tensor


class Runs:
    """Everything of a training after its features. ``positions``: (N, 2), the map of the features, once it is drawn."""

    def __init__(
        self,
        pictures: Pictures,
        divided: Divided,
        features: NDArray[np.float32],
        backbone: Backbone,
        knobs: TrainKnobs,
        owner: str,
        start: float,
    ) -> None:
        """``start``: the reading of ``time.perf_counter`` when the training began."""
        self.pictures, self.divided, self.backbone = pictures, divided, backbone
        self.features, self.knobs, self.owner = features, knobs, owner
        self.labels = torch.from_numpy(pictures.labels)
        self.on_device = torch.from_numpy(features).to(backbone.device)
        self.curves = Curves()
        self.members: dict[int, Member] = {}
        self.validated: Validated | None = None
        self.positions: NDArray[np.float32] | None = None
        self.start = start
        epochs = knobs.epochs + knobs.fine_tune_epochs
        self._total = epochs * knobs.runs

    @property
    def has_model(self) -> bool:
        """Whether there is a model to keep."""
        return bool(self.members)

    def train(self) -> Steps[None]:
        """All runs; closed early, ``members`` has the best of each until then."""
        training = self.divided.training
        labels = self.labels[training].to(self.backbone.device)
        validation = cross_validate(
            self.on_device[training],
            labels,
            self.divided.folds,
            len(self.pictures.classes),
            self.knobs.label_smoothing,
            self.knobs.weight_decay,
        )
        self.validated = yield from within(validation, 0, 150)
        yield from within(self._train_runs(labels), 150, 1000)

    def _train_runs(self, labels: Tensor) -> Steps[None]:
        for run in range(1, self.knobs.runs + 1):
            yield from self._train_head(run, labels)
            if self.knobs.fine_tune_epochs:
                yield from self._fine_tune(run)

    def _train_head(self, run: int, labels: Tensor) -> Steps[None]:
        """Train a head for all epochs. The rate falls to nothing: of a convex problem the last epoch is the best."""
        assert self.validated is not None
        training = HeadTraining(
            self.on_device[self.divided.training],
            labels,
            len(self.pictures.classes),
            self.validated.penalty,
            self.knobs.label_smoothing,
            self.knobs.seed + 1000 * run,
            bootstrap=self.knobs.runs > 1,
        )
        rate = self.knobs.learning_rate
        if not rate or run == 1:
            rate = yield from self._find_rate(training)
        for number in range(self.knobs.epochs):
            loss, highest = yield from training.epoch(number, self.knobs.epochs, rate)
            head = training.head()
            rounded_head = Head(rounded(head.weight), rounded(head.bias))
            logits = rounded_head.logits(self.on_device).cpu()
            member = Member(rounded_head, None, logits[self.divided.validation], logits[self.divided.test])
            self.members[run] = member
            yield self._record("head", run, loss, highest, member.validation)

    def _find_rate(self, training: HeadTraining) -> Steps[float]:
        """The knob's rate, or the finder's suggestion; the finder's curve is drawn in either case."""
        batches: list[Tensor] = []

        def step(rate: float) -> float:
            if not batches:
                batches.extend(training.batches())
            return training.step(batches.pop(), rate)

        curve = yield from ramp(lambda rate: get_runtime().run(partial(step, rate)))
        training.restart()
        suggested = suggestion(curve)
        if not self.curves.finder:
            self.curves = replace(self.curves, finder=curve, suggestion=suggested)
        return self.knobs.learning_rate or suggested

    def _fine_tune(self, run: int) -> Steps[None]:
        """Train all layers; the epoch with the lowest validation loss is kept, the head alone among them."""
        before, dataset = self.members[run], self.pictures.dataset
        items = [self.pictures.items[index] for index in self.divided.training]
        labels = self.labels[self.divided.training]
        epochs = self.knobs.fine_tune_epochs
        batches = -(-len(items) // BATCH)
        # The import takes seconds: beside the worker, so that others have their turn.
        record = Progress(len(self.curves.epochs), self._total, "Loading the transforms")
        yield from in_background(partial(import_module, "torchvision.transforms.v2"), lambda: record)
        make = partial(
            FineTuning, self.backbone, before.head, self.knobs, epochs, batches, self.knobs.seed + 1000 * run
        )
        training = get_runtime().run(make)
        lowest = self._loss(before.validation)
        for number in range(epochs):
            loss = yield from epoch_of(training, dataset, items, labels, number)
            network = get_runtime().run(training.snapshot)
            validation = yield from self._logits(network, self.divided.validation)
            if (now := self._loss(validation)) < lowest:
                test = yield from self._logits(network, self.divided.test)
                self.members[run], lowest = Member(before.head, network, validation, test), now
            middle = one_cycle(max(0, training.done - 1), training.total_steps, self.knobs.fine_tune_rate)
            yield self._record("all layers", run, loss, middle, validation)

    def _logits(self, network: nn.Module, indices: NDArray[np.int64]) -> Steps[Tensor]:
        items = [self.pictures.items[index] for index in indices]
        return (yield from logits_of(network, self.backbone, self.pictures.dataset, items))

    def _loss(self, validation: Tensor) -> float:
        return float(F.cross_entropy(validation, self.labels[self.divided.validation]))

    def _record(self, stage: Stage, run: int, loss: float, rate: float, validation: Tensor) -> Progress:
        accuracy = float((validation.argmax(1) == self.labels[self.divided.validation]).float().mean())
        number = len(self.curves.epochs) + 1
        epoch = Epoch(number, stage, loss, self._loss(validation), accuracy, rate, run)
        self.curves = replace(self.curves, epochs=(*self.curves.epochs, epoch))
        return Progress(
            number,
            self._total,
            f"Epoch {number} of {self._total}, {stage}: {accuracy:.1%} right",
            metrics={"loss": loss, "validation_loss": epoch.validation_loss, "validation_accuracy": accuracy},
            preview=self.curves,
        )

    def finished(self, *notes: str) -> Training:
        """Save the model, and measure it on what it was not trained on; in one step, for a job that was stopped."""
        members = [self.members[run] for run in sorted(self.members)]
        network, architecture, validation, test = self._averaged(members)
        labels, divided, knobs = self.pictures.labels, self.divided, self.knobs
        heads_alone = all(member.network is None for member in members)
        known = self.labels[divided.training], self.labels[divided.validation]
        assert self.validated is not None
        out_of_fold = torch.from_numpy(self.validated.logits)
        complete = len(self.curves.epochs) >= knobs.epochs
        folds = Calibration.of(out_of_fold, known[0])
        # Of linear heads those of the folds tell as much as the validation pictures: both together are more pictures.
        both = torch.cat([out_of_fold, validation]), torch.cat(known)
        calibration = Calibration.of(*both) if heads_alone and complete else Calibration.of(validation, known[1])
        probabilities = np.empty((len(labels), len(self.pictures.classes)))
        probabilities[divided.training] = folds.probabilities(out_of_fold)
        probabilities[divided.validation] = calibration.probabilities(validation)
        if len(divided.test):
            probabilities[divided.test] = calibration.probabilities(test)
        judged = divided.test if len(divided.test) else divided.validation
        measured = Measured.of(labels[judged], probabilities[judged])
        what = "test" if len(divided.test) else "validation"
        on = f"{len(judged)} {what} pictures of the visitor, not trained on"
        title = user_models.check_title(knobs.title)
        trained = [self.pictures.items[index].label for index in divided.training]
        weights = "last layer trained here, the others given" if heads_alone else "fine-tuned here"
        facts = Facts(title, self.pictures.classes, trained, on, self._how(members), weights, measured, calibration)
        card = save(facts, self.backbone, architecture, network, self.owner)
        positions = quick_map(self.features) if self.positions is None else self.positions
        ids = [item.id for item in self.pictures.items]
        return Training(
            model=card.name,
            title=title,
            classes=self.pictures.classes,
            counts=self.pictures.counts,
            backbone=self.backbone.card.name,
            restriction=card.restriction,
            seconds=time.perf_counter() - self.start,
            curves=self.curves,
            accuracy=measured.accuracy,
            ece=measured.ece,
            temperature=calibration.temperature,
            confusion=measured.confusion,
            scored=scored(ids, divided.splits, labels, probabilities, positions, self.pictures.classes),
            duplicates=divided.duplicates,
            notes=(*divided.notes, *notes),
            unsure_below=calibration.unsure_below,
        )

    def _averaged(self, members: Sequence[Member]) -> tuple[nn.Module, dict[str, Any], Tensor, Tensor]:
        """The network to save with its architecture, and its logits of validation and test pictures.

        The logits of linear heads are averaged by averaging their weights; networks become an ensemble.
        """
        one = {**self.backbone.architecture, "num_classes": len(self.pictures.classes)}
        if all(member.network is None for member in members):
            mean = heads.average([member.head for member in members])
            mean = Head(rounded(mean.weight), rounded(mean.bias))
            logits = mean.logits(self.on_device).cpu()
            network = self.backbone.classifier(mean.weight, mean.bias)
            return network, one, logits[self.divided.validation], logits[self.divided.test]
        networks = [
            member.network or self.backbone.classifier(member.head.weight, member.head.bias) for member in members
        ]
        if len(networks) == 1:
            return networks[0], one, members[0].validation, members[0].test
        validation = torch.stack([member.validation.log_softmax(1) for member in members]).mean(0)
        test = [member.test.log_softmax(1) for member in members] if len(self.divided.test) else []
        ensemble = nn.Module()
        ensemble.members = nn.ModuleList(networks)
        averaged = torch.stack(test).mean(0) if test else members[0].test
        return ensemble, {"kind": "classifier-ensemble", "members": [one] * len(networks)}, validation, averaged

    def _how(self, members: Sequence[Member]) -> str:
        """One sentence on the training."""
        card, tuned = self.backbone.card.name, sum(member.network is not None for member in members)
        runs = f", {len(members)} runs averaged" if len(members) > 1 else ""
        if not tuned:
            return f"Its last layer was trained on the features of {card}{runs}."
        return f"All layers of {card} were trained{runs}."
