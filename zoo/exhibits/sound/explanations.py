"""Which part of a sound is evidence for a class: Grad-CAM over time and frequency."""

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.gradcam import grad_cam
from zoo.core.inputs import SoundLike, as_sound
from zoo.core.runtime import get_runtime
from zoo.exhibits.sound.drawing import draw_spectrogram
from zoo.exhibits.sound.knobs import RATE, ExplanationKnobs
from zoo.exhibits.sound.predict import mask_of, probabilities, sound_card
from zoo.exhibits.sound.results import SoundExplanation
from zoo.exhibits.sound.spectrograms import log_mel_spectrogram
from zoo.exhibits.sound.windows import TOO_QUIET, Samples, is_too_quiet, window, window_notes
from zoo.nets.specaugment import SpecAugmentMask


def explanation(sound: SoundLike, knobs: ExplanationKnobs | None = None) -> SoundExplanation:
    """Grad-CAM of five seconds of a sound for one class (Selvaraju et al. 2016, arXiv:1610.02391).

    A network of waveforms has a feature map over time alone: its heat has one row. Raises InputError for a class that
    the model does not have, a start beyond the end, or a window that is too quiet to classify.
    """
    knobs = knobs or ExplanationKnobs()
    card = sound_card(knobs.model)
    decoded = as_sound(sound, RATE)
    samples = window(decoded, knobs.start)
    if is_too_quiet(samples):
        raise InputError(f"{TOO_QUIET} Start elsewhere.")
    target = target_class(samples, card, knobs)
    compute = partial(
        masked_grad_cam,
        samples=samples,
        mask=mask_of(knobs),
        target=target,
        spatial_dims=card.config.get("spatial_dims", 2),
    )
    heat = get_runtime().run(compute, card.name)
    decibels = log_mel_spectrogram(samples, knobs).decibels
    picture = draw_spectrogram(decibels, knobs.top_db, heat, knobs.opacity / 100, knobs)
    name = card.classes[target]
    notes = window_notes(decoded, knobs.start)
    return SoundExplanation(card.name, card.restriction, knobs.start, name.id, name.label, heat, picture, notes)


def target_class(samples: Samples, card: Card, knobs: ExplanationKnobs) -> int:
    """The index of the class asked for, or of the most probable one."""
    if knobs.target.strip():
        return card.class_index(knobs.target)
    return int(probabilities(card.name, [samples], mask_of(knobs))[0].argmax())


def masked_grad_cam(
    network: nn.Module, samples: Samples, mask: SpecAugmentMask | None, target: int, spatial_dims: int
) -> NDArray[np.float32]:
    """(h, w) in [0, 1]. Call it in the worker only."""
    return grad_cam(MaskedModel(network, mask), torch.from_numpy(samples)[None], target, spatial_dims)


class MaskedModel(nn.Module):
    """A network with a mask on its input."""

    def __init__(self, network: nn.Module, mask: SpecAugmentMask | None) -> None:
        super().__init__()
        self.network, self.mask = network, mask

    def forward(self, samples: torch.Tensor) -> object:
        return self.network(samples, self.mask)
