"""YAMNet (Plakal and Ellis 2020): MobileNetV1 (Howard et al. 2017, arXiv:1704.04861) on log-mel spectrograms.

Parameter names are those of ``yamnet_audioset_fp16.pth``, whose batch normalization is folded into the biases. Two
ways of use: as published, with scores for each patch of 0.96 seconds that are averaged, or with a last layer on the
mean and the maximum of the patches' features, which is fine-tuned for another set of sounds.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.nets.specaugment import SpecAugmentMask, mask_waveform

RATE, WIN_LENGTH, HOP_LENGTH, N_FFT = 16_000, 400, 160, 512  # samples a second, samples
N_MELS, MEL_LOW, MEL_HIGH = 64, 125.0, 7_500.0  # bands, Hz
LOG_OFFSET = 0.001  # of a magnitude, so that silence has a logarithm
SILENCE = math.log(LOG_OFFSET)
AUDIBLE = -6.5  # of a band in a frame that is no digital silence
MIN_PEAK = 1e-4  # of a sound that is scaled to full scale
PATCH, PATCH_HOP = 96, 48  # frames
MIN_VARIANCE = 4e-4  # of a feature that is standardized
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
        bands: Tensor = (magnitude @ self.filterbank.T + LOG_OFFSET).log()
        return bands


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


class HeardMap(nn.Module):
    """(B, C, H, W) feature maps, 0 at the times where ``audible``, (B, W), is 0.

    A module of its own, so that Grad-CAM gets one map a sound, without evidence in silence.
    """

    def forward(self, features: Tensor, audible: Tensor) -> Tensor:
        return features * audible[:, None, None]


class YamNet(nn.Module):
    """Logits of ``num_classes`` for sounds of any length from a tenth of a second at 16 kHz.

    A sound is cut into patches of 96 frames, one every 48. ``tuned``: a network for another set of sounds. It reads a
    sound at full scale, replaces silence by the other frames, and classifies the mean and the maximum of the patches'
    standardized features. Else the published network: each patch has scores of its own, the mean of which is returned
    as logits.
    """

    def __init__(self, *, num_classes: int, tuned: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.tuned = tuned
        self.log_mel = YamNetLogMel()
        self.layer1 = FirstLayer()
        width = 32
        for number, (channels, stride) in enumerate(PAIRS, 2):
            self.add_module(f"layer{number}", SeparableLayer(width, channels, stride))
            width = channels
        self.heard = HeardMap()
        if tuned:
            self.norm = nn.BatchNorm1d(2 * FEATURES, eps=MIN_VARIANCE, affine=False)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(2 * FEATURES if tuned else FEATURES, num_classes)

    def layers(self) -> list[nn.Module]:
        """The fourteen convolutional layers, from the input on."""
        return [self.get_submodule(f"layer{number}") for number in range(1, len(PAIRS) + 2)]

    def features(self, patches: Tensor) -> Tensor:
        """(N, 96, 64) -> (N, 1024, 3, 2)."""
        x = patches[:, None].contiguous(memory_format=torch.channels_last)
        for layer in self.layers():
            x = layer(x)
        return x

    def classify(self, pooled: Tensor) -> Tensor:
        """(B, P, 1024) means of the features of P patches of each sound -> (B, num_classes) logits."""
        if self.tuned:
            statistics = torch.cat([pooled.mean(1), pooled.amax(1)], 1)  # (B, 2048)
            return cast(Tensor, self.dense(self.dropout(self.norm(statistics))))
        logits: Tensor = self.dense(pooled.flatten(0, 1))  # (B * P, num_classes)
        return logits.sigmoid().view(*pooled.shape[:2], -1).mean(1).logit(eps=1e-6)

    def forward(self, samples: Tensor, mask: SpecAugmentMask | None = None) -> Tensor:
        """``samples``: (B, N) in [-1, 1] -> (B, num_classes). ``mask`` silences parts of the waveform."""
        waveform = mask_waveform(samples, mask) if mask else samples
        log_mel = pad_to_patches(self.log_mel(at_full_scale(waveform) if self.tuned else waveform))  # (B, T, 64)
        filled, audible = fill_silence(log_mel)
        patches = to_patches(filled if self.tuned else log_mel)  # (B, P, 96, 64)
        features = self.features(patches.flatten(0, 1))  # (B * P, 1024, 3, 2)
        by_sound = features.view(len(samples), -1, *features.shape[1:])  # (B, P, 1024, 3, 2)
        in_time = by_sound.permute(0, 2, 4, 1, 3).flatten(3)  # (B, 1024, 2, P * 3)
        times = audible_steps(audible, patches.shape[1], features.shape[2])  # (B, P * 3)
        rest = in_time * (1 - times)[:, None, None]  # the filled part counts, but is no place of evidence
        whole = (self.heard(in_time, times) + rest).view(*in_time.shape[:3], patches.shape[1], -1)
        return self.classify(whole.mean((2, 4)).transpose(1, 2))


def at_full_scale(samples: Tensor) -> Tensor:
    """(B, N), each sound with a peak of 1."""
    return samples / samples.abs().amax(1, keepdim=True).clamp(min=MIN_PEAK)


def audible_steps(audible: Tensor, patches: int, steps: int) -> Tensor:
    """(B, T) frames with a sound -> (B, patches * steps) 1 where a step of a patch has such a frame, else 0."""
    inside = to_patches(audible[..., None].float())[..., 0]  # (B, P, 96)
    return inside.view(len(audible), patches, steps, -1).amax(3).flatten(1)


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


def pad_to_patches(log_mel: Tensor) -> Tensor:
    """(B, T, 64), with silence at the end so that whole patches, one every 48 frames, cover it."""
    count = 1 + max(0, -(-(log_mel.shape[1] - PATCH) // PATCH_HOP))
    missing = PATCH + (count - 1) * PATCH_HOP - log_mel.shape[1]
    return F.pad(log_mel, (0, 0, 0, missing), value=SILENCE)


def to_patches(frames: Tensor, hop: int = PATCH_HOP) -> Tensor:
    """(B, T, C) -> (B, P, 96, C): one patch every ``hop`` frames."""
    return frames.unfold(1, PATCH, hop).transpose(2, 3)
