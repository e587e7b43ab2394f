"""What is no digit, to train and to measure with, and printed digits beside it; all of it normalised."""

import random
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.digits.fonts import ALPHABET, FRAME, LIKE_DIGITS, MEASURED_FONTS, SIGNS, TRAINING_FONTS, draw_character
from training.digits.scribbles import measured_scribble, training_scribble
from training.digits.warping import augment
from zoo.nets.digits import Centring

NO_DIGIT = 10  # the index of the class
CLASSES = 11
AMBIGUOUS = 0.7  # the part of a digit in the target of a letter that looks like it
CHUNK = 1000


@dataclass(frozen=True)
class Pool:
    """``pictures``: (N, 2, 28, 28) in half precision, normalised; ``targets``: (N, 11) probabilities."""

    pictures: Tensor
    targets: Tensor


def normalised(pictures: list[NDArray[np.uint8]]) -> Tensor:
    """(N, 2, 28, 28) of pictures of one size, ink from 0 to 255."""
    centring = Centring()
    chunks = (np.stack(pictures[start : start + CHUNK]) for start in range(0, len(pictures), CHUNK))
    return torch.cat([centring(torch.from_numpy(chunk)[:, None].float() / 255) for chunk in chunks])


def as_mnist(pictures: Tensor) -> Tensor:
    """(N, 1, 64, 64) ink in [0, 1] -> (N, 1, 28, 28), made as MNIST's pictures were."""
    return torch.cat([Centring()(part)[:, :1] for part in pictures.split(CHUNK)])


def training_pool(count: int, seed: int, digits: Tensor) -> Pool:
    """Letters, scribbles, noise, pairs of digits and blanks, and one in five a printed digit.

    ``digits``: (N, 1, 28, 28) ink from 0 to 255 of the training part, for the pairs.
    """
    rng, pixels = random.Random(seed), np.random.default_rng(seed)
    pictures: list[NDArray[np.uint8]] = []
    targets = torch.zeros(count, CLASSES)
    for row in targets:
        kind, label = rng.random(), NO_DIGIT
        if kind < 0.2:
            label = rng.randrange(10)
            pictures.append(draw_character(str(label), TRAINING_FONTS, rng))
        elif kind < 0.58:
            letter = rng.choice(ALPHABET + SIGNS)
            pictures.append(draw_character(letter, TRAINING_FONTS, rng))
            row[LIKE_DIGITS.get(letter, NO_DIGIT)] += AMBIGUOUS
            row[NO_DIGIT] += 1 - AMBIGUOUS
            continue
        elif kind < 0.93:
            pictures.append(training_scribble(rng))
        elif kind < 0.95:
            pictures.append(pixels.integers(0, 256, (FRAME, FRAME), np.uint8))
        elif kind < 0.98:
            pictures.append(_pair(digits, rng))
        else:
            pictures.append(_even(rng))
        row[label] = 1
    return Pool(_prepared(pictures, seed).half(), targets)


def _prepared(pictures: list[NDArray[np.uint8]], seed: int) -> Tensor:
    """(N, 2, 28, 28): half of them through all that happens to a training digit, so that no blur tells them apart."""
    sharp = torch.from_numpy(np.stack(pictures))[:, None].float() / 255
    half = len(sharp) // 2
    generator = torch.Generator().manual_seed(seed)
    moved = [Centring()(augment(part, generator)) for part in as_mnist(sharp[:half]).split(CHUNK)]
    # What was moved out of the picture is nothing any more, and nothing is no digit either.
    return torch.cat([*moved, normalised(pictures[half:])])


def _pair(digits: Tensor, rng: random.Random) -> NDArray[np.uint8]:
    """Two digits side by side."""
    picture = np.zeros((FRAME, FRAME), np.uint8)
    for left in (4, 32):
        picture[18:46, left : left + 28] = digits[rng.randrange(len(digits)), 0].numpy()
    return picture


def _even(rng: random.Random) -> NDArray[np.uint8]:
    """Nothing, or one shade over all or most of the picture."""
    picture = np.zeros((FRAME, FRAME), np.uint8)
    margin = rng.choice((0, 4, FRAME))
    picture[margin : FRAME - margin, margin : FRAME - margin] = rng.randint(60, 255)
    return picture


def measured_letters(count: int, alphabet: str = ALPHABET) -> Tensor:
    """(count, 2, 28, 28): letters of fonts that training has not."""
    rng = random.Random(99)
    return normalised([draw_character(rng.choice(alphabet), MEASURED_FONTS, rng) for _ in range(count)])


def measured_scribbles(count: int) -> Tensor:
    """(count, 2, 28, 28): scribbles of kinds that training has not."""
    rng = random.Random(98)
    return normalised([measured_scribble(rng) for _ in range(count)])
