"""Learn a style: from one painting, new scales and shifts for the bundled feed-forward network.

The convolutions stay as they are (Dumoulin et al. 2016, arXiv:1610.07629, section 3.3). Less than a hundredth of the
parameters is trained, on crops of the example photographs; that takes minutes on a CPU.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

from zoo.core import user_models
from zoo.core.cards import Card, exhibit_cards, find_card
from zoo.core.inputs import ImageLike, as_image
from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.core.weights import stored_tensors
from zoo.examples import example
from zoo.exhibits.style.feature_extractor import EPS, LAYERS, Target, activations, compute_losses, compute_target
from zoo.exhibits.style.knobs import LearnKnobs, StyleKnobs
from zoo.exhibits.style.pictures import image_to_tensor, tensor_to_image
from zoo.exhibits.style.results import LearnPreview
from zoo.nets.stylenet import StyleNet, concatenate_styles, is_style_parameter

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

NETWORK: Final = "perceptual-resnet"
GRAMS_FILE, THUMBNAIL_FILE = "grams.safetensors", "thumbnail.webp"
CROP, PHOTOGRAPH, PAINTING = 160, 256, 384  # pixels: a crop's sides, the longer side of a photograph and of a painting
EXAMPLES = ("chelsea", "coffee", "rocket", "flower", "china", "astronaut")  # trained on
PREVIEW_EVERY = 20  # steps
LEARNING_RATE = 0.02


def learn_style(
    painting: ImageLike, knobs: LearnKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Card]:
    """Learn the style of a painting and save it as a user model; a job that returns its card.

    The preview of each record is a ``LearnPreview``. Raises InputError for a picture that is too narrow, an empty title
    or an owner with too many models, BusyError when there is no space.
    """
    knobs, picture = knobs or LearnKnobs(), as_image(painting)
    title = user_models.check_title(knobs.title)
    user_models.check_quota(owner)
    run = get_runtime().run
    grams = run(partial(compute_grams, image_to_tensor(picture, PAINTING)), NETWORK)
    yield PAUSE
    start = nearest_style(grams)
    photographs = [image_to_tensor(example(name), PHOTOGRAPH) for name in EXAMPLES]
    loss = StyleKnobs(**start.config["loss"] | {"style_weight": knobs.style_weight})
    training = run(partial(StyleTraining, loss, knobs.seed, grams, photographs), start.name)
    yield PAUSE
    preview: LearnPreview | None = None
    for step in range(1, knobs.steps + 1):
        preview = run(training.step, NETWORK) or preview
        yield Progress(
            step,
            knobs.steps,
            f"Step {step} of {knobs.steps}, style loss {training.style_loss:.2g}",
            metrics={"style_loss": training.style_loss},
            preview=preview,
        )
    base = find_card(start.config.get("base", start.name))
    config = {
        **start.config,
        "title": title,
        "base": base.name,
        "loss": loss.model_dump(include={*start.config["loss"]}),
    }
    state = training.network.state_dict()
    learned = {name: tensor.cpu().half() for name, tensor in state.items() if is_style_parameter(name)}
    front_matter = user_models.derived_front_matter(base, "a painting", "the painting belongs to its painter")
    return user_models.save(config, learned, front_matter, _card_text(title, knobs, training.style_loss), owner)


def _card_text(title: str, knobs: LearnKnobs, style_loss: float) -> str:
    return (
        f"# {title}\n\nScales and shifts of the conditional instance normalisation, trained on one painting in "
        f"{knobs.steps} steps on crops of example photographs. The relative style loss of the last step was "
        f"{style_loss:.2g}."
    )


def nearest_style(grams: Mapping[str, Tensor]) -> Card:
    """The bundled style whose painting has the most similar Gram matrices: training starts there."""
    known = [(card, stored) for card in exhibit_cards("style") if (stored := stored_grams(card)) is not None]
    card, _ = min(known, key=lambda pair: gram_distance(pair[1], grams))
    return card


def stored_grams(card: Card) -> Mapping[str, Tensor] | None:
    """The Gram matrices of the painting that a bundled style was trained on; None where they are not stored."""
    path = card.folder / GRAMS_FILE if card.folder else None
    return {name: gram.float() for name, gram in stored_tensors(path).items()} if path and path.exists() else None


def gram_distance(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """Relative squared error of one painting's Gram matrices against another's, averaged over the layers."""
    errors = [
        (one[path].to(gram.device) - gram).square().sum() / (gram.square().sum() + EPS) for path, gram in other.items()
    ]
    return float(torch.stack(errors).mean())


def compute_grams(pixels: Tensor, module: "NormalizedModel") -> Mapping[str, Tensor]:
    """The Gram matrices of a painting, (1, 3, H, W) in [0, 1], by style layer. For the worker."""
    pixels = pixels.to(module.mean.device)
    return compute_target(module, LAYERS[NETWORK], pixels, [(pixels, 1.0)]).grams


class StyleTraining:
    """The network with new scales and shifts, which start at another style's. Made and changed on the worker."""

    def __init__(
        self,
        knobs: StyleKnobs,
        seed: int,
        grams: Mapping[str, Tensor],
        photographs: list[Tensor],
        network: StyleNet,
    ) -> None:
        self.network, self.grams, self.photographs = concatenate_styles([network]), grams, photographs
        self.parameters = [
            parameter.requires_grad_(True)
            for name, parameter in self.network.named_parameters()
            if is_style_parameter(name)
        ]
        self.optimiser = torch.optim.Adam(self.parameters, lr=LEARNING_RATE)
        self.knobs, self.steps, self.style_loss = knobs, 0, 0.0
        self.generator = torch.Generator().manual_seed(seed)

    def step(self, module: "NormalizedModel") -> LearnPreview | None:
        """One step on a random crop; every 20th on a whole photograph, which gives a preview."""
        whole, self.steps = self.steps % PREVIEW_EVERY == 0, self.steps + 1
        index = int(torch.randint(len(self.photographs), (), generator=self.generator))
        photograph = self.photographs[0] if whole else random_crop(self.photographs[index], CROP, self.generator)
        pixels, layers = photograph.to(module.mean.device), LAYERS[NETWORK]
        with torch.no_grad():
            content = activations(module, layers, pixels)[layers.content]
        output = self.network(pixels, pixels.new_ones(1, 1))
        losses = compute_losses(module, layers, output, Target(self.grams, content), self.knobs)
        gradients = torch.autograd.grad(losses.total, self.parameters)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.optimiser.step()
        self.style_loss = float(losses.style.detach())
        return LearnPreview(tensor_to_image(output.detach()), self.style_loss) if whole else None


def random_crop(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """A crop of (1, 3, H, W), at most ``side`` high and wide, mirrored half of the time."""
    height, width = (min(side, length) for length in pixels.shape[2:])
    top = int(torch.randint(pixels.shape[2] - height + 1, (), generator=generator))
    left = int(torch.randint(pixels.shape[3] - width + 1, (), generator=generator))
    crop = pixels[..., top : top + height, left : left + width]
    return crop.flip(3) if torch.rand((), generator=generator) < 0.5 else crop
