from .evaluation import evaluate
from .fast import Restyled, covering, restyle, style_card
from .fine_tuning import Lesson, learn
from .knobs import LearnKnobs, RestyleKnobs, StyleKnobs
from .optimised import Painting, memory_needed, paint
from .pictures import animation

__all__ = [
    "LearnKnobs",
    "Lesson",
    "Painting",
    "RestyleKnobs",
    "Restyled",
    "StyleKnobs",
    "animation",
    "covering",
    "evaluate",
    "learn",
    "memory_needed",
    "paint",
    "restyle",
    "style_card",
]
