"""YAMNet: the front end by librosa's definitions, shapes and padding as TensorFlow's, silence and patches."""

import librosa
import numpy as np
import pytest
import torch

from zoo.core.gradcam import grad_cam
from zoo.nets.specaugment import SpecAugmentMask
from zoo.nets.yamnet import PATCH, SameConv2d, YamNet, YamNetLogMel, fill_silence, pad_to_patches, to_patches

RATE = 16_000
SILENCE = float(np.log(0.001))


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return 0.1 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(tuned: bool, num_classes: int = 7) -> YamNet:
    """Of weights that keep the scale of the activations through all layers."""
    torch.manual_seed(0)
    made = YamNet(num_classes=num_classes, tuned=tuned).eval()
    for name, parameter in made.named_parameters():
        if parameter.ndim == 4:
            torch.nn.init.kaiming_normal_(parameter)
        elif "dense" not in name:
            torch.nn.init.zeros_(parameter)
    return made


@pytest.mark.parametrize("samples", [80_000, 16_123])
def test_front_end_is_librosas(samples: int) -> None:
    signal = noise(samples).numpy()
    frames = librosa.util.frame(signal, frame_length=400, hop_length=160)  # (400, T)
    window = librosa.filters.get_window("hann", 400, fftbins=True)
    magnitude = np.abs(np.fft.rfft(frames * window[:, None], 512, axis=0))
    bank = librosa.filters.mel(sr=RATE, n_fft=512, n_mels=64, fmin=125, fmax=7500, htk=True, norm=None)
    ours = YamNetLogMel()(torch.from_numpy(signal)[None])[0].numpy()
    assert ours.shape == (1 + (samples - 400) // 160, 64)
    # librosa's triangles are straight in hertz, HTK's in mel: where a band is a few bins wide they differ by little.
    assert np.abs(ours - np.log(magnitude.T @ bank.T + 0.001)).mean() < 0.03
    loudest = YamNetLogMel()(torch.sin(2 * torch.pi * 1000 * torch.arange(RATE) / RATE)[None])[0].mean(0).argmax()
    assert abs(librosa.mel_frequencies(66, fmin=125, fmax=7500, htk=True)[1 + int(loudest)] - 1000) < 60


def test_filters_are_triangles_that_are_straight_in_mel() -> None:
    hertz = np.arange(257) * RATE / 512
    mel = 1127 * np.log1p(hertz / 700)
    corners = np.linspace(*1127 * np.log1p(np.array([125, 7500]) / 700), 66)
    expected = np.array([np.interp(mel, corners[band : band + 3], [0, 1, 0]) for band in range(64)])
    assert np.abs(YamNetLogMel().filterbank.numpy() - expected).max() < 1e-6


@pytest.mark.parametrize(("size", "output", "first"), [(96, 48, 0), (31, 16, -1)])
def test_stride_two_is_padded_as_by_tensorflow(size: int, output: int, first: int) -> None:
    """An even size has its odd row at the end, so that the first output begins at row 0; an odd one has two."""
    conv = SameConv2d(1, 1, 2)
    torch.nn.init.zeros_(conv.weight)
    torch.nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    with torch.no_grad():
        conv.weight[0, 0, 0, 0] = 1  # picks the top left cell of the window
    rows = torch.arange(1.0, size + 1)[:, None].expand(size, size)
    picked = conv(rows[None, None])[0, 0].detach()
    assert picked.shape == (output, output)
    assert picked[:, -1].tolist() == [max(0, 1 + first + 2 * row) for row in range(output)]


def test_patches_begin_every_48_frames_and_the_last_is_padded_with_silence() -> None:
    log_mel = torch.arange(150.0)[None, :, None].expand(1, 150, 64)
    patches = to_patches(pad_to_patches(log_mel))
    assert patches.shape == (1, 3, PATCH, 64)
    assert patches[0, :, 0, 0].tolist() == [0, 48, 96]
    assert patches[0, 2, 54:].unique().tolist() == pytest.approx([SILENCE])
    assert torch.equal(pad_to_patches(log_mel[:, :96]), log_mel[:, :96])
    assert pad_to_patches(log_mel[:, :10]).shape == (1, PATCH, 64)


@torch.inference_mode()
def test_score_of_the_published_network_is_the_mean_of_its_patches() -> None:
    published = network(tuned=False)
    patches = to_patches(pad_to_patches(published.log_mel(noise(2, 40_000))))  # (2, 5, 96, 64)
    each = torch.stack([published.dense(published.features(one).mean((2, 3))) for one in patches.transpose(0, 1)])
    assert torch.allclose(published(noise(2, 40_000)).sigmoid(), each.sigmoid().mean(0), atol=1e-4)


def test_silent_frames_are_filled_in_turn_and_others_stay() -> None:
    log_mel = torch.full((2, 7, 64), SILENCE)
    log_mel[0, [1, 2, 5]] = torch.tensor([10.0, 20.0, 50.0])[:, None]
    filled, audible = fill_silence(log_mel)
    assert filled[0, :, 0].tolist() == [10, 10, 20, 20, 50, 50, 10]
    assert audible.tolist() == [[False, True, True, False, False, True, False], [False] * 7]
    assert torch.equal(filled[1], log_mel[1])  # nothing to fill it with


@torch.inference_mode()
def test_a_tuned_network_reads_at_full_scale_and_silence_after_a_sound_changes_little() -> None:
    tuned = network(tuned=True)
    samples = noise(3, 40_000)
    samples[1] = torch.sin(2 * torch.pi * 500 * torch.arange(40_000) / RATE)
    logits = tuned(samples)
    assert logits.shape == (3, 7)
    assert torch.allclose(logits, tuned(0.1 * samples), atol=1e-2)
    assert torch.allclose(logits, torch.cat([tuned(one[None]) for one in samples]), atol=1e-2)
    between = (logits[0] - logits[1]).norm()
    padded = tuned(torch.cat([samples[:1], torch.zeros(1, 40_000)], 1))
    assert (padded[0] - logits[0]).norm() < between / 3
    mask = SpecAugmentMask(sample_rate=RATE, n_mels=128, time_start=0.5, time_stop=1.0)
    assert not torch.allclose(tuned(samples, mask), logits, atol=1e-2)


@torch.inference_mode()
def test_the_last_layer_of_a_tuned_network_takes_standardized_means_and_maxima() -> None:
    tuned = network(tuned=True)
    pooled = torch.rand(2, 5, 1024)
    tuned.norm.running_mean.fill_(0.5)  # type: ignore[union-attr]
    tuned.norm.running_var.fill_(0.04)  # type: ignore[union-attr]
    both = (torch.cat([pooled.mean(1), pooled.amax(1)], 1) - 0.5) / (0.04 + 4e-4) ** 0.5
    assert torch.allclose(tuned.classify(pooled), tuned.dense(both), atol=1e-4)


@pytest.mark.parametrize("tuned", [True, False])
def test_heat_maps_have_the_frequencies_first_and_none_in_silence(tuned: bool) -> None:
    samples = torch.cat([torch.zeros(1, 40_000), noise(1, 40_000)], 1)
    heat = max((grad_cam(network(tuned), samples, target) for target in range(7)), key=np.sum)
    assert heat.shape == (2, 30)
    assert heat.max() == 1
    assert heat[:, :12].max() == 0


@pytest.mark.parametrize("tuned", [True, False])
@torch.inference_mode()
def test_a_tenth_of_a_second_is_enough(tuned: bool) -> None:
    assert network(tuned)(noise(1, 1_600)).isfinite().all()
    assert network(tuned)(torch.zeros(1, 100)).isfinite().all()
