"""Scribbles drawn by programs: one kind to train with, another to measure with."""

import math
import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.digits.fonts import FRAME

Point = tuple[float, float]


def training_scribble(chance: random.Random) -> NDArray[np.uint8]:
    """(64, 64) ink: a polyline of random corners, a chain of Bézier curves, or several lines and ellipses."""
    picture = Image.new("L", (FRAME, FRAME))
    draw, width = ImageDraw.Draw(picture), chance.choice((2, 3, 4, 5, 6))
    corners = [_point(chance) for _ in range(chance.randint(4, 10))]
    kind = chance.random()
    if kind < 0.4:
        draw.line(corners, 255, width, joint="curve")
    elif kind < 0.75:
        draw.line(_bezier_chain(corners, chance), 255, width, joint="curve")
    else:
        for _ in range(chance.randint(3, 12)):
            (x, y), (dx, dy) = _point(chance), (chance.uniform(-25, 25), chance.uniform(-25, 25))
            if chance.random() < 0.6:
                draw.line([(x, y), (x + dx, y + dy)], 255, width)
            else:
                box = (min(x, x + dx), min(y, y + dy), max(x, x + dx), max(y, y + dy))
                draw.ellipse(box, outline=255, width=width)
    return np.asarray(picture)


def _point(chance: random.Random) -> Point:
    return chance.uniform(5, FRAME - 5), chance.uniform(5, FRAME - 5)


def _bezier_chain(corners: list[Point], chance: random.Random) -> list[Point]:
    corners = corners + [_point(chance) for _ in range((1 - len(corners)) % 3)]
    t = np.linspace(0, 1, 40)[:, None]
    curve: list[Point] = []
    for start in range(0, len(corners) - 1, 3):
        a, b, c, d = (np.array(corner) for corner in corners[start : start + 4])
        points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
        curve += [(float(x), float(y)) for x, y in points]
    return curve


def measured_scribble(chance: random.Random) -> NDArray[np.uint8]:
    """(64, 64) ink: a walk that turns at random, a zigzag, or a wound spring. Training has none of these."""
    picture = Image.new("L", (FRAME, FRAME))
    points = chance.choice((_walk, _zigzag, _spring))(chance)
    ImageDraw.Draw(picture).line(points, 255, chance.choice((3, 4, 5)), joint="curve")
    return np.asarray(picture)


def _walk(chance: random.Random) -> list[Point]:
    x, y, heading, bend = FRAME / 2, FRAME / 2, chance.uniform(0, 2 * math.pi), 0.0
    points = [(x, y)]
    for _ in range(chance.randint(60, 140)):
        bend = 0.8 * bend + chance.gauss(0, 0.25)
        heading += bend
        x, y = x + 3 * math.cos(heading), y + 3 * math.sin(heading)
        if not (6 < x < FRAME - 6 and 6 < y < FRAME - 6):
            heading += math.pi / 2
            x, y = min(max(x, 6), FRAME - 6), min(max(y, 6), FRAME - 6)
        points.append((x, y))
    return points


def _zigzag(chance: random.Random) -> list[Point]:
    count, height = chance.randint(6, 12), chance.uniform(10, 24)
    step = (FRAME - 16) / count
    middle = lambda: FRAME / 2 + chance.uniform(-4, 4)  # noqa: E731
    return [(8 + index * step, middle() + (height if index % 2 else -height)) for index in range(count + 1)]


def _spring(chance: random.Random) -> list[Point]:
    turns, radius, flat = chance.uniform(3, 6), chance.uniform(6, 12), chance.uniform(0.5, 1.5)
    steps = int(40 * turns)
    return [
        (
            12 + (FRAME - 24) * index / steps + radius * math.cos(2 * math.pi * turns * index / steps),
            FRAME / 2 + flat * radius * math.sin(2 * math.pi * turns * index / steps),
        )
        for index in range(steps)
    ]
