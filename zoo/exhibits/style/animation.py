"""A run of the optimisation as an animated WebP. Nothing here imports torch."""

import io
from collections.abc import Sequence

from PIL import Image

FRAME, LAST = 100, 2000  # milliseconds


def encode_animation(frames: Sequence[Image.Image]) -> bytes:
    """An animated WebP of one or more frames, all resized to the last, which stays for two seconds."""
    first, *rest = (frame.resize(frames[-1].size) for frame in frames)
    file = io.BytesIO()
    durations = [FRAME] * len(rest) + [LAST]
    first.save(file, "webp", save_all=True, append_images=rest, duration=durations, loop=0, quality=80)
    return file.getvalue()
