"""A classifier of the zoo as a file in one of five formats, tried before it is handed out."""

import re
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from threadpoolctl import threadpool_limits
from torch import nn

from zoo.core import loading
from zoo.core.cards import Card, require_card
from zoo.core.errors import TooLargeError, UnavailableError
from zoo.core.preprocessing import Preprocessing
from zoo.exhibits.train.exports.cpp import cpp_archive
from zoo.exhibits.train.exports.knobs import ExportKnobs
from zoo.exhibits.train.exports.onnx_models import onnx_model, onnx_probabilities
from zoo.exhibits.train.exports.programs import export_program
from zoo.exhibits.train.exports.results import Export
from zoo.exhibits.train.exports.web import web_archive, web_page

MAX_WEIGHTS = 400 * 10**6  # bytes of a model's file: several copies of it are in memory at once
TOLERANCE = 1e-4  # of probabilities
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class _Format:
    """``wrap``: from the card and the ONNX model to the file; None for a program, which has none inside."""

    suffix: str
    mime: str
    wrap: Callable[[Card, bytes], bytes] | None


_FORMATS = {
    "onnx": _Format(".onnx", "application/octet-stream", lambda card, model: model),
    "export": _Format(".pt2", "application/octet-stream", None),
    "html": _Format(".html", "text/html; charset=utf-8", web_page),
    "web": _Format("-web.zip", "application/zip", web_archive),
    "cpp": _Format("-cpp.zip", "application/zip", cpp_archive),
}


def export_model(knobs: ExportKnobs | None = None) -> Export:
    """Write a picture classifier, bundled, one's own or torchvision's, as a file.

    Raises InputError for a model that is no classifier, NotFoundError for an unknown one, TooLargeError beyond 400 MB
    of weights, UnavailableError for a network that has a layer without a translation, or weights that must be
    downloaded and cannot be.
    """
    knobs = knobs or ExportKnobs()
    card = require_card(knobs.model, "classify")
    if card.size_bytes > MAX_WEIGHTS:
        raise TooLargeError(
            f"{card.name} has {card.size_bytes / 1e6:.0f} MB of weights: the limit for files is 400 MB."
        )
    form = _FORMATS[knobs.export_format]
    # One thread: several ones that wait for each other, beside the worker's on the same cores, take many times as long.
    with _one_at_a_time, threadpool_limits(1, user_api="openmp"):
        network = loading.load(card.name).eval().requires_grad_(False)
        start = time.perf_counter()
        if form.wrap is None:
            data, difference = export_program(card, network)
        else:
            model = onnx_model(card, network)
            difference = _difference(card, network, model)
            data = form.wrap(card, model)
        seconds = time.perf_counter() - start
    if difference > TOLERANCE:
        raise UnavailableError(
            f"The file of {card.name} gives other probabilities (by {difference:.1g}): it is not handed out."
        )
    return Export(
        model=card.name,
        export_format=knobs.export_format,
        restriction=card.restriction,
        file_name=file_stem(card) + form.suffix,
        mime=form.mime,
        size_bytes=len(data),
        seconds=seconds,
        difference=difference,
        data=data,
    )


def file_stem(card: Card) -> str:
    """A name for files, of a-z, 0-9 and hyphens: a visitor's model is named by its title, its own name is a secret."""
    name = card.title if card.source == "own" else card.name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "classifier"


def _difference(card: Card, network: nn.Module, model: bytes) -> float:
    """The largest difference between the probabilities of a file and of the network, on a picture for each view."""
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    generator = np.random.default_rng(0)
    sides = [(view.up_to or 2 * view.resize) for view in preprocessing.views]
    pictures = [Image.fromarray(generator.integers(0, 256, (side, side + side // 3, 3), np.uint8)) for side in sides]
    wanted = []
    for picture in pictures:
        pixels = torch.from_numpy(preprocessing.pixels(picture))[None]
        wanted.append(loading.class_probabilities(network, pixels, preprocessing.view(picture).temperature)[0])
    computed = onnx_probabilities(model, pictures)
    return max(float(np.abs(a - b).max()) for a, b in zip(wanted, computed, strict=True))
