"""Scribbles drawn by programs: one kind to train with, another to measure with."""

import math
import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.digits.fonts import FRAME

Point = tuple[float, float]


def training_scribble(rng: random.Random) -> NDArray[np.uint8]:
    """(64, 64) ink: a polyline of random corners, a chain of Bézier curves, or several lines and ellipses."""
    picture = Image.new("L", (FRAME, FRAME))
    draw, width = ImageDraw.Draw(picture), rng.choice((2, 3, 4, 5, 6))
    corners = [_point(rng) for _ in range(rng.randint(4, 10))]
    kind = rng.random()
    if kind < 0.4:
        draw.line(corners, 255, width, joint="curve")
    elif kind < 0.75:
        draw.line(_bezier_chain(corners, rng), 255, width, joint="curve")
    else:
        for _ in range(rng.randint(3, 12)):
            (x, y), (dx, dy) = _point(rng), (rng.uniform(-25, 25), rng.uniform(-25, 25))
            if rng.random() < 0.6:
                draw.line([(x, y), (x + dx, y + dy)], 255, width)
            else:
                box = (min(x, x + dx), min(y, y + dy), max(x, x + dx), max(y, y + dy))
                draw.ellipse(box, outline=255, width=width)
    return np.asarray(picture)


def _point(rng: random.Random) -> Point:
    return rng.uniform(5, FRAME - 5), rng.uniform(5, FRAME - 5)


def _bezier_chain(corners: list[Point], rng: random.Random) -> list[Point]:
    corners = corners + [_point(rng) for _ in range((1 - len(corners)) % 3)]
    t = np.linspace(0, 1, 40)[:, None]
    curve: list[Point] = []
    for start in range(0, len(corners) - 1, 3):
        a, b, c, d = (np.array(corner) for corner in corners[start : start + 4])
        points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        curve += [(float(x), float(y)) for x, y in points]
    return curve


def measured_scribble(rng: random.Random) -> NDArray[np.uint8]:
    """(64, 64) ink: a walk that turns at random, a zigzag, or a wound spring. Training has none of these."""
    picture = Image.new("L", (FRAME, FRAME))
    points = rng.choice((_walk, _zigzag, _spring))(rng)
    ImageDraw.Draw(picture).line(points, 255, rng.choice((3, 4, 5)), joint="curve")
    return np.asarray(picture)


def _walk(rng: random.Random) -> list[Point]:
    x, y, heading, bend = FRAME / 2, FRAME / 2, rng.uniform(0, 2 * math.pi), 0.0
    points = [(x, y)]
    for _ in range(rng.randint(60, 140)):
        bend = 0.8 * bend + rng.gauss(0, 0.25)
        heading += bend
        x, y = x + 3 * math.cos(heading), y + 3 * math.sin(heading)
        if not (6 < x < FRAME - 6 and 6 < y < FRAME - 6):
            heading += math.pi / 2
            x, y = min(max(x, 6), FRAME - 6), min(max(y, 6), FRAME - 6)
        points.append((x, y))
    return points


def _zigzag(rng: random.Random) -> list[Point]:
    count, height = rng.randint(6, 12), rng.uniform(10, 24)
    step = (FRAME - 16) / count
    middle = lambda: FRAME / 2 + rng.uniform(-4, 4)  # noqa: E731
    return [(8 + index * step, middle() + (height if index % 2 else -height)) for index in range(count + 1)]


def _spring(rng: random.Random) -> list[Point]:
    turns, radius, flat = rng.uniform(3, 6), rng.uniform(6, 12), rng.uniform(0.5, 1.5)
    steps = int(40 * turns)
    return [
        (
            12 + (FRAME - 24) * index / steps + radius * math.cos(2 * math.pi * turns * index / steps),
            FRAME / 2 + flat * radius * math.sin(2 * math.pi * turns * index / steps),
        )
        for index in range(steps)
    ]
