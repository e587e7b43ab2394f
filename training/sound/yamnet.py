"""Fine-tune the upper layers of the given YAMNet, of AudioSet, on ESC-50.

The lower layers stay as they are, so that one file of weights holds them for both models. Spectrograms of clips at
several speeds are computed once, mixed (between-class learning, Tokozume et al. 2017, arXiv:1711.10282) and masked by
SpecAugment (Park et al. 2019, arXiv:1904.08779). From sounds of no class the network learns to be unsure (outlier
exposure, Hendrycks et al. 2018, arXiv:1812.04606). The tuned weights are averaged with those that they started from
(Wortsman et al. 2021, arXiv:2109.01903).
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.augment import one_hot_smoothed, spec_augment
from training.options import CACHE
from training.precision import autocast
from training.run import CHECKPOINTS, average_with_start
from training.schedule import discriminative_groups
from training.sound.audionet import MAX_LOG_SPEED
from training.sound.clips import Clips
from training.sound.config import YamNetConfig
from training.sound.folds import fit, prepare, run_name
from training.sound.strangers import strangers
from zoo.nets.yamnet import (
    LOG_OFFSET,
    PATCH,
    SeparableLayer,
    YamNet,
    YamNetLogMel,
    at_full_scale,
    fill_silence,
    to_patches,
)

GIVEN = Path("weights") / "yamnet_audioset_fp16.pth"
MASKED = -4.0  # about the mean of the spectrograms: what a mask puts in place of a cell
MAX_GAIN, CURVE_POINTS = 0.7, 5  # random equalizer: nepers of a band at most, and points of its curve
LAST, PENALTY = 14, 0.01  # the last layer of convolutions; weight of the squared weights in the logistic regression
SPEEDS = 5  # at which a clip is played, the fastest 1.2 times the original


def given_tensors(data: Path) -> dict[str, Tensor]:
    """The given weights in float32."""
    state = torch.load(data / GIVEN, weights_only=True)
    return {name: tensor.float() for name, tensor in state.items()}


def initial_network(data: Path, num_classes: int, dropout: float = 0.0) -> YamNet:
    """The given weights with a new last layer."""
    network = YamNet(num_classes=num_classes, tuned=True, dropout=dropout)
    state = {name: tensor for name, tensor in given_tensors(data).items() if not name.startswith("dense")}
    network.load_state_dict(state, strict=False)
    return network.to(memory_format=torch.channels_last)


@torch.inference_mode()
def magnitudes(clips: Clips) -> Tensor:
    """(5, N, T, 64) float16 mel magnitudes of every clip at five speeds, at full scale, without silence.

    Computed once and cached. A clip that is played faster begins again at its end.
    """
    cached = CACHE / "esc50-yamnet.pt"
    if not cached.exists():
        log_mel, length = YamNetLogMel(), clips.samples.shape[1]
        versions = []
        for log_speed in torch.linspace(-MAX_LOG_SPEED, MAX_LOG_SPEED, SPEEDS):
            position = torch.arange(length) * log_speed.exp() % length
            before = position.long().clamp(max=length - 1)
            for part in clips.samples.split(50):
                samples = part.float()
                samples = samples[:, before].lerp(samples[:, (before + 1) % length], position - before)
                versions.append(fill_silence(log_mel(at_full_scale(samples)))[0].exp().half())
        torch.save(torch.cat(versions).unflatten(0, (SPEEDS, -1)), cached)
    loaded: Tensor = torch.load(cached, weights_only=True)
    return loaded


@torch.inference_mode()
def stranger_magnitudes() -> Tensor:
    """(240, T, 64) float16 of the sounds of none of the classes that are trained on; computed once and cached."""
    cached = CACHE / "strangers-yamnet.pt"
    if not cached.exists():
        log_mel = YamNetLogMel()
        parts = [fill_silence(log_mel(at_full_scale(each)))[0] for each in strangers(measured=False).values()]
        torch.save(torch.cat(parts).exp().half(), cached)
    loaded: Tensor = torch.load(cached, weights_only=True)
    return loaded


def random_crop(magnitude: Tensor, frames: int, generator: torch.Generator) -> Tensor:
    """(B, T, 64) -> (B, frames, 64) from a random frame on, each sound rolled."""
    count, length, bands = magnitude.shape
    start = torch.randint(length, (count, 1), generator=generator)
    source = (torch.arange(frames) + start) % length
    return magnitude.gather(1, source[..., None].expand(count, frames, bands))


def mix_magnitudes(
    magnitude: Tensor, targets: Tensor, probability: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mix a sound, (B, T, 64), with another, with this probability and in any proportion; its target likewise.

    Powers add up, as they do for waveforms of unrelated phases.
    """
    count = len(magnitude)
    weight = torch.rand(count, 1, generator=generator)
    weight = torch.maximum(weight, 1 - weight)
    weight = torch.where(torch.rand(count, 1, generator=generator) < probability, weight, 1.0)
    order = torch.randperm(count, generator=generator)
    mixed = ((weight[..., None] * magnitude).square() + ((1 - weight[..., None]) * magnitude[order]).square()).sqrt()
    return mixed, targets[order].lerp(targets, weight)


def equalize(log_mel: Tensor, generator: torch.Generator) -> Tensor:
    """(B, T, 64) with a smooth random curve over the bands, another for each sound."""
    points = (torch.rand(len(log_mel), 1, CURVE_POINTS, generator=generator) * 2 - 1) * MAX_GAIN
    return log_mel + F.interpolate(points, log_mel.shape[2], mode="linear", align_corners=True)


def pooled_features(network: YamNet, log_mel: Tensor, first_layer: int) -> Tensor:
    """(B, T, 64) -> (B, T / 96, 1024); the layers before ``first_layer``, from 1, get no gradient."""
    patches = to_patches(log_mel, PATCH)
    x = patches.flatten(0, 1)[:, None].contiguous(memory_format=torch.channels_last)
    layers = network.layers()
    with torch.no_grad(), autocast():
        for layer in layers[: first_layer - 1]:
            x = layer(x)
    x = x.float()
    for layer in layers[first_layer - 1 :]:
        x = separable(layer, x)
    return x.mean((2, 3)).view(*patches.shape[:2], -1)


@torch.no_grad()
def fit_last_layer(network: YamNet, log_mel: Tensor, labels: Tensor) -> None:
    """Fit the last layer by logistic regression on the standardized features of (N, T, 64) sounds."""
    pooled = torch.cat([pooled_features(network, part.float(), LAST) for part in log_mel.split(40)])
    statistics = torch.cat([pooled.mean(1), pooled.amax(1)], 1)  # (N, 2048)
    network.norm.running_mean, network.norm.running_var = statistics.mean(0), statistics.var(0)
    standardized = network.norm.eval()(statistics)
    weight, bias = network.dense.weight.zero_(), network.dense.bias.zero_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = F.cross_entropy(network.dense(standardized), labels) + PENALTY * network.dense.weight.square().sum()
        loss.backward()
        return loss.item()

    optimizer.step(closure)


def separable(layer: nn.Module, x: Tensor) -> Tensor:
    """A layer from the second on, with its pointwise convolution as a matrix product: faster in bfloat16.

    The gradient of the depthwise convolution is slower in it.
    """
    assert isinstance(layer, SeparableLayer)
    depthwise = F.relu(layer.depthwise_conv(x)).permute(0, 2, 3, 1)  # (B, H, W, C)
    with autocast():
        product = F.linear(depthwise, layer.pointwise_conv.weight.flatten(1), layer.pointwise_conv.bias)
    return F.relu(product.float().permute(0, 3, 1, 2))


@torch.inference_mode()
def predict(network: YamNet, samples: Tensor) -> Tensor:
    """(N, samples) of any type -> (N, num_classes) logits."""
    network.eval()
    logits = [network(part.float()) for part in samples.split(50)]
    network.train()
    return torch.cat(logits)


def train(data: Path, name: str, config: YamNetConfig) -> None:
    """Write .checkpoints/NAME.pt, or NAME-fold-FOLD.pt where a fold is held out."""
    split = prepare(data, config)
    clips, generator = split.clips, split.generator
    known, outside = magnitudes(clips), stranger_magnitudes()
    num_classes = len(clips.names)
    network = initial_network(data, num_classes, config.dropout)
    first_fit = known[SPEEDS // 2, split.train].float().log()
    fit_last_layer(network, first_fit, clips.labels[split.train])
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    trained = [*network.layers()[config.first_layer - 1 :], network.dense]
    network.requires_grad_(requires_grad=False)
    for layer in trained:
        layer.requires_grad_()
    groups = discriminative_groups(trained, config.learning_rate or 1e-3, config.layer_decay)
    optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)

    def batch_loss(indices: Tensor) -> Tensor:
        network.norm.eval()  # its statistics are those of the given features
        speed = torch.randint(SPEEDS, (len(indices),), generator=generator)
        magnitude = random_crop(known[speed, indices].float(), config.frames, generator)
        targets = one_hot_smoothed(clips.labels[indices], num_classes, config.label_smoothing)
        magnitude, targets = mix_magnitudes(magnitude, targets, config.mix_probability, generator)
        if config.strangers:
            chosen = torch.randint(len(outside), (config.strangers,), generator=generator)
            foreign = random_crop(outside[chosen].float(), config.frames, generator)
            magnitude = torch.cat([magnitude, foreign])
            targets = torch.cat([targets, torch.full((config.strangers, num_classes), 1 / num_classes)])
        log_mel = equalize(magnitude.clamp(min=LOG_OFFSET).log(), generator)
        masked = spec_augment(
            log_mel.transpose(1, 2), config.max_masked_bands, config.max_masked_frames, MASKED, generator
        )
        logits = network.classify(pooled_features(network, masked.transpose(1, 2), config.first_layer))
        return F.cross_entropy(logits, targets)

    run = run_name(name, config.hold_out)
    fit(run, split, network, optimizer, batch_loss, lambda indices: predict(network, clips.samples[indices]), config)
    if config.learning_rate:
        average_with_start(CHECKPOINTS / f"{run}.pt", start, config.tuned_share)
