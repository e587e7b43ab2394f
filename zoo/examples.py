"""Example pictures that come with installed packages, so that an exhibit has something to show at once."""

import functools
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from zoo.core.errors import NotFoundError
from zoo.core.inputs import decode_image


@dataclass(frozen=True)
class Example:
    """A photograph of scikit-image or scikit-learn; ``text`` is its alternative for those who cannot see it."""

    name: str
    text: str
    package: str
    file: str


EXAMPLES = (
    Example("chelsea", "A tabby cat looking to the side", "skimage.data", "chelsea.png"),
    Example("coffee", "A cup of coffee with a spoon on a wooden table", "skimage.data", "coffee.png"),
    Example("rocket", "A rocket on its launch pad at night", "skimage.data", "rocket.jpg"),
    Example("flower", "A red dahlia in front of dark leaves", "sklearn.datasets.images", "flower.jpg"),
    Example("china", "A Chinese temple under a cloudy sky", "sklearn.datasets.images", "china.jpg"),
    Example("astronaut", "An astronaut in an orange suit, smiling", "skimage.data", "astronaut.png"),
)


@functools.cache
def example_path(name: str) -> str:
    """Where the file of an example lies. Raises NotFoundError."""
    # The packages themselves are slow to import; only where they are installed matters.
    from importlib.util import find_spec

    for example in EXAMPLES:
        if example.name == name:
            root, *rest = example.package.split(".")
            spec = find_spec(root)
            assert spec is not None
            assert spec.origin is not None
            return str(Path(spec.origin).parent.joinpath(*rest) / example.file)
    raise NotFoundError(f"There is no example named {name!r}: there is {', '.join(e.name for e in EXAMPLES)}.")


def example(name: str) -> Image.Image:
    """The example as an RGB picture, read as an upload would be. Raises NotFoundError."""
    return decode_image(Path(example_path(name)).read_bytes())
