"""Style: a photograph painted in another's hand, stroke by stroke or at once.

>>> from zoo.style import RestyleKnobs, restyle
>>> restyle(photograph, RestyleKnobs(model=["wave"])).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=512x340>
>>> from zoo.style import StyleKnobs, completed, paint
>>> completed(paint(photograph, [(painting, 1.0)], StyleKnobs(steps=100))).picture  # doctest: +SKIP
<PIL.Image.Image image mode=RGB size=320x213>
"""

from zoo.core.jobs import completed
from zoo.knobs.style import LearnKnobs, RestyleKnobs, StyleKnobs
from zoo.style.at_once import Restyled, covering, restyle, style_card
from zoo.style.evaluate import evaluate
from zoo.style.learn import Lesson, learn
from zoo.style.painting import Painting, memory_needed, paint
from zoo.style.pictures import animation

__all__ = [
    "LearnKnobs",
    "Lesson",
    "Painting",
    "RestyleKnobs",
    "Restyled",
    "StyleKnobs",
    "animation",
    "completed",
    "covering",
    "evaluate",
    "learn",
    "memory_needed",
    "paint",
    "restyle",
    "style_card",
]
