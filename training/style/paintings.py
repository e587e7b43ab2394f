"""The paintings of the bundled styles, in the public domain. Their strokes are visible at 256 pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Painting:
    """``file``: its name in the data folder; ``name``: of the model; ``effect``: what its network gives."""

    file: str
    name: str
    title: str
    painter: str
    year: str
    effect: str = "a tint with a fine hatching"

    @property
    def credit(self) -> str:
        return f"{self.painter}: {self.title}, {self.year}"


PAINTINGS = (
    Painting("starry_night", "starry-night", "The Starry Night", "Vincent van Gogh", "1889"),
    Painting("the_scream", "scream", "The Scream", "Edvard Munch", "1893", "a tint with streaks and a fine hatching"),
    Painting("wave", "wave", "Under the Wave off Kanagawa", "Katsushika Hokusai", "about 1831"),
    Painting("udnie", "udnie", "Udnie", "Francis Picabia", "1913", "smooth areas with a tint and a fine hatching"),
    Painting("vg_houses", "cottages", "Thatched Cottages", "Vincent van Gogh", "1890"),
    Painting("woman_with_hat_matisse", "hat", "Woman with a Hat", "Henri Matisse", "1905"),
)
