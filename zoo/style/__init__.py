"""Style: a photograph painted in another's hand.

>>> from zoo.style import StyleKnobs, paint, painted
>>> painted(paint(photograph, [(painting, 1.0)], StyleKnobs(steps=100))).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=320x213>
"""

from zoo.knobs.style import StyleKnobs
from zoo.style.painting import Painting, memory_needed, paint, painted
from zoo.style.pictures import animation

__all__ = ["Painting", "StyleKnobs", "animation", "memory_needed", "paint", "painted"]
