"""From the checkpoint to one model a style: the first holds the convolutions, each its own scales and shifts."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from PIL import Image, ImageOps
from safetensors.torch import save_file

from training import options, recipes
from training.pictures import photographs
from training.publish import save_model, to_metric, write_card
from training.run import CHECKPOINTS
from training.style.paintings import PAINTINGS
from training.style.recipe import LOSS_FIELDS, feature_extractor, painting_grams
from zoo.core.cards import Metric, bundled_cards
from zoo.examples import example
from zoo.exhibits.style import FastStyleKnobs, evaluate, stylise
from zoo.exhibits.style.fine_tuning import GRAMS_FILE, THUMBNAIL_FILE
from zoo.exhibits.style.periodicity import periodicity
from zoo.nets.stylenet import is_style_parameter

RECIPE = "style"
THUMBNAIL_OF, THUMBNAIL_SIDE = "china", 208
PERIOD_OF, PERIOD_SIDE = ("china", "chelsea", "coffee", "rocket", "flower"), 256
HELD_OUT = 4
BASE = PAINTINGS[0].name


def bundle(data: options.Data) -> None:
    """Write assets/models/STYLE for each painting from .checkpoints/style.pt."""
    state = torch.load(CHECKPOINTS / f"{RECIPE}.pt", weights_only=True)["network"]
    loss = recipes.load(RECIPE).config.loss.model_dump(include={*LOSS_FIELDS, "network"})  # type: ignore[attr-defined]
    convolutions = {name: tensor.half() for name, tensor in state.items() if not is_style_parameter(name)}
    folders = []
    for index, (painting, grams) in enumerate(zip(PAINTINGS, painting_grams(data, feature_extractor()), strict=True)):
        style = {name: tensor[index : index + 1].half() for name, tensor in state.items() if is_style_parameter(name)}
        config = {
            "exhibit": "style",
            "title": painting.title,
            "architecture": {"kind": "stylenet", "n_styles": 1},
            "loss": loss,
        } | ({"base": BASE} if index else {})
        folder = save_model(painting.name, config, style | ({} if index else convolutions))
        save_file({path: gram.half().contiguous() for path, gram in grams.items()}, folder / GRAMS_FILE)
        write_style_card(folder, index, [])  # a model is found by its card, and measured as it will be used
        folders.append(folder)
    bundled_cards.cache_clear()
    with TemporaryDirectory() as scratch:
        held_out(data, Path(scratch))
        for index, folder in enumerate(folders):
            picture = stylise(example(THUMBNAIL_OF), FastStyleKnobs(model=[folder.name], size=400)).picture
            thumbnail(picture).save(folder / THUMBNAIL_FILE, quality=80)
            evaluation = evaluate(Path(scratch), folder.name)
            print(evaluation, flush=True)
            dataset = f"{evaluation.n} photographs of ILSVRC held out, at 256 px; the style weight was set on them"
            write_style_card(folder, index, [to_metric("loss ratio", evaluation.loss_ratio, dataset)])


def write_style_card(folder: Path, index: int, metrics: Sequence[Metric]) -> None:
    """The card of a style, from the template style.md."""
    credit = PAINTINGS[index].credit
    mean, highest = example_periodicity(folder.name) if metrics else (0.0, 0.0)
    words = {
        "credit": credit,
        "effect": PAINTINGS[index].effect,
        "n_styles": len(PAINTINGS),
        "base": BASE,
        "recipe": RECIPE,
        "periodicity": mean,
        "highest": highest,
    }
    template = Path(__file__).with_name("style.md")
    write_card(folder, template, metrics, words, [{"name": credit, "licence": "public domain"}])


def example_periodicity(model: str) -> tuple[float, float]:
    """The mean and the highest periodicity of a style over five example photographs at 256 pixels."""
    knobs = FastStyleKnobs(model=[model], size=PERIOD_SIDE)
    values = [periodicity(stylise(photograph, knobs).stylised, photograph) for photograph in map(example, PERIOD_OF)]
    return fmean(values), max(values)


def thumbnail(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))


def held_out(
    data: options.Data, folder: Annotated[Path, typer.Argument(help="The folder to write the photographs to.")]
) -> None:
    """Write photographs that no style was trained on, for ``zoo evaluate style``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, photograph in photographs(data)[1][:HELD_OUT]:
        photograph.save(folder / f"{name}.png")
