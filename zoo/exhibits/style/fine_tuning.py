"""A style of one's own: from a painting, the scales and shifts that make the bundled network paint like it.

The filters stay (Dumoulin et al. 2016, arXiv:1610.07629, section 3.3): what is learnt is less than a hundredth of the
network, so it learns from a few photographs in minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from zoo.core import user_models
from zoo.core.cards import Card, exhibit_cards, find_card
from zoo.core.jobs import Progress, Steps
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, TINY, Target, activations, losses, target_of
from zoo.exhibits.style.knobs import LearnKnobs, StyleKnobs
from zoo.exhibits.style.pictures import to_picture, to_pixels
from zoo.nets.stylenet import StyleNet, is_style, joined

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

NETWORK: Final = "perceptual-resnet"
GRAMS_FILE, THUMBNAIL_FILE = "grams.safetensors", "thumbnail.webp"
SIDE, PHOTOGRAPH = 160, 256  # pixels: of a part, of a photograph's longer side
PAINTING = 384
SHOWN = 20  # steps between two pictures to look at
RATE = 0.02


@dataclass(frozen=True)
class Lesson:
    """What a job's record shows: a photograph as the style paints it now."""

    picture: Image.Image
    error: float


def learn(painting: Image.Image, title: str, knobs: LearnKnobs | None = None, owner: str = "") -> Steps[Card]:
    """Learn the style of ``painting`` and put it on the shelf as a model of one's own; its card.

    Each record's preview is a ``Lesson``. Raises InputError for a picture too narrow, a title that is empty or too
    long, or an owner who has too many models, BusyError when there is no room.
    """
    knobs, title = knobs or LearnKnobs(), user_models.check_title(title)
    user_models.check_quota(owner)
    run = get_runtime().run
    grams = run(partial(_seen, to_pixels(painting, PAINTING)), NETWORK)
    known = [(card, found) for card in exhibit_cards("style") if (found := grams_of(card)) is not None]
    start, _ = min(known, key=lambda each: distance(each[1], grams))
    photographs = [to_pixels(example(each.name), PHOTOGRAPH) for each in EXAMPLES]
    loss = StyleKnobs(**start.config["loss"] | {"style": knobs.weight})
    study = run(partial(Study, loss, knobs.seed, grams, photographs), start.name)
    lesson: Lesson | None = None
    for step in range(1, knobs.steps + 1):
        lesson = run(study.step, NETWORK) or lesson
        left = "" if lesson is None else f", style error {lesson.error:.2g}"
        yield Progress(step, knobs.steps, f"Lesson {step} of {knobs.steps}{left}", preview=lesson)
    base = start.config.get("base", start.name)
    config = {**start.config, "title": title, "base": base, "loss": {**start.config["loss"], "style": knobs.weight}}
    learnt = {name: tensor.cpu().half() for name, tensor in study.network.state_dict().items() if is_style(name)}
    return user_models.save(
        config,
        learnt,
        user_models.derived_front_matter(find_card(base), "a painting", "its painter"),
        _text(title, knobs, study.error),
        owner,
    )


def _text(title: str, knobs: LearnKnobs, error: float) -> str:
    return (
        f"# {title}\n\nScales and shifts learnt from one painting in {knobs.steps} steps on parts of example "
        f"photographs; at the end the relative style error was {error:.2g}."
    )


def grams_of(card: Card) -> Mapping[str, Tensor] | None:
    """The statistics of the painting that a bundled style was learnt from."""
    path = card.folder / GRAMS_FILE if card.folder else None
    return {name: gram.float() for name, gram in load_file(path).items()} if path and path.exists() else None


def distance(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """Relative squared error of one painting's statistics against another's, the mean over layers."""
    errors = [
        (one[path].to(gram.device) - gram).square().sum() / (gram.square().sum() + TINY) for path, gram in other.items()
    ]
    return float(torch.stack(errors).mean())


def _seen(pixels: Tensor, module: "NormalizedModel") -> Mapping[str, Tensor]:
    pixels = pixels.to(module.mean.device)
    return target_of(module, PERCEPTIONS[NETWORK], pixels, [(pixels, 1.0)]).grams


class Study:
    """The network with scales and shifts of its own, begun from another style's. Made and changed on the worker."""

    def __init__(
        self,
        knobs: StyleKnobs,
        seed: int,
        grams: Mapping[str, Tensor],
        photographs: list[Tensor],
        network: StyleNet,
    ) -> None:
        self.network, self.grams, self.photographs = joined([network]), grams, photographs
        self.learnt = [each.requires_grad_(True) for name, each in self.network.named_parameters() if is_style(name)]
        self.optimiser = torch.optim.Adam(self.learnt, lr=RATE)
        self.knobs, self.turn, self.error = knobs, 0, float("nan")
        self.generator = torch.Generator().manual_seed(seed)

    def step(self, module: "NormalizedModel") -> Lesson | None:
        """Learn from a part of a photograph; now and then from a whole one, which is shown."""
        shown, self.turn = self.turn % SHOWN == 0, self.turn + 1
        number = int(torch.randint(len(self.photographs), (), generator=self.generator))
        photograph = self.photographs[0] if shown else part(self.photographs[number], SIDE, self.generator)
        pixels, perception = photograph.to(module.mean.device), PERCEPTIONS[NETWORK]
        with torch.no_grad():
            content = activations(module, perception, pixels)[perception.content]
        painted = self.network(pixels, pixels.new_ones(1, 1))
        found = losses(module, perception, painted, Target(self.grams, content), self.knobs)
        for parameter, gradient in zip(self.learnt, torch.autograd.grad(found.total, self.learnt), strict=True):
            parameter.grad = gradient
        self.optimiser.step()
        self.error = float(found.style.detach())
        return Lesson(to_picture(painted.detach()), self.error) if shown else None


def part(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """A part of (1, 3, H, W), at most ``side`` high and wide, mirrored half of the time."""
    height, width = (min(side, length) for length in pixels.shape[2:])
    top = int(torch.randint(pixels.shape[2] - height + 1, (), generator=generator))
    left = int(torch.randint(pixels.shape[3] - width + 1, (), generator=generator))
    taken = pixels[..., top : top + height, left : left + width]
    return taken.flip(3) if torch.rand((), generator=generator) < 0.5 else taken
