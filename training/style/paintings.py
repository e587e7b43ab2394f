"""The paintings that styles are learnt from, in the public domain. Each has strokes that one sees at 256 pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Painting:
    """``file``: its name in the data; ``name``: of the model that paints like it."""

    file: str
    name: str
    title: str
    by: str
    year: str

    @property
    def credit(self) -> str:
        return f"{self.by}: {self.title}, {self.year}"


PAINTINGS = (
    Painting("starry_night", "starry-night", "The Starry Night", "Vincent van Gogh", "1889"),
    Painting("the_scream", "scream", "The Scream", "Edvard Munch", "1893"),
    Painting("wave", "wave", "Under the Wave off Kanagawa", "Katsushika Hokusai", "about 1831"),
    Painting("udnie", "udnie", "Udnie", "Francis Picabia", "1913"),
    Painting("vg_houses", "cottages", "Thatched Cottages", "Vincent van Gogh", "1890"),
    Painting("woman_with_hat_matisse", "hat", "Woman with a Hat", "Henri Matisse", "1905"),
)
