"""Pictures of sounds: coloured spectrograms with heat map and mask, their axis labels, and the waveform's outline."""

import numpy as np
from PIL import Image, ImageDraw

from zoo.core.gradcam import apply_colormap
from zoo.core.results import Array
from zoo.exhibits.sound.knobs import N_BANDS, WINDOW, MaskKnobs
from zoo.exhibits.sound.results import Spectrogram
from zoo.exhibits.sound.windows import Samples

MASK_COLOR = (15, 107, 92, 235)
SIZE = (960, 320)
TICK_STEPS = (0.1, 0.5, 1, 5, 10, 60)  # seconds
FREQUENCY_TICKS = (200, 500, 1000, 2000, 4000)  # Hz


def color_image(values: Array, size: tuple[int, int]) -> Image.Image:
    """(h, w) in [0, 1] in colours, the first row at the bottom, as a picture of ``size`` (width, height)."""
    colors = apply_colormap(np.flipud(values)).round().astype(np.uint8)
    return Image.fromarray(colors).resize(size, Image.Resampling.BILINEAR)


def draw_spectrogram(
    decibels: Array,
    top_db: float,
    heat: Array | None = None,
    opacity: float = 0.0,
    mask: MaskKnobs | None = None,
    size: tuple[int, int] = SIZE,
) -> Image.Image:
    """The spectrogram of a window in colours, high frequencies on top.

    ``decibels``: (n_mels, frames) in [-top_db, 0]. ``heat``: (h, w) in [0, 1], the lowest frequencies first.
    ``opacity`` in [0, 1]: how much a cell without heat is darkened. ``mask``: the masked time and bands are shaded.
    """
    picture = color_image(1 + decibels / top_db, size)
    if heat is not None and opacity > 0:
        grey = Image.fromarray((np.flipud(heat) * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        brightness = 1 - opacity * (1 - np.asarray(grey, np.float32)[..., None] / 255)
        picture = Image.fromarray((np.asarray(picture) * brightness).round().astype(np.uint8))
    if mask is not None:
        _shade_mask(picture, mask)
    return picture


def _shade_mask(picture: Image.Image, mask: MaskKnobs) -> None:
    """Shade the masked time and bands, whatever bands the picture is drawn with."""
    width, height = picture.size
    brush = ImageDraw.Draw(picture, "RGBA")
    if mask.time_mask_width:
        times = (mask.time_mask_start, mask.time_mask_start + mask.time_mask_width)
        left, right = (min(time / WINDOW, 1) * width for time in times)
        brush.rectangle((left, 0, right, height), fill=MASK_COLOR)
    if mask.frequency_mask_width:
        low = mask.frequency_mask_start / N_BANDS
        high = min(mask.frequency_mask_start + mask.frequency_mask_width, N_BANDS) / N_BANDS
        brush.rectangle((0, (1 - high) * height, width, (1 - low) * height), fill=MASK_COLOR)


def axis_ticks(spectrogram: Spectrogram) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Positions and labels on the time axis, then on the frequency axis.

    A position is a fraction of the picture's width from the left, or of its height from below.
    """
    seconds, frequencies = spectrogram.seconds, spectrogram.frequencies
    step = next((step for step in TICK_STEPS if seconds / step <= 10), TICK_STEPS[-1])
    times = [(time / seconds, f"{time:g} s") for time in np.arange(0, seconds + 1e-6, step).tolist()]
    centres = (np.arange(len(frequencies)) + 0.5) / len(frequencies)
    positions = np.interp(FREQUENCY_TICKS, frequencies, centres).tolist()
    labels = [f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz" for hz in FREQUENCY_TICKS]
    return times, list(zip(positions, labels, strict=True))


def waveform_envelope(samples: Samples, columns: int = 480) -> Array:
    """(columns, 2): the minimum and the maximum of the samples in each of as many parts of equal length."""
    if len(samples) < columns:
        samples = np.pad(samples, (0, columns - len(samples)))
    edges = np.linspace(0, len(samples), columns + 1).astype(int)[:-1]
    return np.stack([np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)], 1)
