"""YAMNet to assets/models: as it is given, and with the upper layers that were fine-tuned on ESC-50.

The second folder holds only what differs from the first.
"""

import csv
from pathlib import Path

import torch
from torch import Tensor

from training import options, recipes
from training.publish import Predictions, save_model, to_metric, write_card
from training.sound import yamnet
from training.sound.bundle import held_out_logits, load_checkpoint, measured_folds, publish, rounded
from training.sound.clips import esc50
from training.sound.config import YamNetConfig
from training.sound.strangers import strangers
from zoo.core.cards import Metric
from zoo.core.weights import decoded
from zoo.nets.yamnet import YamNet

YAMNET, AUDIOSET = "sound-yamnet", "sound-yamnet-audioset"
ENSEMBLE_WEIGHT = 1.0  # set before anything was measured: the other models' checkpoints of a held-out fold are not kept
PUBLISHED = Metric("mean average precision", 0.306, "20,366 segments of AudioSet, as published", "average precision")
HEARD = 0.3  # score from which a class of AudioSet is heard: of several classes at a time, none needs a half


def audioset_classes(data: Path) -> list[dict[str, str]]:
    """The 521 classes with their ids in AudioSet's ontology."""
    with (data / "weights" / "yamnet_classes.csv").open(newline="") as file:
        return [{"id": row["mid"], "label": row["display_name"]} for row in csv.DictReader(file)]


def bundle_given(data: Path) -> None:
    """Write the published network."""
    classes = audioset_classes(data)
    config = {
        "exhibit": "sound",
        "title": "YAMNet on AudioSet",
        "architecture": {"kind": "yamnet", "num_classes": len(classes)},
        "spatial_dims": 2,
        "multi_label": True,
        "temperature": 1.0,
        "unsure_below": HEARD,
        "classes": classes,
    }
    folder = save_model(AUDIOSET, config, rounded(yamnet.given_tensors(data)))
    write_card(folder, Path(__file__).with_name(f"{AUDIOSET}.md"), [PUBLISHED], {})


def own_tensors(tensors: dict[str, Tensor], first_layer: int) -> dict[str, Tensor]:
    """Those of the last layer and of the layers from ``first_layer``, from 1, on."""
    names = ["norm", "dense", *(f"layer{number}" for number in range(first_layer, 15))]
    return {name: tensor for name, tensor in tensors.items() if name.split(".")[0] in names}


@torch.inference_mode()
def sure_of_strangers(network: YamNet, temperature: float, threshold: float) -> dict[str, float]:
    """The fraction of each kind of sound outside of the classes whose answer is not marked as unsure."""
    network.eval()
    fractions = {}
    for kind, samples in strangers().items():
        confidence = torch.cat([(network(part) / temperature).softmax(1).amax(1) for part in samples.split(20)])
        fractions[kind] = (confidence >= threshold).float().mean().item()
    return fractions


def bundle_yamnet(data: options.Data) -> None:
    """Calibrate, measure and write assets/models/sound-yamnet, and sound-yamnet-audioset that it starts from.

    The weights are of the run on all folds; the runs that hold out a fold measure.
    """
    bundle_given(data)
    clips = esc50(data)
    network = yamnet.initial_network(data, len(clips.names))
    logits = held_out_logits(YAMNET, network, clips)
    indices = clips.indices(measured_folds(YAMNET))
    predictions = Predictions(logits[indices], clips.labels[indices])
    temperature = round(predictions.temperature(), 3)
    tensors = load_checkpoint(YAMNET, 0)
    network.load_state_dict(decoded(tensors))
    sure = sure_of_strangers(network, temperature, predictions.threshold(temperature))
    everywhere = sum(sure.values()) / len(sure)
    metric = to_metric(
        "sounds of none of the classes that are marked as unsure",
        1 - everywhere,
        "300 synthetic sounds: speech, music, game effects, tones, drums; 19 in 20 right answers are kept",
    )
    config = recipes.load(YAMNET).config
    assert isinstance(config, YamNetConfig)
    facts = {"strangers": ", ".join(f"{kind} {value:.0%}" for kind, value in sure.items())}
    architecture = {"kind": "yamnet", "num_classes": len(clips.names), "tuned": True}
    folder_config = {
        "title": "YAMNet on ESC-50",
        "base": AUDIOSET,
        "architecture": architecture,
        "spatial_dims": 2,
        "ensemble_weight": ENSEMBLE_WEIGHT,
    }
    own = own_tensors(tensors, config.first_layer)
    publish(YAMNET, folder_config, clips, logits, own, [metric], facts)
