"""From checkpoints to assets/models: the generator and the network that measures it, with figures just measured."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training import options
from training.gan.fashion import CLASSES, Pictures, read, training_pictures
from training.gan.features import accuracy
from training.gan.frechet import FEATURES, feature_network, features_of
from training.gan.recipe import GanConfig, Pair, generated, with_own_statistics
from training.publish import save_model, to_half, to_metric, write_card
from training.recipes import load
from training.run import CHECKPOINTS
from zoo.core.cards import bundled_cards
from zoo.exhibits.gan.frechet import Statistics, frechet_distance
from zoo.exhibits.gan.knobs import MODEL
from zoo.nets.dcgan import DCGANGenerator

PLAIN = "fashion-dcgan"
N_MEASURED = 10_000  # pictures, as many as are held out
N_COPIES = 2000  # generated pictures whose nearest training picture is searched for
HELD_OUT = "10,000 pictures of Fashion-MNIST held out"
HERE = Path(__file__).parent


def trained_generator(name: str) -> DCGANGenerator:
    """The generator of a checkpoint, in evaluation mode."""
    config = load(name).config
    assert isinstance(config, GanConfig)
    pair = Pair(config)
    pair.load_state_dict(torch.load(CHECKPOINTS / f"{name}.pt", map_location="cpu", weights_only=True)["network"])
    return with_own_statistics(pair.best)


def nearest(features: NDArray[np.float64], training: NDArray[np.float64]) -> float:
    """The median distance of (N, F) features to the nearest of the training pictures."""
    known = torch.from_numpy(training).float()
    least = [torch.cdist(batch, known).min(1).values for batch in torch.from_numpy(features).float().split(500)]
    return torch.cat(least).median().item()


def bundle(data: options.Data) -> None:
    """Write assets/models/fashion-gan and fashion-features from the checkpoints; the plain DCGAN is only measured."""
    held_out, (training, _) = read(data, "t10k"), training_pictures(data)
    network = feature_network()
    write_features(held_out)
    real = features_of(network, held_out.pixels)
    target = Statistics.of(real)
    sample = torch.randperm(len(training.labels), generator=torch.Generator().manual_seed(0))[:N_MEASURED]
    floor = frechet_distance(Statistics.of(features_of(network, training.pixels[sample])), target)
    generator = trained_generator(MODEL)
    tensors = {name: to_half(tensor) for name, tensor in generator.state_dict().items()}
    architecture = {
        "kind": "dcgan-generator",
        "latent": generator.latent,
        "n_classes": generator.n_classes,
        "channels": generator.channels,
    }
    config = {
        "exhibit": "gan",
        "title": "Generator of clothes",
        "architecture": architecture,
        "classes": [{"id": "", "label": name} for name in CLASSES],
        "features": FEATURES,
    }
    folder = save_model(MODEL, config, tensors)
    generator.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})  # as it is bundled
    made = generated(generator, N_MEASURED, seed=1)
    features = features_of(network, made)
    ours = frechet_distance(Statistics.of(features), target)
    plain = plain_distance(network, target)
    learned = features_of(network, training.pixels)
    copies = nearest(features[:N_COPIES], learned) / nearest(real[:N_COPIES], learned)
    with torch.inference_mode():
        classes = torch.cat([network(batch) for batch in made.split(500)]).argmax(1)
    right = (classes == torch.arange(len(made)) % len(CLASSES)).float().mean().item()
    metrics = [
        to_metric("feature distance", ours, HELD_OUT),
        to_metric("accuracy of the asked-for class, by fashion-features", right, "10,000 generated pictures"),
    ]
    words = {"floor": floor, "ours": ours, "plain": plain, "copies": copies, "recipe": MODEL}
    print(words | {"right": right})
    write_card(folder, HERE / f"{MODEL}.md", metrics, words)
    bundled_cards.cache_clear()


def plain_distance(network: torch.nn.Module, target: Statistics) -> float:
    """That of the plain DCGAN, of equal size and trained for as many steps."""
    made = generated(trained_generator(PLAIN), N_MEASURED, seed=1)
    return frechet_distance(Statistics.of(features_of(network, made)), target)  # type: ignore[arg-type]


def write_features(held_out: Pictures) -> None:
    """The folder of the network that measures."""
    network = feature_network()
    tensors = {name: to_half(tensor) for name, tensor in network.state_dict().items()}
    channels = len(tensors["features.0.weight"])
    config = {
        "exhibit": "feature-extraction",
        "title": "Small classifier of clothes",
        "architecture": {"kind": "small-convnet", "num_classes": len(CLASSES), "channels": channels},
        "classes": [{"id": "", "label": name} for name in CLASSES],
    }
    folder = save_model(FEATURES, config, tensors)
    network.load_state_dict({name: tensor.to(network.state_dict()[name].dtype) for name, tensor in tensors.items()})
    metrics = [to_metric("top-1 accuracy", accuracy(network, held_out), HELD_OUT)]
    write_card(folder, HERE / f"{FEATURES}.md", metrics, {"recipe": FEATURES})
