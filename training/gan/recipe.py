"""Train a generator of Fashion-MNIST against a discriminator: ours, or a plain DCGAN, by the config.

The plain recipe is that of Radford et al. 2016 (arXiv:1511.06434): batch normalisation in both networks, the
non-saturating loss, Adam with 2e-4 and 0.5 for both. In ours both networks are given the class (Mirza and Osindero
2014, arXiv:1411.1784), rates start higher and fall to zero, and the generator is an average of its weights (Yazici et
al. 2019, arXiv:1806.04498) with batch statistics of its own.
"""

import copy
from pathlib import Path

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.gan.discriminator import Discriminator, initialise
from training.gan.fashion import CLASSES, Pictures, training_pictures
from training.gan.frechet import feature_network, features_of
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run
from training.schedule import constant, linear_decay
from zoo.exhibits.gan.frechet import Statistics, frechet_distance
from zoo.nets.dcgan import DCGANGenerator

LOG_EVERY, MEASURE_EVERY, N_MEASURED = 100, 1000, 5000  # steps, steps, pictures
N_STATISTICS = 20  # batches of 500 that statistics are taken over


class GanConfig(RecipeConfig):
    conditional: bool = Field(default=True, description="Whether both networks are given the class.")
    average: float = Field(default=0.998, ge=0, lt=1, description="Decay of the generator's average; 0: none.")
    decay: bool = Field(
        default=True, description="Learning rates that fall to zero in the second half, or constant ones."
    )
    latent: int = Field(default=64, ge=1, description="Numbers of noise.")
    channels: int = Field(default=128, ge=8, description="Of the generator's first layer.")
    discriminator_channels: int = Field(default=64, ge=8, description="Of the discriminator's first layer.")
    generator_rate: float = Field(default=3e-4, gt=0, description="Learning rate of the generator.")
    discriminator_rate: float = Field(default=3e-4, gt=0, description="Learning rate of the discriminator.")
    batch_size: int = Field(default=64, ge=2, description="Pictures in a batch.")
    epochs: int = Field(default=3, ge=1, description="Passes over the pictures.")


class Pair(nn.Module):
    """Both networks, and the average of the generator's weights where there is one."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        n_classes = len(CLASSES) if config.conditional else 0
        self.generator = DCGANGenerator(latent=config.latent, n_classes=n_classes, channels=config.channels)
        self.discriminator = Discriminator(channels=config.discriminator_channels, n_classes=n_classes)
        initialise(self)
        averaging = get_ema_multi_avg_fn(config.average)
        self.average = AveragedModel(self.generator, multi_avg_fn=averaging) if config.average else None

    @property
    def best(self) -> DCGANGenerator:
        """The generator to use: the average where there is one."""
        network = self.average.module if self.average is not None else self.generator
        assert isinstance(network, DCGANGenerator)
        return network


def draw_inputs(network: DCGANGenerator, labels: Tensor, generator: torch.Generator) -> Tensor:
    """(B, latent + n_classes) for (B,) class indices."""
    noise = torch.randn(len(labels), network.latent, generator=generator)
    return torch.cat((noise, F.one_hot(labels, network.n_classes)), 1) if network.n_classes else noise


@torch.no_grad()
def with_own_statistics(network: DCGANGenerator) -> DCGANGenerator:
    """A copy whose batch normalisations have the statistics of its own weights, for use in evaluation mode.

    Those that were collected in training are of other weights than an average (Brock et al. 2018, arXiv:1809.11096,
    appendix D, "standing statistics").
    """
    network = copy.deepcopy(network).train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean over all batches
    generator = torch.Generator().manual_seed(0)
    for _ in range(N_STATISTICS):
        network(draw_inputs(network, torch.arange(500) % len(CLASSES), generator))
    return network.eval().requires_grad_(False)


@torch.inference_mode()
def generated(network: DCGANGenerator, count: int, seed: int = 0) -> Tensor:
    """(count, 1, 28, 28) in [-1, 1], the classes in turn."""
    inputs = draw_inputs(network, torch.arange(count) % len(CLASSES), torch.Generator().manual_seed(seed))
    return torch.cat([network(batch) for batch in inputs.split(500)])


def train(data: Path, name: str, config: GanConfig) -> None:
    """Write .checkpoints/NAME.pt. The checkpoint of ``fashion-features`` must exist: the log has its distance."""
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    pair = Pair(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    training, chosen = training_pictures(data)
    measure = feature_network()
    target = Statistics.of(features_of(measure, chosen.pixels))
    groups = [
        {"params": list(pair.generator.parameters()), "lr": config.generator_rate},
        {"params": list(pair.discriminator.parameters()), "lr": config.discriminator_rate},
    ]
    optimizer = torch.optim.Adam(groups, betas=(0.5, 0.999))  # of both: it leaves a network without gradients alone
    generator = torch.Generator().manual_seed(config.seed)
    schedule = linear_decay if config.decay else constant
    sizes = [28] * config.epochs
    run = Run(name, pair, optimizer, generator, len(training.labels), config.batch_size, sizes, schedule=schedule)
    for step, _, indices in run.steps():
        losses = train_step(pair, Pictures(training.pixels[indices], training.labels[indices]), run)
        if step % LOG_EVERY == 0:
            run.log(step, **losses)
        if step % MEASURE_EVERY == 0 or step == run.total:
            made = Statistics.of(features_of(measure, generated(with_own_statistics(pair.best), N_MEASURED)))
            run.log(step, distance=frechet_distance(made, target))


def train_step(pair: Pair, real: Pictures, run: Run) -> dict[str, float]:
    """One step of the discriminator, then one of the generator; the losses before each."""
    pixels = real.pixels.contiguous(memory_format=torch.channels_last)
    labels = torch.randint(len(CLASSES), real.labels.shape, generator=run.generator)
    with autocast():
        fake = pair.generator(draw_inputs(pair.generator, labels, run.generator))
        scores = pair.discriminator(pixels, real.labels), pair.discriminator(fake.detach(), labels)
    loss = F.softplus(-scores[0].float()).mean() + F.softplus(scores[1].float()).mean()
    run.optimizer.zero_grad()
    loss.backward()
    run.optimizer.step()
    run.optimizer.zero_grad()
    pair.discriminator.requires_grad_(False)
    with autocast():
        scored = pair.discriminator(fake, labels)
    own = F.softplus(-scored.float()).mean()
    own.backward()
    pair.discriminator.requires_grad_(True)
    run.optimizer.step()
    run.scheduler.step()
    if pair.average is not None:
        pair.average.update_parameters(pair.generator)
    return {"discriminator": float(loss.detach()), "generator": float(own.detach())}
