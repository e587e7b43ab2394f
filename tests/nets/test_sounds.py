"""The parts of the networks that hear: mel bands by librosa's definition, hiding, learnt filters."""

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.nets.audionet import AudioNet, gabor_filters
from zoo.nets.logmel import LogMel, below_peak, hertz_to_mel, mel_edges, mel_filters, mel_to_hertz
from zoo.nets.specaugment import SpecAugmentMask, covered, without
from zoo.nets.spectrogram import SpectrogramNet

RATE = 16_000


@pytest.mark.parametrize(("rate", "fft", "mels"), [(16_000, 1024, 128), (16_000, 512, 40), (44_100, 2048, 256)])
def test_filters_are_librosas(rate: int, fft: int, mels: int) -> None:
    ours = mel_filters(rate, fft, mels).numpy()
    assert np.abs(ours - librosa.filters.mel(sr=rate, n_fft=fft, n_mels=mels)).max() < 1e-7


@pytest.mark.parametrize(
    ("fft", "hop", "mels", "window"), [(1024, 256, 128, 0), (2048, 200, 64, 800), (512, 512, 32, 0)]
)
@pytest.mark.parametrize("samples", [80_000, 2_777])
def test_log_mel_is_librosas(fft: int, hop: int, mels: int, window: int, samples: int) -> None:
    signal = np.random.default_rng(0).standard_normal(samples).astype(np.float32) * 0.1
    power = librosa.feature.melspectrogram(
        y=signal, sr=RATE, n_fft=fft, hop_length=hop, win_length=window or fft, n_mels=mels
    )
    reference = librosa.power_to_db(power, amin=1e-10, top_db=None)
    ours = LogMel(RATE, fft, hop, mels, window)(torch.from_numpy(signal)[None])[0].numpy()
    assert ours.shape == reference.shape
    assert np.abs(ours - reference).max() < 0.01
    floored = librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=60)
    assert np.abs(below_peak(torch.from_numpy(ours)[None], 60)[0].numpy() - floored).max() < 0.02


@given(st.floats(0, 20_000))
def test_mel_scale_goes_both_ways(hertz: float) -> None:
    mel = hertz_to_mel(torch.tensor(hertz, dtype=torch.float64))
    assert float(mel_to_hertz(mel)) == pytest.approx(hertz, abs=1e-6)
    assert float(mel) == pytest.approx(float(librosa.hz_to_mel(hertz)), abs=1e-6)


@settings(deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.integers(0, 128), st.integers(0, 128), st.booleans())
def test_hiding_touches_what_it_hides_and_nothing_else(a: float, b: float, c: int, d: int, mean: bool) -> None:
    hidden = SpecAugmentMask(RATE, 128, min(a, b), max(a, b), min(c, d), max(c, d), mean)
    decibels = -80 * torch.rand(2, 128, 313, generator=torch.Generator().manual_seed(0))
    shown = covered(decibels, hidden, 256, -80.0)
    time = torch.arange(313) * 256 / RATE
    inside = ((time >= hidden.start) & (time < hidden.stop)) | (
        (torch.arange(128) >= hidden.low) & (torch.arange(128) < hidden.high)
    )[:, None]
    assert torch.equal(shown[:, ~inside], decibels[:, ~inside])
    fill = decibels.mean((1, 2)) if mean else torch.full((2,), -80.0)
    assert torch.equal(shown[:, inside], fill[:, None].expand(-1, int(inside.sum())))


def test_hidden_bands_leave_a_waveform_and_others_stay() -> None:
    time = torch.arange(RATE) / RATE
    low, high = torch.sin(2 * torch.pi * 300 * time), torch.sin(2 * torch.pi * 5000 * time)
    edges = mel_edges(RATE, 128)
    bands = range(*(int((edges[1:-1] < hertz).sum()) for hertz in (4000, 6000)))
    heard = without((low + high)[None], SpecAugmentMask(RATE, 128, low=bands.start, high=bands.stop))[0]
    assert (heard - low).abs().max() < 0.01
    silent = without(low[None], SpecAugmentMask(RATE, 128, start=0.25, stop=0.5))[0]
    assert silent[RATE // 4 : RATE // 2].abs().max() == 0
    assert torch.equal(silent[RATE // 2 :], low[RATE // 2 :])


def test_learnt_filters_begin_where_the_mel_bands_are() -> None:
    filters = gabor_filters(RATE, 96, 400)[:96, 0]
    response = torch.fft.rfft(filters, 16_000).abs()
    assert (response.argmax(1) - mel_edges(RATE, 96)[1:-1]).abs().max() < 60
    assert (response.amax(1) - 0.5).abs()[1:].max() < 0.01  # the lowest overlaps its own mirror image below 0 Hz


NETWORKS = {
    "spectrogram": lambda: SpectrogramNet(RATE, 50, 1024, 256, 128, [1024], 80.0),
    "three windows": lambda: SpectrogramNet(RATE, 50, 1024, 256, 128, [256, 512, 1024], 80.0),
    "waveform": lambda: AudioNet(RATE, 50, 96, 400, 160, [[32], [32, 32]]),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_loudness_does_not_matter_and_a_batch_is_its_members(kind: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[kind]()
    samples = 0.1 * torch.randn(3, 30_000)
    with torch.inference_mode():
        for module in network.modules():  # statistics of what comes, without which deep layers tell nothing apart
            module.momentum = None
        network(samples)
        network.eval()
        together = network(samples)
        assert together.shape == (3, 50)
        assert torch.allclose(together, torch.cat([network(one[None]) for one in samples]), atol=1e-4)
        assert torch.allclose(together, network(4 * samples), atol=2e-2)
        hidden = network(samples, SpecAugmentMask(RATE, 128, 0.5, 1.0))
    assert not torch.allclose(together, hidden, rtol=0, atol=1e-6)
