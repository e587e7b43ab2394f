"""The networks of Sound and their parts: log-mel by librosa's definition, SpecAugment masks, the Gabor filterbank."""

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.nets.audionet import AudioNet, gabor_filters
from zoo.nets.logmel import LogMel, hz_to_mel, mel_filterbank, mel_frequencies, mel_to_hz, relative_to_peak
from zoo.nets.specaugment import SpecAugmentMask, mask_spectrogram, mask_waveform
from zoo.nets.spectrogram import SpectrogramNet

RATE = 16_000


@pytest.mark.parametrize(("rate", "n_fft", "n_mels"), [(16_000, 1024, 128), (16_000, 512, 40), (44_100, 2048, 256)])
def test_filterbank_is_librosas(rate: int, n_fft: int, n_mels: int) -> None:
    ours = mel_filterbank(rate, n_fft, n_mels).numpy()
    assert np.abs(ours - librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=n_mels)).max() < 1e-7


@pytest.mark.parametrize(
    ("n_fft", "hop_length", "n_mels", "win_length"), [(1024, 256, 128, 0), (2048, 200, 64, 800), (512, 512, 32, 0)]
)
@pytest.mark.parametrize("samples", [80_000, 2_777])
def test_log_mel_is_librosas(n_fft: int, hop_length: int, n_mels: int, win_length: int, samples: int) -> None:
    signal = np.random.default_rng(0).standard_normal(samples).astype(np.float32) * 0.1
    options = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels}
    power = librosa.feature.melspectrogram(y=signal, sr=RATE, win_length=win_length or n_fft, **options)
    reference = librosa.power_to_db(power, amin=1e-10, top_db=None)
    log_mel = LogMel(sample_rate=RATE, win_length=win_length, **options)
    ours = log_mel(torch.from_numpy(signal)[None])[0].numpy()
    assert ours.shape == reference.shape
    assert np.abs(ours - reference).max() < 0.01
    floored = librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=60)
    assert np.abs(relative_to_peak(torch.from_numpy(ours)[None], 60)[0].numpy() - floored).max() < 0.02


@given(st.floats(0, 20_000))
def test_mel_scale_and_its_inverse_are_librosas(hz: float) -> None:
    mel = hz_to_mel(torch.tensor(hz, dtype=torch.float64))
    assert float(mel_to_hz(mel)) == pytest.approx(hz, abs=1e-6)
    assert float(mel) == pytest.approx(float(librosa.hz_to_mel(hz)), abs=1e-6)


@settings(deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.integers(0, 128), st.integers(0, 128), st.booleans())
def test_mask_covers_its_cells_and_no_other(a: float, b: float, c: int, d: int, fill_mean: bool) -> None:
    mask = SpecAugmentMask(
        sample_rate=RATE,
        n_mels=128,
        time_start=min(a, b),
        time_stop=max(a, b),
        band_start=min(c, d),
        band_stop=max(c, d),
        fill_mean=fill_mean,
    )
    decibels = -80 * torch.rand(2, 128, 313, generator=torch.Generator().manual_seed(0))
    masked = mask_spectrogram(decibels, mask, 256, -80.0)
    time = torch.arange(313) * 256 / RATE
    inside = ((time >= mask.time_start) & (time < mask.time_stop)) | (
        (torch.arange(128) >= mask.band_start) & (torch.arange(128) < mask.band_stop)
    )[:, None]
    assert torch.equal(masked[:, ~inside], decibels[:, ~inside])
    fill = decibels.mean((1, 2)) if fill_mean else torch.full((2,), -80.0)
    assert torch.equal(masked[:, inside], fill[:, None].expand(-1, int(inside.sum())))


def test_masked_bands_are_filtered_out_of_a_waveform_and_others_stay() -> None:
    time = torch.arange(RATE) / RATE
    low, high = torch.sin(2 * torch.pi * 300 * time), torch.sin(2 * torch.pi * 5000 * time)
    centres = mel_frequencies(RATE, 128)[1:-1]
    start, stop = (int((centres < hz).sum()) for hz in (4000, 6000))
    bands = SpecAugmentMask(sample_rate=RATE, n_mels=128, band_start=start, band_stop=stop)
    assert (mask_waveform((low + high)[None], bands)[0] - low).abs().max() < 0.01
    quarter = SpecAugmentMask(sample_rate=RATE, n_mels=128, time_start=0.25, time_stop=0.5)
    silenced = mask_waveform(low[None], quarter)[0]
    assert silenced[RATE // 4 : RATE // 2].abs().max() == 0
    assert torch.equal(silenced[RATE // 2 :], low[RATE // 2 :])


def test_gabor_filters_start_at_the_mel_bands() -> None:
    filters = gabor_filters(RATE, 96, 400)[:96, 0]
    response = torch.fft.rfft(filters, 16_000).abs()
    assert (response.argmax(1) - mel_frequencies(RATE, 96)[1:-1]).abs().max() < 60
    assert (response.amax(1) - 0.5).abs()[1:].max() < 0.01  # the lowest overlaps its own mirror image below 0 Hz


def spectrogram_net(*win_lengths: int) -> SpectrogramNet:
    return SpectrogramNet(
        sample_rate=RATE,
        num_classes=50,
        n_fft=1024,
        hop_length=256,
        n_mels=128,
        win_lengths=list(win_lengths),
        top_db=80.0,
    )


def audionet() -> AudioNet:
    return AudioNet(
        sample_rate=RATE, num_classes=50, n_filters=96, win_length=400, hop_length=160, channels=[[32], [32, 32]]
    )


NETWORKS = {
    "spectrogram": lambda: spectrogram_net(1024),
    "three windows": lambda: spectrogram_net(256, 512, 1024),
    "waveform": audionet,
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_loudness_does_not_matter_and_a_batch_is_its_members(kind: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[kind]()
    samples = 0.1 * torch.randn(3, 30_000)
    with torch.inference_mode():
        for module in network.modules():  # batch statistics; without them an untrained network gives one output
            module.momentum = None
        network(samples)
        network.eval()
        together = network(samples)
        assert together.shape == (3, 50)
        assert torch.allclose(together, torch.cat([network(one[None]) for one in samples]), atol=1e-4)
        assert torch.allclose(together, network(4 * samples), atol=2e-2)
        half_a_second = SpecAugmentMask(sample_rate=RATE, n_mels=128, time_start=0.5, time_stop=1.0)
        masked = network(samples, half_a_second)
    assert not torch.allclose(together, masked, rtol=0, atol=1e-6)
