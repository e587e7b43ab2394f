"""Train the small classifier of Fashion-MNIST whose features compare sets of pictures."""

from pathlib import Path

import torch
from pydantic import Field
from torch.nn import functional as F

from training.gan.fashion import CLASSES, Pictures, training_pictures
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run
from zoo.nets.dcgan import SmallConvNet

SHIFT = 2  # pixels at most, as augmentation
EVALUATION_BATCH = 500


class FeaturesConfig(RecipeConfig):
    epochs: int = Field(default=6, ge=1, description="Passes over the pictures.")
    batch_size: int = Field(default=250, ge=1, description="Pictures in a batch.")
    learning_rate: float = Field(default=4e-3, gt=0, description="Peak learning rate.")
    channels: int = Field(default=32, ge=1, description="Of the first layer; the features are four times as many.")


@torch.inference_mode()
def accuracy(network: SmallConvNet, pictures: Pictures) -> float:
    """The fraction of pictures whose most probable class is theirs."""
    network.eval()
    logits = torch.cat([network(batch) for batch in pictures.pixels.split(EVALUATION_BATCH)])
    network.train()
    return (logits.argmax(1) == pictures.labels).float().mean().item()


def train(data: Path, name: str, config: FeaturesConfig) -> None:
    """Write .checkpoints/NAME.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    network = SmallConvNet(num_classes=len(CLASSES), channels=config.channels)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    training, chosen = training_pictures(data)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    run = Run(name, network, optimizer, generator, len(training.labels), config.batch_size, [28] * config.epochs)
    for step, _, indices in run.steps():
        pixels = F.pad(training.pixels[indices], (SHIFT,) * 4, value=-1)
        down, right = torch.randint(2 * SHIFT + 1, (2,), generator=generator).tolist()
        with autocast():
            logits = network(pixels[..., down : down + 28, right : right + 28])
        loss = F.cross_entropy(logits.float(), training.labels[indices], label_smoothing=0.1)
        run.minimize(loss)
        if step % run.steps_per_epoch == 0:
            run.log(step, loss=float(loss.detach()), accuracy=accuracy(network, chosen))
