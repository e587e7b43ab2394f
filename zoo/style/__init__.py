"""Style: a photograph painted in another's hand.

>>> from zoo.style import StyleKnobs, paint, painted
>>> painted(paint(photograph, [(painting, 1.0)], StyleKnobs(steps=100))).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=320x213>
"""

from zoo.knobs.style import StyleKnobs
from zoo.style.painting import Painting, paint, painted
from zoo.style.perception import estimated_bytes
from zoo.style.pictures import animation

__all__ = ["Painting", "StyleKnobs", "animation", "estimated_bytes", "paint", "painted"]
