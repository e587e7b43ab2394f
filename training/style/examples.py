"""Example paintings generated from random numbers, free of rights: ``python -m training.style examples``."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage, spatial

from zoo.core.assets import EXAMPLES as ASSETS
from zoo.examples import STYLE_EXAMPLES

SIDE = 384
Grid = NDArray[np.float64]
Colour = tuple[int, int, int]


def smooth_noise(rng: np.random.Generator, scale: float) -> Grid:
    """(SIDE, SIDE) in [0, 1]: Gaussian noise blurred by ``scale`` pixels."""
    field = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE)), scale, mode="wrap")
    return np.asarray((field - field.min()) / np.ptp(field))


def palette_colours(palette: list[Colour], positions: Grid) -> NDArray[np.uint8]:
    """Colours interpolated along a palette at positions in [0, 1]."""
    stops = np.linspace(0, 1, len(palette))
    channels = [np.interp(positions, stops, [colour[channel] for colour in palette]) for channel in range(3)]
    return np.stack(channels, -1).astype(np.uint8)


def mosaic(rng: np.random.Generator) -> Image.Image:
    """Stones of many colours in dark joints."""
    palette = [(20, 60, 110), (30, 140, 150), (235, 205, 120), (220, 110, 50), (150, 30, 40)]
    centres = rng.uniform(0, SIDE, (900, 2))
    pixels = np.stack(np.mgrid[:SIDE, :SIDE], -1).reshape(-1, 2)
    distances, nearest = spatial.KDTree(centres).query(pixels, 2)
    hue = smooth_noise(rng, 30)[centres[:, 0].astype(int), centres[:, 1].astype(int)] + rng.normal(0, 0.13, 900)
    shade = rng.uniform(0.75, 1.1, 900)
    stones = palette_colours(palette, hue.clip(0, 1)) * shade[:, None]
    picture = stones[nearest[:, 0]].reshape(SIDE, SIDE, 3)
    joint = (distances[:, 1] - distances[:, 0]).reshape(SIDE, SIDE, 1) < 1.8
    return Image.fromarray(np.where(joint, 35, picture.clip(0, 255)).astype(np.uint8))


def strokes(rng: np.random.Generator) -> Image.Image:
    """Short thick strokes along a smooth vector field, light over dark."""
    palette = [(16, 30, 84), (38, 84, 160), (96, 160, 190), (240, 210, 90), (250, 240, 190)]
    angle, tone = 4 * np.pi * smooth_noise(rng, 45), smooth_noise(rng, 35)
    image = Image.new("RGB", (SIDE, SIDE), palette[0])
    draw = ImageDraw.Draw(image)
    for x, y in rng.uniform(-10, SIDE + 10, (9000, 2)):
        row, column = int(y) % SIDE, int(x) % SIDE
        shade = np.clip(tone[row, column] + rng.normal(0, 0.12), 0, 1)
        colour = tuple(int(value) for value in palette_colours(palette, shade[None])[0])
        length, width = rng.uniform(8, 18), int(rng.integers(2, 5))
        points = [(x, y)]
        for _ in range(5):
            heading = angle[int(points[-1][1]) % SIDE, int(points[-1][0]) % SIDE]
            points.append((points[-1][0] + length / 5 * np.cos(heading), points[-1][1] + length / 5 * np.sin(heading)))
        draw.line(points, fill=colour, width=width, joint="curve")
    return image.filter(ImageFilter.SMOOTH)


def scales(rng: np.random.Generator) -> Image.Image:
    """Scales of rings, one over the other, as on printed cloth."""
    palette = [(18, 52, 86), (52, 110, 140), (238, 232, 213)]
    image = Image.new("RGB", (2 * SIDE, 2 * SIDE), palette[-1])
    draw = ImageDraw.Draw(image)
    radius = 56
    for row in range(-1, 4 * SIDE // radius + 3):
        for column in range(-1, SIDE // radius + 2):
            x, y = 2 * radius * column + radius * (row % 2), row * radius / 2
            for ring, size in enumerate(np.linspace(radius, 8, 6)):
                tone = np.clip((ring % 2) * 0.9 + rng.normal(0.05, 0.06), 0, 1)
                colour = tuple(int(value) for value in palette_colours(palette, np.array([tone]))[0])
                draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def hatching(rng: np.random.Generator) -> Image.Image:
    """Pen lines in four directions on warm paper: the darker, the more directions."""
    tone = smooth_noise(rng, 28)
    paper, pen = np.array([243.0, 232.0, 210.0]), np.array([44.0, 36.0, 40.0])
    rows, columns = np.mgrid[:SIDE, :SIDE]
    cover = np.zeros((SIDE, SIDE))
    for number, direction in enumerate((0.8, 2.3, 0.1, 1.6)):
        bend = 5 * smooth_noise(rng, 16)
        line = np.abs(((columns * np.cos(direction) + rows * np.sin(direction) + bend) % 7) - 3.5)
        cover = np.maximum(cover, (line < 1.0) * (tone < 0.72 - 0.16 * number) * rng.uniform(0.8, 1, (SIDE, SIDE)))
    cover = ndimage.gaussian_filter(cover, 0.6)[..., None]
    return Image.fromarray((paper * (1 - cover) + pen * cover).clip(0, 255).astype(np.uint8))


def ink(rng: np.random.Generator) -> Image.Image:
    """Washes of diluted ink with dark rims, and drops over them."""
    paper = np.array([246.0, 243.0, 236.0])
    light = np.ones((SIDE, SIDE))  # that the ink lets through
    for scale, weight in ((45, 0.45), (24, 0.4), (12, 0.35)):
        noise = smooth_noise(rng, scale)
        wet = 1 / (1 + np.exp(-60 * (noise - 0.6)))
        rim = np.exp(-(((noise - 0.6) / 0.02) ** 2))
        light *= 1 - weight * wet * (0.7 + 0.3 * smooth_noise(rng, 5)) - 0.3 * rim
    drops = Image.new("L", (SIDE, SIDE), 255)
    draw = ImageDraw.Draw(drops)
    for x, y in rng.uniform(0, SIDE, (160, 2)):
        size = rng.exponential(2.2)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=int(rng.uniform(0, 120)))
    light *= np.asarray(drops.filter(ImageFilter.GaussianBlur(0.7))) / 255
    tint = np.array([0.96, 0.98, 1.05])
    return Image.fromarray((paper * light.clip(0.04, 1)[..., None] * tint).clip(0, 255).astype(np.uint8))


DRAWN: dict[str, Callable[[np.random.Generator], Image.Image]] = {
    "mosaic": mosaic,
    "strokes": strokes,
    "scales": scales,
    "hatching": hatching,
    "ink": ink,
}


def draw() -> None:
    """Write assets/examples/style-*.webp."""
    for number, example in enumerate(STYLE_EXAMPLES):
        image = DRAWN[example.name](np.random.default_rng(number))
        image.save(ASSETS / example.file, quality=88, method=6)
        print(ASSETS / example.file)
