"""Random transforms of training pictures, each declared once as a knob, and the torchvision pipeline that they make.

Reading the declarations imports no torch.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from zoo.core.knobs import Knobs

if TYPE_CHECKING:
    from torchvision.transforms import v2


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
        description="The strength of a Gaussian blur of half of the pictures; at 1 up to 2 % of their side.",
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
    raise NotImplementedError


def build_mixing(knobs: AugmentationKnobs, classes: int) -> "v2.Transform | None":
    """Mixup or CutMix, or one of them at random; None where both are off.

    Takes floats (B, 3, H, W) and class indices (B,); returns the mixed pictures and labels (B, classes) that add up
    to 1.
    """
    raise NotImplementedError
