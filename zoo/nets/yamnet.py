"""YAMNet (Plakal and Ellis 2020): MobileNetV1 (Howard et al. 2017, arXiv:1704.04861) on log-mel spectrograms.

Parameter names are those of ``yamnet_audioset_fp16.pth``, whose batch normalization is folded into the biases. Two
ways of use: a network of patches of 0.96 seconds, as published, whose scores are averaged, or one convolution over the
whole sound, pooled by mean and maximum, which a classifier of another set of sounds is fine-tuned from.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.nets.specaugment import SpecAugmentMask, mask_waveform

RATE, WIN_LENGTH, HOP_LENGTH, N_FFT = 16_000, 400, 160, 512  # samples a second, samples
N_MELS, MEL_LOW, MEL_HIGH = 64, 125.0, 7_500.0  # bands, Hz
LOG_OFFSET = 0.001  # of a magnitude, so that silence has a logarithm
AUDIBLE = -6.5  # of a band in a frame that is no digital silence
MIN_PEAK = 1e-4  # of a sound that is scaled to full scale
PATCH, PATCH_HOP, STEP = 96, 48, 32  # frames; a step is that of the features
# (output channels, stride) of each depthwise and pointwise pair: table 1 of the paper.
PAIRS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
FEATURES = 1024


def htk_filterbank() -> Tensor:
    """(64, 257) float32: triangles of height one that are straight on HTK's mel scale, without the bin of 0 Hz."""
    hertz = torch.linspace(0, RATE / 2, N_FFT // 2 + 1, dtype=torch.float64)
    mel = hz_to_htk_mel(hertz)
    low, high = hz_to_htk_mel(torch.tensor([MEL_LOW, MEL_HIGH], dtype=torch.float64)).tolist()
    corners = torch.linspace(low, high, N_MELS + 2, dtype=torch.float64)[:, None]
    rising = (mel - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - mel) / (corners[2:] - corners[1:-1])
    triangles = torch.minimum(rising, falling).clamp(min=0)
    triangles[:, 0] = 0
    return triangles.float()


def hz_to_htk_mel(hertz: Tensor) -> Tensor:
    return 1127 * (1 + hertz / 700).log()


class YamNetLogMel(nn.Module):
    """The published front end. The buffers are derived from constants, so a checkpoint holds none."""

    window: Tensor
    filterbank: Tensor

    def __init__(self) -> None:
        super().__init__()
        with torch.device("cpu"):  # also when the network around it is built on the meta device
            self.register_buffer("window", torch.hann_window(WIN_LENGTH), persistent=False)
            self.register_buffer("filterbank", htk_filterbank(), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """``samples``: (B, N) in [-1, 1] -> (B, T, 64) logarithms of band magnitudes, -6.9 in silence.

        T is 1 + (N - 400) // 160, of which the frame t begins at sample 160 * t; at least 1, for which a shorter sound
        is padded with zeros.
        """
        samples = F.pad(samples, (0, max(0, WIN_LENGTH - samples.shape[1])))
        frames = samples.unfold(1, WIN_LENGTH, HOP_LENGTH) * self.window  # (B, T, 400)
        magnitude = torch.fft.rfft(frames, N_FFT).abs()  # (B, T, 257)
        return (magnitude @ self.filterbank.T + LOG_OFFSET).log()


class SameConv2d(nn.Conv2d):
    """A 3x3 convolution with TensorFlow's ``SAME`` padding: at stride 2 the odd row or column comes at the end."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, groups: int = 1) -> None:
        super().__init__(in_channels, out_channels, 3, stride, padding=0 if stride == 2 else 1, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 2:
            # An even size needs one row at the end, an odd one a row at each end.
            top, left = x.shape[2] % 2, x.shape[3] % 2
            x = F.pad(x, (left, 1, top, 1))
        return super().forward(x)


class FirstLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = SameConv2d(1, 32, 2)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))


class SeparableLayer(nn.Module):
    """Depthwise 3x3 and pointwise convolution, each with ReLU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.depthwise_conv = SameConv2d(in_channels, in_channels, stride, in_channels)
        self.pointwise_conv = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.pointwise_conv(F.relu(self.depthwise_conv(x))))


class FeatureMap(nn.Module):
    """(B * P, 1024, H, 2) of P patches of each sound -> (B, 1024, 2, P * H), 0 where ``audible``, (B, P * H), is not.

    A module of its own, so that Grad-CAM gets one map a sound, with the frequencies before the time.
    """

    def forward(self, features: Tensor, audible: Tensor) -> Tensor:
        patches = features.unflatten(0, (len(audible), -1))  # (B, P, 1024, H, 2)
        return patches.permute(0, 2, 4, 1, 3).flatten(3) * audible[:, None, None]


class YamNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second at 16 kHz.

    ``whole``: one convolution over the whole sound at full scale, whose silent frames are filled with its other ones,
    and a last layer on the logarithms of the features' mean and maximum. Else the published network: patches of 96
    frames every 48, each with scores of its own, the mean of which is returned as logits.
    """

    def __init__(self, *, num_classes: int, whole: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.whole = whole
        self.log_mel = YamNetLogMel()
        self.layer1 = FirstLayer()
        width = 32
        for number, (channels, stride) in enumerate(PAIRS, 2):
            self.add_module(f"layer{number}", SeparableLayer(width, channels, stride))
            width = channels
        self.feature_map = FeatureMap()
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(2 * FEATURES if whole else FEATURES, num_classes)

    def layers(self) -> list[nn.Module]:
        """The fourteen convolutional layers, from the input on."""
        return [self.get_submodule(f"layer{number}") for number in range(1, len(PAIRS) + 2)]

    def features(self, log_mel: Tensor) -> Tensor:
        """(B, T, 64) -> (B, 1024, T / 32, 2), sizes rounded up."""
        x = log_mel[:, None].contiguous(memory_format=torch.channels_last)
        for layer in self.layers():
            x = layer(x)
        return x

    def classify_whole(self, features: Tensor, audible: Tensor) -> Tensor:
        """(B, 1024, H, 2) of whole sounds, and (B, H) which of their steps have a sound -> (B, num_classes) logits."""
        heard = self.feature_map(features, audible)
        mean = heard.sum((2, 3)) / (heard.shape[2] * audible.sum(1, keepdim=True))  # (B, 1024)
        return cast(Tensor, self.dense(self.dropout(torch.cat([mean, heard.amax((2, 3))], 1).log1p())))

    def classify_patches(self, patches: Tensor) -> Tensor:
        """(B, P, 96, 64) -> (B, num_classes) logits of the mean score."""
        features = self.features(patches.flatten(0, 1))  # (B * P, 1024, 3, 2)
        count = patches.shape[1] * features.shape[2]
        heard = self.feature_map(features, torch.ones(len(patches), count, device=features.device))
        pooled = heard.unflatten(3, (patches.shape[1], -1)).mean((2, 4)).transpose(1, 2)  # (B, P, 1024)
        logits: Tensor = self.dense(pooled.flatten(0, 1))  # (B * P, num_classes)
        return logits.sigmoid().unflatten(0, pooled.shape[:2]).mean(1).logit(eps=1e-6)

    def forward(self, samples: Tensor, mask: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) in [-1, 1] -> (B, num_classes). ``mask`` silences parts of the waveform."""
        waveform = mask_waveform(samples, mask) if mask else samples
        if not self.whole:
            return self.classify_patches(to_patches(self.log_mel(waveform)))
        log_mel, audible = fill_silence(self.log_mel(at_full_scale(waveform)))
        return self.classify_whole(self.features(log_mel), audible_steps(audible))


def at_full_scale(samples: Tensor) -> Tensor:
    """(B, N), each sound with a peak of 1."""
    return samples / samples.abs().amax(1, keepdim=True).clamp(min=MIN_PEAK)


def audible_steps(audible: Tensor) -> Tensor:
    """(B, T) frames with a sound -> (B, T / 32) 1 where one of 32 has one; where none of a sound has, 1 everywhere."""
    steps = F.max_pool1d(audible.float(), STEP, ceil_mode=True)
    return torch.where(steps.any(1, keepdim=True), steps, 1.0)


def fill_silence(log_mel: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T, 64) with the frames of digital silence replaced by the sound's others in turn; (B, T) which are others.

    Silence, as it fills a clip up to five seconds, moves the features further than any sound does.
    """
    audible = log_mel.amax(2) > AUDIBLE  # (B, T)
    order = (~audible).int().argsort(dim=1, stable=True)  # the audible frames first
    rank = (~audible).cumsum(1) - 1  # of a silent frame among the silent ones
    source = order.gather(1, rank.clamp(min=0) % audible.sum(1, keepdim=True).clamp(min=1))
    source = torch.where(audible, torch.arange(log_mel.shape[1], device=log_mel.device), source)
    return log_mel.gather(1, source[..., None].expand_as(log_mel)), audible


def to_patches(log_mel: Tensor) -> Tensor:
    """(B, T, 64) -> (B, P, 96, 64): every 48 frames one of 96, the last one padded with silence."""
    count = 1 + max(0, -(-(log_mel.shape[1] - PATCH) // PATCH_HOP))
    missing = PATCH + (count - 1) * PATCH_HOP - log_mel.shape[1]
    padded = F.pad(log_mel, (0, 0, 0, missing), value=torch.tensor(LOG_OFFSET).log().item())
    return padded.unfold(1, PATCH, PATCH_HOP).transpose(2, 3)
