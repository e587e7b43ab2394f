"""The preprocessing of transformers' image processors as ours: from ``preprocessor_config.json`` to a card's views."""

from collections.abc import Mapping
from typing import Any

from zoo.core.errors import InputError

RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}  # Pillow's numbers
CONVNEXT_PLAIN = 384  # from this size on, ConvNeXt's processor does not crop


def preprocessing(model: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """``preprocessing`` of a card. Raises InputError for a processor that does what ours cannot."""
    if not config.get("size") or config.get("do_resize") is False:
        raise InputError(f"{model} does not state how pictures are resized for it: choose another model.")
    if abs(config.get("rescale_factor", 1 / 255) - 1 / 255) > 1e-6 or not config.get("do_rescale", True):
        raise InputError(f"{model} takes pixels of a range that is not prepared here: choose another model.")
    normalized = config.get("do_normalize", True)
    return {
        "views": [_view(config) | {"interpolation": RESAMPLING.get(config.get("resample", 2), "bilinear")}],
        "mean": tuple(config.get("image_mean", (0.5, 0.5, 0.5))) if normalized else (0.0, 0.0, 0.0),
        "std": tuple(config.get("image_std", (0.5, 0.5, 0.5))) if normalized else (1.0, 1.0, 1.0),
    }


def _view(config: Mapping[str, Any]) -> dict[str, Any]:
    size = config["size"]
    if isinstance(size, int):  # before 2022
        size = {"shortest_edge": size} if config.get("do_center_crop") else {"height": size, "width": size}
    stretch = "shortest_edge" not in size
    resize = size["height"] if stretch else size["shortest_edge"]
    if not stretch and "crop_pct" in config:  # ConvNeXt's
        crop = resize
        stretch = resize >= CONVNEXT_PLAIN
        resize = crop if stretch else int(crop / (config["crop_pct"] or 224 / 256))
    elif config.get("do_center_crop", not stretch):
        crop = config.get("crop_size", resize)
        crop = crop["height"] if isinstance(crop, dict) else crop
    else:
        crop, stretch = resize, True  # not cropped: the network takes any aspect ratio, and we resize to a square
    return {"resize": resize, "crop": crop, "stretch": stretch}
