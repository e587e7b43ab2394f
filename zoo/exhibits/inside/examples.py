"""The inputs that a unit's strongest patches and dead units are looked for in: the bundled examples of each kind."""

from collections.abc import Iterator
from math import prod
from pathlib import Path

from zoo.core.cards import Card
from zoo.core.inputs import Document, as_taken
from zoo.core.model_inputs import ModelInput
from zoo.examples import DIGIT_EXAMPLES, DRAWN_EXAMPLES, EXAMPLES, SOUND_EXAMPLES, example_path
from zoo.exhibits.inside.byte_cache import CACHE
from zoo.exhibits.inside.networks import RATE, read_taken, takes

SMALL = 64 * 64  # pixels of an input: of networks that take so few, the drawn examples are computed in moments too
TEXTS = (
    "I love how this little zoo runs without any network, well done!",
    "Three hours late and nobody tells us anything. Never again.",
    "The match between Leeds and Chelsea starts at eight on Saturday.",
    "It was one of those mornings when the sun comes in at the window.",
    "What a terrible film: the story is dull and the acting is worse.",
    "Where is the station? I would like two tickets to Paris, please.",
    "She opened the letter, read it twice and laughed until she cried.",
    "soooo happy right nowww!!! :D #BestDayEver",
    "The doctor said that the old man should rest for at least a week.",
    "No, I do not want to go there again, not even for free.",
)


class Inputs(tuple[tuple[str, ModelInput], ...]):
    """Examples with their names, prepared for one model."""

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for _, prepared in self for tensor in prepared.tensors)


def examples_of(card: Card) -> Inputs:
    """The bundled examples as a model reads them; kept, since decoding takes longer than many a network."""
    return CACHE.get(("examples", card.name), lambda: Inputs(_examples_of(card)))


def _examples_of(card: Card) -> Iterator[tuple[str, ModelInput]]:
    kind = takes(card)
    if kind == "text":
        yield from ((text, read_taken(card, Document(text))) for text in TEXTS)
        return
    small = False
    for sample in SOUND_EXAMPLES if kind == "sound" else EXAMPLES:
        prepared = read_taken(card, as_taken(Path(example_path(sample.name)), kind or "image", RATE))
        small = kind == "image" and prod(prepared.tensors[0].shape[2:]) <= SMALL
        yield sample.name, prepared
    for sample in (*DRAWN_EXAMPLES, *DIGIT_EXAMPLES) if small else ():
        yield sample.name, read_taken(card, as_taken(Path(example_path(sample.name)), "image", RATE))
