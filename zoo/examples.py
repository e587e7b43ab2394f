"""Example pictures and sounds, so that an exhibit has something to show at once."""

import functools
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from zoo.core.assets import EXAMPLES as FOLDER
from zoo.core.errors import NotFoundError
from zoo.core.images import decode_image


@dataclass(frozen=True)
class Example:
    """A file of an installed package, or of ours in ``assets/examples`` where ``package`` is empty.

    ``text`` is its alternative for those who cannot see or hear it.
    """

    name: str
    text: str
    file: str
    package: str = ""


EXAMPLES = (
    Example("chelsea", "A tabby cat looking to the side", "chelsea.png", "skimage.data"),
    Example("coffee", "A cup of coffee with a spoon on a wooden table", "coffee.png", "skimage.data"),
    Example("rocket", "A rocket on its launch pad at night", "rocket.jpg", "skimage.data"),
    Example("flower", "A red dahlia in front of dark leaves", "flower.jpg", "sklearn.datasets.images"),
    Example("china", "A Chinese temple under a cloudy sky", "china.jpg", "sklearn.datasets.images"),
    Example("astronaut", "An astronaut in an orange suit, smiling", "astronaut.png", "skimage.data"),
)

# Made from noise and oscillators by training.sound.examples.
SOUND_EXAMPLES = (
    Example("rain", "Steady rain", "sound-rain.ogg"),
    Example("siren", "A siren that rises and falls", "sound-siren.ogg"),
    Example("clock", "A clock that ticks twice a second", "sound-clock.ogg"),
    Example("bells", "Church bells", "sound-bells.ogg"),
    Example("waves", "Waves on a beach", "sound-waves.ogg"),
    Example("helicopter", "A helicopter overhead", "sound-helicopter.ogg"),
)

# Drawn by chance and rule in training.style.examples.
STYLE_EXAMPLES = (
    Example("strokes", "Short thick strokes of blue and yellow that follow a current", "style-strokes.webp"),
    Example("mosaic", "Stones of many colours in dark joints", "style-mosaic.webp"),
    Example("scales", "Scales of blue and white rings, as on printed cloth", "style-scales.webp"),
    Example("hatching", "Pen lines in four directions on warm paper", "style-hatching.webp"),
    Example("ink", "Washes of diluted ink, with drops flung over them", "style-ink.webp"),
)


@functools.cache
def example_path(name: str) -> str:
    """Where the file of an example lies. Raises NotFoundError."""
    # The packages themselves are slow to import; only where they are installed matters.
    from importlib.util import find_spec

    every = (*EXAMPLES, *SOUND_EXAMPLES, *STYLE_EXAMPLES)
    for example in every:
        if example.name == name:
            if not example.package:
                return str(FOLDER / example.file)
            root, *rest = example.package.split(".")
            spec = find_spec(root)
            assert spec is not None
            assert spec.origin is not None
            return str(Path(spec.origin).parent.joinpath(*rest) / example.file)
    raise NotFoundError(f"There is no example named {name!r}: there is {', '.join(e.name for e in every)}.")


def example(name: str) -> Image.Image:
    """The example as an RGB picture, read as an upload would be. Raises NotFoundError."""
    return decode_image(Path(example_path(name)).read_bytes())
