"""What the recipes do to sounds before a network hears them."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from training.augment import mixup_sounds, spec_augment
from training.sound.audionet import between, varied
from training.sound.clips import RATE, Clips
from training.sound.spectrogram import shifted


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def tones(*hertz: float) -> torch.Tensor:
    time = torch.arange(2 * RATE) / RATE
    return torch.stack([0.3 * torch.sin(2 * torch.pi * each * time) for each in hertz])


def pitch(samples: torch.Tensor) -> float:
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[np.abs(np.fft.rfft(samples.numpy())).argmax()])


def test_mixed_sounds_add_their_powers_and_share_their_targets() -> None:
    decibels = torch.full((4, 8, 10), -80.0)
    for clip in range(4):
        decibels[clip, 2 * clip] = 0.0  # each in a band of its own
    mixed, targets = mixup_sounds(decibels, torch.eye(4), 1.0, generator())
    for clip, row in enumerate(targets):
        assert row.sum() == pytest.approx(1)
        assert row.argmax() == clip
        for other in row.nonzero()[:, 0].tolist():
            assert mixed[clip, 2 * other, 0] == pytest.approx(10 * math.log10(row[other].item()), abs=0.01)
    same, untouched = mixup_sounds(decibels, torch.eye(4), 0.0, generator())
    assert same is decibels
    assert torch.equal(untouched, torch.eye(4))


def test_hidden_cells_are_runs_no_longer_than_allowed() -> None:
    hidden = spec_augment(torch.zeros(64, 32, 40), 6, 9, -80.0, generator()) == -80
    bands, frames = hidden.all(2).sum(1), hidden.all(1).sum(1)
    assert bands.max() <= 2 * 5
    assert frames.max() <= 2 * 8
    assert bands.float().mean() > 2
    assert frames.float().mean() > 3
    expected = hidden.all(2)[:, :, None] | hidden.all(1)[:, None]
    assert torch.equal(hidden, expected)


def test_shifted_spectrograms_keep_every_frame() -> None:
    decibels = torch.rand(5, 3, 50)
    moved = shifted(decibels, generator())
    assert not torch.equal(moved, decibels)
    for before, after in zip(decibels, moved, strict=True):
        assert any(torch.equal(after, before.roll(-shift, 1)) for shift in range(50))


def test_varied_waveforms_change_their_pitch_a_little_and_keep_full_scale() -> None:
    heard = varied(tones(*[1000.0] * 8), generator())
    pitches = [pitch(each) for each in heard]
    assert all(1000 * np.exp(-0.19) < each < 1000 * np.exp(0.19) for each in pitches)
    assert len({round(each) for each in pitches}) > 4
    assert torch.allclose(heard.abs().amax(1), torch.ones(8))
    assert (heard == 0).float().mean(1).min() > 0.005


def test_between_classes_lie_both_sounds() -> None:
    samples, targets = tones(500.0, 3000.0), torch.eye(2)
    mixed, shares = between(samples, targets, 1.0, torch.Generator().manual_seed(3))
    for row, share in zip(mixed, shares, strict=True):
        amplitudes = torch.fft.rfft(row).abs()[[1000, 6000]] / (0.3 * RATE)
        assert torch.allclose(amplitudes, share, atol=1e-3)
    untouched, same = between(samples, targets, 0.0, generator())
    assert torch.equal(untouched, samples)
    assert torch.equal(same, targets)


def test_folds_never_mix() -> None:
    clips = Clips(torch.zeros(8, 2), torch.arange(8), torch.tensor([1, 2, 3, 4] * 2), [])
    places = [clips.places([fold]) for fold in (1, 2, 3, 4)]
    assert sorted(torch.cat(places).tolist()) == list(range(8))
    assert F.one_hot(clips.folds[clips.places([2, 3])] % 2).sum(0).tolist() == [2, 2]
    assert len(clips.places([0])) == 0
