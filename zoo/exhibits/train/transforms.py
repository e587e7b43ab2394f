"""Random transforms of training pictures, each declared once as a knob, and the torchvision pipeline that they make.

Reading the declarations imports no torch.
"""

from typing import TYPE_CHECKING, Literal

from PIL import Image
from pydantic import Field

from zoo.core.knobs import Knobs

if TYPE_CHECKING:
    from torch import Tensor
    from torchvision.transforms import v2

GREY = 127  # around a picture that was moved


class AugmentationKnobs(Knobs):
    """How far the training pictures are changed; 0 of a knob leaves its transform out."""

    flip: Literal["none", "horizontal", "both"] = Field(
        default="horizontal",
        title="Flip",
        description="Mirror half of the pictures: left to right, or upside down too.",
    )
    crop: float = Field(
        default=0.3,
        ge=0.0,
        le=0.9,
        title="Random crop",
        description="The part of a picture's area that a random crop may leave out; 0 crops the middle alone.",
    )
    rotate: float = Field(
        default=10.0,
        ge=0.0,
        le=180.0,
        title="Rotation",
        description="The largest random angle, to both sides.",
        json_schema_extra={"unit": "degrees"},
    )
    affine: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Affine",
        description="The strength of random shifts, scalings and shears; at 1 up to a quarter of the picture.",
    )
    jitter: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        title="Colour jitter",
        description="By which part brightness, contrast and saturation may change.",
    )
    hsv_noise: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="HSV noise",
        description="The strength of random factors on hue, saturation and value.",
    )
    grey: float = Field(
        default=0.0, ge=0.0, le=1.0, title="Grey", description="The probability that a picture loses its colours."
    )
    blur: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Blur",
        description="The strength of a Gaussian blur of half of the pictures; at 1 up to 2% of their side.",
    )
    erasing: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Random erasing",
        description="The probability that a random rectangle of a picture is painted over.",
    )
    mixup: float = Field(
        default=0.0,
        ge=0.0,
        le=2.0,
        title="Mixup",
        description="The alpha of the Beta distribution of the weights by which two pictures and their labels are "
        "averaged; 0 is off.",
    )
    cutmix: float = Field(
        default=0.0,
        ge=0.0,
        le=2.0,
        title="CutMix",
        description="The alpha of the Beta distribution of the areas of one picture that are replaced by another; 0 "
        "is off. With mixup on as well, each batch takes one of them.",
    )


def build(knobs: AugmentationKnobs, size: int) -> "v2.Transform":
    """The random transforms: of an RGB picture of PIL or uint8 (3, H, W) into uint8 (3, size, size).

    It draws from torch's global random state. Of a batch (B, 3, H, W), all pictures get the same change. Nothing is
    normalised; mixup and CutMix, which need labels, are in ``build_mixing``.
    """
    from torchvision.transforms import v2

    return v2.Compose([*(step for _, step in named_steps(knobs, size)), v2.Lambda(_as_bytes)])


def named_steps(knobs: AugmentationKnobs, size: int) -> list[tuple[str, "v2.Transform"]]:
    """The same one by one, each under the title of its knob; the first makes the picture ``size`` pixels a side.

    Those that are off are left out, but for the crop.
    """
    from torchvision.transforms import v2

    from zoo.exhibits.train.hsv_noise import HSVNoise

    resize = v2.Resize(size, antialias=True), v2.CenterCrop(size)
    crop = v2.RandomResizedCrop(size, scale=(1 - knobs.crop, 1), antialias=True) if knobs.crop else v2.Compose(resize)
    flips = [v2.RandomHorizontalFlip(), *([v2.RandomVerticalFlip()] if knobs.flip == "both" else [])]
    move, jitter = knobs.affine / 4, knobs.jitter
    blur = max(0.1, knobs.blur * size / 50)
    affine = v2.RandomAffine(0, (move, move), (1 - move, 1 + move), 60 * move, fill=GREY)
    steps: list[tuple[str, bool, v2.Transform]] = [
        ("crop", True, crop),
        ("flip", knobs.flip != "none", v2.Compose(flips)),
        ("rotate", knobs.rotate > 0, v2.RandomRotation(knobs.rotate, v2.InterpolationMode.BILINEAR, fill=GREY)),
        ("affine", knobs.affine > 0, affine),
        ("jitter", knobs.jitter > 0, v2.ColorJitter(jitter, jitter, jitter)),
        ("hsv_noise", knobs.hsv_noise > 0, HSVNoise(knobs.hsv_noise)),
        ("grey", knobs.grey > 0, v2.RandomGrayscale(knobs.grey)),
        ("blur", knobs.blur > 0, v2.RandomApply([v2.GaussianBlur(2 * int(2 * blur) + 1, (0.1, blur))])),
        ("erasing", knobs.erasing > 0, v2.Compose([v2.Lambda(_as_bytes), v2.RandomErasing(knobs.erasing, value=127)])),
    ]
    return [(str(AugmentationKnobs.model_fields[name].title), step) for name, used, step in steps if used]


def build_mixing(knobs: AugmentationKnobs, classes: int) -> "v2.Transform | None":
    """Mixup or CutMix, or one of them at random; None where both are off.

    Takes floats (B, 3, H, W) and class indices (B,); returns the mixed pictures and labels (B, classes) that add up
    to 1. Mixup: Zhang et al. 2018 (arXiv:1710.09412); CutMix: Yun et al. 2019 (arXiv:1905.04899).
    """
    from torchvision.transforms import v2

    mixing = [
        *([v2.MixUp(alpha=knobs.mixup, num_classes=classes)] if knobs.mixup else []),
        *([v2.CutMix(alpha=knobs.cutmix, num_classes=classes)] if knobs.cutmix else []),
    ]
    return v2.RandomChoice(mixing) if len(mixing) > 1 else mixing[0] if mixing else None


def _as_bytes(picture: "Image.Image | Tensor") -> "Tensor":
    """uint8 (3, H, W)."""
    from torchvision.transforms.v2 import functional as F

    return F.pil_to_tensor(picture) if isinstance(picture, Image.Image) else picture
