"""Several channels to one: their mean, or where they cancel each other out in it, the loudest of them."""

import numpy as np
from numpy.typing import NDArray

MUCH_QUIETER = 10 ** (-12 / 20)  # 12 dB below the loudest channel; the mean of eight unlike ones is 9 dB below
ABOUT_AS_LOUD = 10 ** (-3 / 20)

Samples = NDArray[np.float32]


class Downmix:
    """Called with one block after another, of a second or so; a change from one mix to another is faded in."""

    def __init__(self, rate: int) -> None:
        self._fade = rate // 100
        self._rate = rate
        self._weights = np.ones(1, np.float32)
        self._replaced = 0  # samples

    def __call__(self, block: Samples) -> Samples:
        """(N, channels) to (N,). The mean is never louder than the loudest channel."""
        weights = self._choose(block)
        before, self._weights = self._weights, weights
        self._replaced += len(block) * bool(weights.max(initial=0) == 1 and len(weights) > 1)
        if len(before) != len(weights) or np.array_equal(before, weights):
            return block @ weights
        faded = np.minimum(np.arange(len(block), dtype=np.float32) / self._fade, 1)
        mixed: Samples = (block @ before) * (1 - faded) + (block @ weights) * faded
        return mixed

    def _choose(self, block: Samples) -> Samples:
        channels = block.shape[1]
        mean = np.full(channels, 1 / channels, np.float32)
        with np.errstate(all="ignore"):  # samples that are not numbers are refused later
            levels, level = block.std(0), (block @ mean).std()  # of the deviation: a constant offset is no sound
        loudest = int(levels.argmax())
        same = len(self._weights) == channels
        if levels[loudest] == 0 and same:
            return self._weights
        if not level < MUCH_QUIETER * levels[loudest]:
            return mean
        last = int(self._weights.argmax())
        if same and self._weights[last] == 1 and levels[last] >= ABOUT_AS_LOUD * levels[loudest]:
            loudest = last
        alone = np.zeros(channels, np.float32)
        alone[loudest] = 1
        return alone

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of it."""
        if not self._replaced:
            return ()
        seconds = self._replaced / self._rate
        return (
            f"In the mean of the channels the sound nearly vanishes, as where they are in opposite phase: for "
            f"{seconds:.1f} s the loudest channel is used instead.",
        )
