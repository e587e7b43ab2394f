"""Translate's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="translate",
    title="Translate",
    icon=":material/translate:",
    sentence="Type English or French: a small transformer translates it and shows its attention weights.",
    invitation="How do you say that in French?",
    picture="A sentence, its translation, and the attention weight of each pair of words",
    operations=(),
)
