"""ResNet-18 from scratch on 64-pixel pictures, from labels and by distillation from MobileNetV2 teachers."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.classify.batches import Teacher, TrainingBatches, accuracy, fit, print_range_test
from training.classify.config import ResNetConfig
from training.classify.networks import imagenet_indices, initial_checkpoint, load_teachers, resnet_input
from training.muon import Muon, split_groups
from training.pictures import tiny_imagenet
from training.precision import autocast
from training.run import Run, load_weights
from training.schedule import discriminative_groups, epoch_sizes
from zoo.core.device import pick_device
from zoo.nets.resnet import BasicBlock, ResNet18

CROP_SIZE = 160  # of the teachers' inputs; the student gets the same crops, smaller
RANGE_TEST = (1e-3, 1.0)


def restricted(imagenet: Tensor, teacher: Teacher) -> Teacher:
    """A teacher's probabilities among the classes ``imagenet`` alone, renormalized to sum to 1."""

    def probabilities(inputs: Tensor) -> Tensor:
        selected = teacher(inputs)[:, imagenet]
        return selected / selected.sum(1, keepdim=True)

    return probabilities


def initialize(network: nn.Module) -> None:
    """He initialization (arXiv:1502.01852), with residual blocks that start as the identity (arXiv:1706.02677)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)


def optimizer_of(network: ResNet18, config: ResNetConfig) -> Muon:
    """Muon, with rates that fall towards the stem where ``layer_decay`` is below 1."""
    stem = nn.Sequential(network.conv1, network.bn1)
    layers = [stem, network.layer1, network.layer2, network.layer3, network.layer4, network.fc]
    rate = config.learning_rate or 0.1
    return Muon(split_groups(discriminative_groups(layers, rate, config.layer_decay)), lr=rate, momentum=0.8)


def train(data: Path, name: str, config: ResNetConfig) -> None:
    """Write .checkpoints/NAME.pt. ``data``: images/ and weights/ as training/README.md describes."""
    device = pick_device()
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    generator = torch.Generator(device).manual_seed(config.seed)
    labelled, held_out = tiny_imagenet(data, options.CACHE)
    imagenet = imagenet_indices(labelled.wnids)
    teachers = [restricted(imagenet, teacher) for teacher in load_teachers(config.teachers, data, imagenet, device)]
    num_classes, n_samples = len(labelled.wnids), len(labelled.labels)
    network = ResNet18(num_classes=num_classes)
    initialize(network)
    load_weights(network, initial_checkpoint(config.init_from))
    network.to(device, memory_format=torch.channels_last)
    optimizer = optimizer_of(network, config)
    images, labels = labelled.images.to(device), labelled.labels.to(device)
    batches = TrainingBatches(images, labels, num_classes, config, teachers, generator)

    def batch_loss(indices: Tensor, size: int) -> Tensor:
        inputs, targets = batches.batch(indices, CROP_SIZE)
        network.train()
        with autocast(device):
            logits = network(resnet_input(inputs, size))
        return F.cross_entropy(logits.float(), targets)

    if not config.learning_rate:
        print_range_test(optimizer, n_samples, config, batch_loss, RANGE_TEST)
        return
    run = Run(name, network, optimizer, generator, n_samples, config.batch_size, epoch_sizes(config.sizes))
    fit(run, batch_loss, lambda: accuracy(network, held_out.images, held_out.labels, prepared))


def prepared(images: Tensor) -> Tensor:
    """(B, 3, 64, 64) uint8 -> the input of the bundled network."""
    return resnet_input(images.float() / 255)
