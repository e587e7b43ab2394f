"""The features of a text classifier of the hub, with a head for other classes.

The user model has the head alone; the hub's own files, which are large, are loaded with it.
"""

from torch import nn

from zoo.core import loading
from zoo.core.cards import HEAD_OF, find_card
from zoo.core.loading import TokenizedModel
from zoo.core.steps import Progress, Steps
from zoo.exhibits.sentiment import HubHead
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs
from zoo.exhibits.train.texts.methods import Outcome, Problem, with_head


def frozen_hub_model(problem: Problem, knobs: TrainTextsKnobs) -> Steps[Outcome]:
    """Features of the hub's model, each text once, then a head on them; a job. Raises InputError for some models."""
    card = find_card(knobs.model)
    yield Progress(0, message="Loading the model of the hub")
    model = loading.load(card.name)  # a copy of its own: its last layer is replaced
    assert isinstance(model, TokenizedModel)
    model.eval().requires_grad_(False)
    head = _last_linear(model.network)
    config = {"architecture": {"kind": "head", "num_classes": problem.classes}, HEAD_OF: card.name, "head": head}
    classifier = HubHead(card, model, head)
    return (yield from with_head(problem, knobs, classifier, config, {}, card))


def _last_linear(network: nn.Module) -> str:
    """The name of the last linear layer of a network, "" where there is none."""
    names = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    return names[-1] if names else ""
