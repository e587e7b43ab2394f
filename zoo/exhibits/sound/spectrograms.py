"""Pictures of sounds: log-mel spectrograms as they are drawn and as a network hears them, and what decided."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import nn

from zoo.core.gradcam import apply_colormap, grad_cam
from zoo.core.runtime import get_runtime
from zoo.exhibits.sound.knobs import RATE, SoundKnobs, SpectrogramKnobs
from zoo.exhibits.sound.predict import Samples, hidden_by, sound_card
from zoo.nets.logmel import LogMel, below_peak, mel_edges
from zoo.nets.specaugment import SpecAugmentMask

SHADE = (15, 107, 92)  # what covers the hidden parts


@dataclass(frozen=True)
class Spectrogram:
    """``decibels``: (mels, frames) in [-span, 0], low bands first; ``hertz``: the middle of each band; ``seconds``."""

    decibels: NDArray[np.float32]
    hertz: NDArray[np.float32]
    seconds: float
    span: float


def spectrogram(samples: Samples, knobs: SpectrogramKnobs | None = None) -> Spectrogram:
    """The log-mel spectrogram of mono samples at 16,000 a second, as ``knobs`` ask."""
    knobs = knobs or SpectrogramKnobs()
    mel = LogMel(RATE, knobs.fft, min(knobs.hop, knobs.fft), knobs.mels)
    decibels = below_peak(mel(torch.from_numpy(samples)[None]), knobs.span)[0]
    hertz = mel_edges(RATE, knobs.mels)[1:-1]
    return Spectrogram(decibels.numpy(), hertz.float().numpy(), len(samples) / RATE, float(knobs.span))


def explain(samples: Samples, model: str, label: str, knobs: SoundKnobs | None = None) -> NDArray[np.float32]:
    """(h, w) in [0, 1], low bands first: what in five seconds speaks for a class, by Grad-CAM (arXiv:1610.02391).

    A network of waveforms tells moments only: h is 1. Raises InputError for a class that the model does not know.
    """
    card = sound_card(model)
    target = card.class_index(label)
    hidden = hidden_by(knobs or SoundKnobs(), card)
    dimensions = card.config["feature_dimensions"]

    def trace(network: nn.Module) -> NDArray[np.float32]:
        return grad_cam(_Hiding(network, hidden), torch.from_numpy(samples)[None], target, dimensions)

    return get_runtime().run(trace, model)


class _Hiding(nn.Module):
    """A network that is told what it may not hear."""

    def __init__(self, network: nn.Module, hidden: SpecAugmentMask | None) -> None:
        super().__init__()
        self.network, self.hidden = network, hidden

    def forward(self, samples: torch.Tensor) -> object:
        return self.network(samples, self.hidden)


def draw(
    seen: Spectrogram,
    heat: NDArray[np.float32] | None = None,
    opacity: float = 0.0,
    hidden: SoundKnobs | None = None,
    size: tuple[int, int] = (960, 320),
) -> Image.Image:
    """The spectrogram in colours, high bands above; ``heat`` lies on it as light, what is hidden under a shade.

    ``opacity`` in [0, 1]: how far all that did not decide is dimmed.
    """
    grey = np.flipud(1 + seen.decibels / seen.span)
    picture = Image.fromarray(apply_colormap(grey).round().astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    if heat is not None and opacity > 0:
        light = Image.fromarray((np.flipud(heat) * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        weight = 1 - opacity * (1 - np.asarray(light, np.float32)[..., None] / 255)
        picture = Image.fromarray((np.asarray(picture) * weight).round().astype(np.uint8))
    if hidden is not None:
        _shade(picture, hidden, seen)
    return picture


def _shade(picture: Image.Image, knobs: SoundKnobs, seen: Spectrogram) -> None:
    """Cover what the knobs hide, whatever bands the picture is drawn with."""
    width, height = picture.size
    brush = ImageDraw.Draw(picture, "RGBA")
    if knobs.hide_seconds:
        edges = [min(t / seen.seconds, 1) * width for t in (knobs.hide_from, knobs.hide_from + knobs.hide_seconds)]
        brush.rectangle((edges[0], 0, edges[1], height), fill=(*SHADE, 235))
    if knobs.hide_bands:
        bands = 128
        low, high = knobs.hide_band / bands, min(knobs.hide_band + knobs.hide_bands, bands) / bands
        brush.rectangle((0, (1 - high) * height, width, (1 - low) * height), fill=(*SHADE, 235))


def ticks(seen: Spectrogram) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Where an axis says what, as shares of the picture's (width, height from below): seconds and hertz."""
    step = next(s for s in (0.1, 0.5, 1, 5, 10, 60) if seen.seconds / s <= 10 or s == 60)
    times = [(second / seen.seconds, f"{second:g} s") for second in np.arange(0, seen.seconds + 1e-6, step)]
    marks = (200, 500, 1000, 2000, 4000)
    place = np.interp(marks, seen.hertz, (np.arange(len(seen.hertz)) + 0.5) / len(seen.hertz))
    names = [f"{hertz // 1000} kHz" if hertz >= 1000 else f"{hertz} Hz" for hertz in marks]
    return times, list(zip(place.tolist(), names, strict=True))


def waveform(samples: Samples, columns: int = 480) -> NDArray[np.float32]:
    """(columns, 2): the least and the greatest sample in each of as many stretches of equal length."""
    if len(samples) < columns:
        samples = np.pad(samples, (0, columns - len(samples)))
    edges = np.linspace(0, len(samples), columns + 1).astype(int)[:-1]
    return np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], 1)
