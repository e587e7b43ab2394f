"""Defensive distillation (Papernot et al. 2015, arXiv:1511.04508), which a card compares with adversarial training."""

from training.adversarial.training_loop import checkpoint, make_network
from training.publish import to_int8
from training.run import load_weights
from zoo.core.loading import NormalizedModel
from zoo.core.weights import decoded

TEMPERATURE = 20.0


def load_trained(name: str) -> NormalizedModel:
    """The network of .checkpoints/NAME.pt as it is published: filters rounded to 8 bits, in ``eval()`` mode."""
    network = make_network()
    load_weights(network, checkpoint(name))
    network.load_state_dict(decoded(to_int8(network.state_dict())))
    return network.eval()


def remove_temperature(network: NormalizedModel) -> NormalizedModel:
    """Multiply the logits by the temperature of the distillation, in place.

    The student is trained with its logits divided by the temperature and used without: its logits are then that many
    times as large as in training. Here it is trained without a temperature, and its head is scaled instead.
    """
    network.network.head.weight.data *= TEMPERATURE
    network.network.head.bias.data *= TEMPERATURE
    return network
