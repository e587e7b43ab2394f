"""Autoencoder's picture on the home page: photographs, and both reconstructions after some steps."""

import torch
from PIL import Image

from zoo.examples import example
from zoo.exhibits.autoencoder import LearnKnobs, Students, sheet, snapshot, to_tensors

PICTURES = ("chelsea", "coffee", "flower", "china", "astronaut")
STEPS = 150


def wall() -> Image.Image:
    """Three rows of five: pictures, by the pixel student, by the perceptual student."""
    torch.manual_seed(0)
    students = Students(LearnKnobs())
    students.add(to_tensors([example(name) for name in PICTURES]))
    for _ in range(STEPS):
        students.step()
    state = snapshot(students)
    return sheet([state.pictures, *state.reconstructions])
