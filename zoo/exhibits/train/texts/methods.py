"""What each method gives: a network with its tokenizer and classifier, ready to be measured and saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core import loading
from zoo.core.cards import Card, find_card, require_card
from zoo.core.errors import InputError
from zoo.core.loading import TOKENIZER_FILE, TokenizedModel
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps
from zoo.exhibits.sentiment import OwnClassifier, own_classifier
from zoo.exhibits.train.cross_validation import temperature
from zoo.exhibits.train.results import Curves
from zoo.exhibits.train.splitting import Split
from zoo.exhibits.train.texts.heads import Examples, TrainedHead, set_linear, train_head
from zoo.exhibits.train.texts.knobs import LSTM, METHODS, TFIDF, TrainTextsKnobs
from zoo.exhibits.train.texts.windows import computed, divided
from zoo.nets import network_of

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Problem:
    """Texts with class indices (N,), which of them are trained on, and ``folds`` of indices into the training ones."""

    texts: tuple[str, ...]
    targets: NDArray[np.int64]
    classes: int
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    folds: tuple[Split, ...]

    @property
    def fold_numbers(self) -> list[int]:
        """Of each training text."""
        numbers = np.zeros(len(self.training), np.int64)
        for number, (_, validation) in enumerate(self.folds):
            numbers[validation] = number
        return [int(number) for number in numbers]

    def texts_at(self, indices: NDArray[np.int64]) -> list[str]:
        return [self.texts[index] for index in indices]


@dataclass(frozen=True)
class Outcome:
    """What becomes a user model, with the probabilities that its figures are of.

    ``tensors``: of the weights as they are saved. ``config``: what tells how they are loaded. ``files``: text files
    beside them. ``logits``: (M, K) of the training texts, out of fold. ``validation``: (N, K) probabilities of the
    others. ``features``: (texts, D), of which a map is drawn. ``card``: of the model that it was derived from.
    """

    tensors: Mapping[str, Tensor]
    config: Mapping[str, Any]
    files: Mapping[str, str]
    logits: Floats
    temperature: float
    validation: Floats
    features: Floats
    card: Card | None = None
    curves: Curves = field(default_factory=Curves)
    notes: tuple[str, ...] = ()


def checked_method(name: str) -> Card | None:
    """The card of a method's network, None of tf-idf. Raises InputError for one that is none or not on this machine."""
    if name == TFIDF:
        return None
    if name in METHODS:
        return require_card(name, "sentiment" if name == LSTM else "generate")
    if not name.startswith("hub/"):
        raise InputError(f"There is no method {name!r}: there is {', '.join(METHODS)}, and hub/NAME.")
    card = require_card(name, "sentiment")
    if not loading.is_cached(card):
        raise InputError(
            f"{name} is not on this machine: download it on the page Sentiment first, or use {', '.join(METHODS)}."
        )
    return card


def out_of_fold_probabilities(outcome: Outcome) -> Floats:
    """(M, K) of the training texts."""
    probabilities: Floats = (torch.from_numpy(outcome.logits) / outcome.temperature).softmax(1).numpy()
    return probabilities


def frozen_lstm(problem: Problem, knobs: TrainTextsKnobs) -> Steps[Outcome]:
    """The features of the bundled LSTM with a head of its own."""
    card = find_card(LSTM)
    options = {name: value for name, value in card.config["architecture"].items() if name not in ("kind", "dropout")}
    architecture = {"kind": "tweet-classifier", **options, "num_classes": problem.classes}
    network = network_of(architecture)
    encoder = {
        name: tensor.half().float()
        for name, tensor in loading.tensors_of(card).items()
        if not name.startswith(("classifier.", "binary_classifier."))
    }
    network.encoder.load_state_dict(encoder)  # type: ignore[union-attr]
    model = TokenizedModel(network.eval(), get_runtime().run(lambda loaded: loaded.tokenizer, card.name))
    config = {"architecture": architecture}
    outcome = yield from with_head(problem, knobs, own_classifier(model), config, tokenizer_of(card), card)
    head = {f"classifier.{name}": tensor for name, tensor in outcome.tensors.items()}
    return replace(outcome, tensors={f"encoder.{name}": tensor.half() for name, tensor in encoder.items()} | head)


def tokenizer_of(card: Card) -> dict[str, str]:
    """The file of a bundled model's tokenizer, which goes with what is derived from it."""
    assert card.folder is not None
    return {TOKENIZER_FILE: (card.folder / TOKENIZER_FILE).read_text(encoding="utf-8")}


def head_on(features: Floats, problem: Problem, knobs: TrainTextsKnobs, curves: Curves) -> Steps[TrainedHead]:
    """Train a head on the features (texts, D) of all texts; its epochs are added to ``curves``."""
    training, validation = (
        Examples(torch.from_numpy(features[indices]), torch.from_numpy(problem.targets[indices]))
        for indices in (problem.training, problem.validation)
    )
    return (yield from train_head(training, validation, problem.fold_numbers, problem.classes, knobs, curves))


def with_head(
    problem: Problem,
    knobs: TrainTextsKnobs,
    classifier: OwnClassifier,
    config: Mapping[str, Any],
    files: Mapping[str, str],
    card: Card,
) -> Steps[Outcome]:
    """Features once, then a head on them: the tensors of the outcome are those of the head."""
    windows = yield from divided(classifier, problem.texts)
    by_window = yield from computed(windows, classifier.pad_id, classifier.features)
    features = windows.mean(by_window)
    trained = yield from head_on(features, problem, knobs, Curves())
    layer = nn.Linear(features.shape[1], problem.classes).requires_grad_(False)
    set_linear(layer, trained.head)
    targets = torch.from_numpy(problem.targets[problem.training])
    best = temperature(torch.from_numpy(trained.logits), targets)
    probabilities = windows.probabilities(layer(torch.from_numpy(by_window)).numpy(), best)[problem.validation]
    tensors = {name: tensor.half() for name, tensor in layer.state_dict().items()}
    return Outcome(
        tensors, config, files, trained.logits, best, probabilities, features, card=card, curves=trained.curves
    )
