"""ULMFiT (Howard and Ruder 2018, arXiv:1801.06146) with the bundled language model.

First the language model learns the texts, without labels. Then a head is trained on its pooled states, and then the
layers below it, one group more each epoch, each with a smaller rate than the one above. The language model is a GPT-2
and the optimizer Adam, where the paper has an LSTM and averaged SGD; one cycle is its slanted triangle.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.cards import find_card
from zoo.core.loading import TokenizedModel
from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Steps, within
from zoo.exhibits.sentiment import OwnClassifier, own_classifier, padded
from zoo.exhibits.train import measures
from zoo.exhibits.train.cross_validation import temperature
from zoo.exhibits.train.learning_rates import one_cycle, set_rates
from zoo.exhibits.train.results import Curves, Epoch
from zoo.exhibits.train.texts.heads import epoch_record, set_linear
from zoo.exhibits.train.texts.knobs import LANGUAGE_MODEL, TrainTextsKnobs
from zoo.exhibits.train.texts.methods import Outcome, Problem, head_on, tokenizer_of
from zoo.exhibits.train.texts.windows import Windows, batches, computed, divided
from zoo.nets import build, network_of
from zoo.nets.text_classifiers import GPT2Classifier

SEQUENCE_LENGTH, SEQUENCES, SEQUENCES_A_PART = 96, 6, 3  # of a step of the language model
MAX_STEPS = 600  # of an epoch of the language model: a third of a million tokens
TEXT_BATCH, TOKENS_A_PART = 16, 300  # a batch is computed in parts, so that others have their turn
LANGUAGE_MODEL_RATE, RATE = 1e-3, 2e-3  # the largest ones, of the layers at the top
DECAY = 2.6  # by which the rate of each group is smaller than that of the one above, as in the paper
BLOCK_GROUPS = 3
DROPOUT = 0.1


class GradualFineTuning:
    """The network in training, and a copy rounded as it is saved, to be measured. Made and used on the worker alone."""

    def __init__(self, classes: int, seed: int, model: TokenizedModel) -> None:
        options = dict(find_card(LANGUAGE_MODEL).config["architecture"])
        options.pop("kind")
        self.architecture = {"kind": "gpt2-classifier", **options, "num_classes": classes}
        tensors = {f"encoder.{name}": tensor.clone() for name, tensor in model.network.state_dict().items()}
        width = 3 * int(options["d_model"])
        tensors |= {"classifier.weight": torch.zeros(classes, width), "classifier.bias": torch.zeros(classes)}
        self.network = cast(GPT2Classifier, build(self.architecture, tensors))
        for module in self.network.modules():
            if isinstance(module, nn.Dropout):
                module.p = DROPOUT
        self.tokenizer = model.tokenizer
        self.rounded = cast(GPT2Classifier, network_of(self.architecture)).eval()
        self.generator = torch.Generator().manual_seed(seed)

    def classifier(self) -> OwnClassifier:
        """The rounded network as a text classifier."""
        return own_classifier(TokenizedModel(self.rounded, self.tokenizer))

    def round(self) -> None:
        """Copy the network as it is now."""
        self.rounded.load_state_dict({name: each.half().float() for name, each in self.network.state_dict().items()})

    # The language model

    def stream(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """The tokens of texts in a random order, with the end-of-text token between them."""
        order = torch.randperm(len(texts), generator=self.generator).tolist()
        return torch.tensor([id for index in order for id in (*texts[index], self.network.pad_id)])

    def language_model_optimizer(self) -> torch.optim.Optimizer:
        self.network.train().requires_grad_(True)
        return torch.optim.AdamW(self.network.encoder.parameters(), lr=LANGUAGE_MODEL_RATE, betas=(0.9, 0.95))

    def language_model_loss(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T + 1) ids -> the mean loss in nats per token, and the accuracy of the next token."""
        logits, _ = self.network.encoder(ids[:, :-1])
        right = (logits.argmax(2) == ids[:, 1:]).float().mean()
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()), right

    def accumulate_language_model(self, ids: Tensor, part: float) -> float:
        """Add the gradient of a part of a batch; what it adds to the loss in nats per token."""
        loss = self.language_model_loss(ids)[0] * part
        torch.autograd.backward(loss)
        return float(loss.detach())

    @torch.no_grad()
    def language_model_validation(self, ids: Tensor) -> tuple[float, float]:
        self.network.eval()
        loss, accuracy = self.language_model_loss(ids)
        self.network.train()
        return float(loss), float(accuracy)

    # The classifier

    def groups(self) -> list[list[nn.Parameter]]:
        """The head, three groups of blocks from the last to the first, and the embeddings: five, as in the paper."""
        encoder = self.network.encoder
        groups = [[*self.network.classifier.parameters(), *encoder.ln_f.parameters()]]
        blocks = [*reversed(encoder.h)]
        size = -(-len(blocks) // BLOCK_GROUPS)
        for start in range(0, len(blocks), size):
            groups.append([each for block in blocks[start : start + size] for each in block.parameters()])
        return [*groups, [*encoder.wte.parameters(), *encoder.wpe.parameters()]]

    def unfreeze(self, count: int) -> None:
        """Let the first ``count`` groups be trained."""
        self.network.requires_grad_(False)
        for group in self.groups()[:count]:
            for parameter in group:
                parameter.requires_grad_(True)

    def optimizer(self) -> torch.optim.Optimizer:
        self.network.train()
        groups = [{"params": group, "scale": DECAY**-depth} for depth, group in enumerate(self.groups())]
        return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)

    def accumulate(self, ids: Tensor, targets: Tensor, part: float) -> float:
        """Add the gradient of a part of a batch; its share of the loss in nats."""
        loss = F.cross_entropy(self.network(ids), targets) * part
        torch.autograd.backward(loss)
        return float(loss.detach())

    def step(self, optimizer: torch.optim.Optimizer, rate: float) -> None:
        trained = [parameter for parameter in self.network.parameters() if parameter.grad is not None]
        nn.utils.clip_grad_norm_(trained, 1.0)
        set_rates(optimizer, rate)
        optimizer.step()
        optimizer.zero_grad()


class LanguageModelTraining:
    """The steps of the method. ``outcome`` is None before there is a head, and then the best one so far."""

    def __init__(self, problem: Problem, knobs: TrainTextsKnobs) -> None:
        self.problem, self.knobs = problem, knobs
        self.outcome: Outcome | None = None
        self.curves = Curves()
        self.best_loss = math.inf

    def steps(self) -> Steps[None]:
        make = partial(GradualFineTuning, self.problem.classes, self.knobs.seed)
        self.work = get_runtime().run(make, LANGUAGE_MODEL)
        self.windows = yield from divided(self.work.classifier(), self.problem.texts)
        if self.knobs.language_model_epochs:
            yield from within(self.train_language_model(), 0, 200)
        yield from within(self.train_head(), 200, 300)
        if self.knobs.fine_tune_epochs:
            yield from within(self.fine_tune(), 300, 1000)

    def rows_of(self, indices: NDArray[np.int64]) -> list[int]:
        """The windows of texts, of each the first."""
        first = np.searchsorted(self.windows.owner, indices)
        return [int(row) for row in first]

    def train_language_model(self) -> Steps[None]:
        """Epochs without labels, on the texts that are trained on."""
        work, run = self.work, get_runtime().run
        training, validation = (
            [self.windows.tokens[row].ids for row in self.rows_of(indices)]
            for indices in (self.problem.training, self.problem.validation)
        )
        held_out = run(partial(work.stream, validation))[: 16 * (SEQUENCE_LENGTH + 1)]
        held_out = held_out[: len(held_out) // 16 * 16].view(16, -1) if len(held_out) >= 64 else held_out[None]
        if held_out.shape[1] < 2:
            return
        optimizer = run(work.language_model_optimizer)
        size = SEQUENCES * SEQUENCE_LENGTH
        tokens = sum(len(ids) + 1 for ids in training)
        a_epoch = max(1, min(MAX_STEPS, tokens // size))
        epochs, done = self.knobs.language_model_epochs, 0
        for number in range(1, epochs + 1):
            stream = run(partial(work.stream, training))
            losses = []
            for start in itertools.islice(range(0, max(1, len(stream) - 1), size), a_epoch):
                ids = stream[start : start + size + 1]
                rows = ids.unfold(0, SEQUENCE_LENGTH + 1, SEQUENCE_LENGTH) if len(ids) > SEQUENCE_LENGTH else ids[None]
                rate = one_cycle(done, epochs * a_epoch, LANGUAGE_MODEL_RATE)
                loss = 0.0
                for few in torch.split(rows, SEQUENCES_A_PART):
                    loss += run(partial(work.accumulate_language_model, few, len(few) / len(rows)))
                    yield PAUSE
                run(partial(work.step, optimizer, rate))
                losses.append(loss)
                done += 1
                yield PAUSE
            loss, accuracy = run(partial(work.language_model_validation, held_out))
            self.add(Epoch(0, "language model", float(np.mean(losses)), loss, accuracy, LANGUAGE_MODEL_RATE))
            yield epoch_record(number, epochs, "Training the language model", self.curves)

    def add(self, epoch: Epoch) -> None:
        """The next epoch of the curves."""
        epochs = self.curves.epochs
        self.curves = replace(self.curves, epochs=(*epochs, replace(epoch, number=len(epochs) + 1)))

    def train_head(self) -> Steps[None]:
        """A head on the states of the language model, which no label has changed yet."""
        work = self.work
        get_runtime().run(work.round)
        classifier = work.classifier()
        by_window = yield from computed(self.windows, classifier.pad_id, classifier.features)
        features = self.windows.mean(by_window)
        trained = yield from head_on(features, self.problem, self.knobs, self.curves)
        self.curves, self.features, self.out_of_fold = trained.curves, features, trained.logits
        set_linear(work.network.classifier, trained.head)
        self.best_loss, _, self.outcome = yield from self.measured()

    def fine_tune(self) -> Steps[None]:
        """Gradual unfreezing: each epoch one group of layers more, until all are trained."""
        work, problem, run = self.work, self.problem, get_runtime().run
        optimizer = run(work.optimizer)
        rows = np.array(self.rows_of(problem.training))
        epochs, groups = self.knobs.fine_tune_epochs, len(work.groups())
        per_epoch = -(-len(rows) // TEXT_BATCH)
        done, total = 0, epochs * per_epoch
        for number in range(1, epochs + 1):
            run(partial(work.unfreeze, max(2, round(groups * min(1.0, number / max(1, epochs - 1))))))
            order = torch.randperm(len(rows), generator=work.generator).numpy()
            losses = []
            for batch in np.array_split(order, per_epoch):
                rate = one_cycle(done, total, RATE)
                loss = 0.0
                tokens = [self.windows.tokens[rows[index]] for index in batch]
                for part in batches(tokens, TOKENS_A_PART):
                    ids = padded([tokens[index] for index in part], work.network.pad_id)
                    targets = torch.from_numpy(problem.targets[problem.training[batch[part]]])
                    loss += run(partial(work.accumulate, ids, targets, len(part) / len(batch)))
                    yield PAUSE
                run(partial(work.step, optimizer, rate))
                losses.append(loss)
                done += 1
                yield PAUSE
            yield from self.after_epoch(float(np.mean(losses)))
            yield epoch_record(number, epochs, "Training all layers", self.curves)

    def after_epoch(self, loss: float) -> Steps[None]:
        """Measure, and keep the network where it is better than the best so far."""
        validation_loss, accuracy, outcome = yield from self.measured()
        self.add(Epoch(0, "all layers", loss, validation_loss, accuracy, RATE))
        if validation_loss < self.best_loss:
            self.best_loss, self.outcome = validation_loss, outcome

    def measured(self) -> Steps[tuple[float, float, Outcome]]:
        """Loss and accuracy of the network now on the validation texts, and what would be saved."""
        work, problem = self.work, self.problem
        get_runtime().run(work.round)
        classifier = work.classifier()
        windows = subset(self.windows, problem.validation)
        logits = yield from computed(windows, classifier.pad_id, classifier.logits)
        targets = problem.targets[problem.validation]
        best = temperature(torch.from_numpy(windows.mean(logits)), torch.from_numpy(targets))
        probabilities = windows.probabilities(logits, best)
        card = find_card(LANGUAGE_MODEL)
        files = tokenizer_of(card)
        tensors = {name: tensor.half() for name, tensor in work.rounded.state_dict().items()}
        config = {"architecture": work.architecture}
        outcome = Outcome(
            tensors, config, files, self.out_of_fold, best, probabilities, self.features, card=card, curves=self.curves
        )
        loss = float(measures.losses(targets, probabilities).mean())
        return loss, float((probabilities.argmax(1) == targets).mean()), outcome


def subset(windows: Windows, indices: NDArray[np.int64]) -> Windows:
    """The windows of some texts, which are numbered anew."""
    number = {int(index): place for place, index in enumerate(indices)}
    rows = [row for row, owner in enumerate(windows.owner.tolist()) if owner in number]
    owner = np.array([number[int(windows.owner[row])] for row in rows], np.int64)
    return Windows(tuple(windows.tokens[row] for row in rows), owner, windows.weight[rows])
