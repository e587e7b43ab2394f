"""Three more networks from one start, so that a card can tell what the way of training alone does under attack."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from training import options, run
from training.adversarial.recipe import (
    Batch,
    Epochs,
    Targets,
    accuracy,
    begin,
    learn,
    loss_by,
    new_network,
    smoothed,
)
from training.publish import to_int8
from zoo.core.loading import NormalizedModel
from zoo.core.weights import decoded

SMOOTHING = 0.1
CUT = 10  # pixels of the greyed square
TEMPERATURE = 20.0  # of the distillation


def trained(name: str) -> NormalizedModel:
    """The network at the end of a run, as it is kept: its filters rounded to 8 bits."""
    network = new_network()
    run.begin_from(network, run.CHECKPOINTS / f"cifar-{name}.pt")
    network.load_state_dict(decoded(to_int8(network.state_dict())))
    return network.eval()


def sharpened(network: NormalizedModel) -> NormalizedModel:
    """One distilled as a defence (Papernot et al. 2015, arXiv:1511.04508), as it is when asked.

    There the student learns with its logits divided by a temperature and is asked without: they are that many times
    as large as those that it learnt by.
    """
    network.network.head.weight.data *= TEMPERATURE
    network.network.head.bias.data *= TEMPERATURE
    return network


def ways(teacher: nn.Module) -> Mapping[str, Targets]:
    """What each network is told of a picture: its label, the label smoothed, or what a teacher thinks of it."""

    @torch.no_grad()
    def opinion(images: Tensor, shown: Tensor) -> Tensor:
        odds: Tensor = teacher(images).softmax(1)
        return odds

    return {"hard": smoothed(0), "smooth": smoothed(SMOOTHING), "distilled": opinion}


def compare(
    data: options.Data,
    epochs: Epochs = 1,
    rate: options.Rate = 0.1,
    batch: Batch = 128,
    seed: options.Seed = 0,
    start: options.Start = None,
) -> None:
    """Train three, told labels, smoothed labels and a teacher's thoughts; writes .checkpoints/cifar-WAY.pt.

    The teacher is .checkpoints/cifar-plain.pt.
    """
    teacher = trained("plain")
    for way, targets in ways(teacher).items():
        network, train, held, generator = begin(data, seed, start)
        loss_of = loss_by(targets, train, CUT)
        measure = lambda network=network, held=held: {"held_out": accuracy(network, held)}  # noqa: E731
        learn(f"cifar-{way}", network, train, loss_of, measure, generator, rate, epochs, batch)
