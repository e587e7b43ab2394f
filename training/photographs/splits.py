"""The 260 labelled photographs: none is trained on; one half chooses, the other half is measured on once."""

from pathlib import Path

from training.pictures import Photograph, photographs


def held_out_photographs(data: Path) -> tuple[list[Photograph], list[Photograph]]:
    """(to choose by, to measure on): by name, every second each. A class has one photograph."""
    train, held_out = photographs(data)
    together = sorted(train + held_out, key=lambda photo: photo[0])
    return together[1::2], together[::2]
