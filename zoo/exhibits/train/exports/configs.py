"""What may stand in the config and the card of a classifier that is brought back, with bounds."""

import json
from typing import Annotated, Any, Literal

from huggingface_hub import ModelCard
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from yaml import YAMLError

from zoo.core.cards import CONFIG_FILE
from zoo.core.errors import InputError

MAX_CLASSES, MAX_SIDE, MAX_TEXT = 1000, 1024, 50_000

Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=500)]
Unit = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    """Numbers that are numbers, and finite ones; other members are dropped."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


class _Known(_Strict):
    """No other members: they would be arguments of a network."""

    model_config = ConfigDict(extra="forbid")


class MobileNet(_Known):
    kind: Literal["mobilenet-v2"]
    num_classes: int = Field(ge=1, le=MAX_CLASSES)
    asymmetric_padding: bool = False


class TwoBranchMobileNet(_Known):
    kind: Literal["two-branch-mobilenet-v2"]
    num_classes: int = Field(ge=1, le=MAX_CLASSES)


class ResNet(_Known):
    kind: Literal["resnet-18"]
    num_classes: int = Field(ge=1, le=MAX_CLASSES)
    upscale: float = Field(default=1, ge=1, le=4)


class Torchvision(_Known):
    kind: Literal["torchvision"]
    name: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    num_classes: int = Field(ge=1, le=MAX_CLASSES)


Single = MobileNet | TwoBranchMobileNet | ResNet | Torchvision


class Ensemble(_Known):
    kind: Literal["classifier-ensemble"]
    members: list[Annotated[Single, Field(discriminator="kind")]] = Field(min_length=1, max_length=5)


class ClassEntry(_Strict):
    id: Annotated[Line, Field(max_length=60)] = ""
    label: Annotated[Line, Field(min_length=1, max_length=100)]


class ViewEntry(_Strict):
    resize: int = Field(ge=16, le=MAX_SIDE)
    crop: int = Field(ge=16, le=MAX_SIDE)
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    up_to: int | None = Field(default=None, ge=1, le=100_000)
    temperature: float = Field(default=1.0, ge=0.01, le=100)
    unsure_below: Unit = 0.0
    stretch: bool = False

    @model_validator(mode="after")
    def _crop_is_inside(self) -> "ViewEntry":
        if self.crop > self.resize:
            raise ValueError("crop is larger than resize")
        return self


class PreprocessingEntry(_Strict):
    views: list[ViewEntry] = Field(min_length=1, max_length=4)
    mean: list[Unit] = Field(min_length=3, max_length=3)
    std: list[Annotated[float, Field(ge=0.01, le=10)]] = Field(min_length=3, max_length=3)


class ImportedConfig(_Strict):
    exhibit: str
    title: str = Field(min_length=1, max_length=200)
    network: Annotated[Single | Ensemble, Field(discriminator="kind", alias="architecture")]
    preprocessing: PreprocessingEntry
    classes: list[ClassEntry] = Field(min_length=1, max_length=MAX_CLASSES)

    @property
    def architecture(self) -> dict[str, Any]:
        """The kind of the network with its options."""
        return self.network.model_dump()

    def saved(self) -> dict[str, Any]:
        """What is written: what was checked, and nothing else."""
        return {**self.model_dump(exclude={"network"}), "architecture": self.architecture}


class _Data(_Strict):
    name: Line
    licence: Line


class _Front(_Strict):
    license: Line = "other"
    license_name: Line = ""
    restriction: Line = Field(min_length=1)
    weights: Line = "given"
    training_data: list[_Data] = Field(default=[], max_length=20)
    citation: Line = ""


def parsed_config(content: bytes) -> ImportedConfig:
    """The config of a picture classifier. Raises InputError."""
    try:
        record = json.loads(content)
        exhibit = record.get("exhibit") if isinstance(record, dict) else None
        if exhibit != "classify":
            raise InputError("This is no picture classifier: bring one that was trained or downloaded here.")
        return ImportedConfig.model_validate(record)
    except ValidationError as error:
        raise InputError(f"{CONFIG_FILE}: {_reason(error)}: bring the folder as it was downloaded.") from error
    except (ValueError, RecursionError) as error:  # of JSON, and of its encoding
        raise InputError(f"{CONFIG_FILE} is damaged: download it again.") from error


def parsed_card(content: bytes) -> tuple[dict[str, Any], str]:
    """The front matter of a card, of which the restriction is kept, and its text. Raises InputError."""
    try:
        card = ModelCard(content.decode("utf-8"), ignore_metadata_errors=False)
        front = _Front.model_validate(card.data.to_dict())  # type: ignore[no-untyped-call]
    except ValidationError as error:
        raise InputError(f"README.md: {_reason(error)}: bring the folder as it was downloaded.") from error
    except (ValueError, YAMLError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("README.md has no front matter that can be read: download it again.") from error
    return front.model_dump(), card.text.strip()[:MAX_TEXT]


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])[:80]
    return f"{place}: {first['msg'][:120]}"
