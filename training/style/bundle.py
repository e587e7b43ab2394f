"""The checkpoint in; out a model a style: all stand on the first, and bring scales and shifts of their own."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from PIL import Image
from safetensors.torch import save_file

from training import options
from training.pictures import photographs
from training.publish import save_model, to_metric, write_card
from training.run import CHECKPOINTS
from training.style.paintings import PAINTINGS
from training.style.recipe import KNOBS, eyes, styles
from zoo.core.cards import Metric, bundled_cards
from zoo.examples import example
from zoo.exhibits.style.evaluation import evaluate
from zoo.exhibits.style.fast import restyle
from zoo.exhibits.style.fine_tuning import GRAMS_FILE, THUMBNAIL_FILE
from zoo.exhibits.style.knobs import RestyleKnobs
from zoo.nets.stylenet import is_style

SHOWN_ON, THUMBNAIL = "china", 208
MEASURED = 4


def bundle(data: options.Data) -> None:
    """Write assets/models/STYLE for each painting from .checkpoints/style.pt."""
    state = torch.load(CHECKPOINTS / "style.pt", weights_only=True)["network"]
    template, scratch = Path(__file__).with_name("style.md"), TemporaryDirectory()
    folders = []
    for number, (painting, grams) in enumerate(zip(PAINTINGS, styles(data, eyes()), strict=True)):
        own = {name: tensor[number : number + 1].half() for name, tensor in state.items() if is_style(name)}
        shared = {name: tensor.half() for name, tensor in state.items() if not is_style(name)}
        config = {
            "exhibit": "style",
            "title": painting.title,
            "architecture": {"kind": "stylenet", "styles": 1},
            "loss": KNOBS.model_dump(include={"content", "style", "smoothness", "fine", "middle", "coarse", "network"}),
        } | ({"base": PAINTINGS[0].name} if number else {})
        folder = save_model(painting.name, config, own | ({} if number else shared))
        save_file({path: gram.half().contiguous() for path, gram in grams.items()}, folder / GRAMS_FILE)
        describe(folder, template, number, [])  # a model is found by its card, and measured as it will be used
        folders.append(folder)
    bundled_cards.cache_clear()
    held_out(data, Path(scratch.name))
    for number, folder in enumerate(folders):
        picture = restyle(example(SHOWN_ON), RestyleKnobs(model=[folder.name], size=400)).picture
        thumbnail(picture).save(folder / THUMBNAIL_FILE, quality=80)
        measured = evaluate(Path(scratch.name), folder.name)
        print(measured, flush=True)
        on = f"{measured.n} photographs of ILSVRC held out, at 256 px"
        describe(folder, template, number, [to_metric("loss ratio", measured.loss_ratio, on)])


def describe(folder: Path, template: Path, number: int, figures: list[Metric]) -> None:
    painting = PAINTINGS[number]
    words: dict[str, object] = {"credit": painting.credit, "styles": len(PAINTINGS), "base": PAINTINGS[0].name}
    write_card(folder, template, figures, words, [{"name": painting.credit, "licence": "public domain"}])


def thumbnail(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side)).resize((THUMBNAIL, THUMBNAIL))


def held_out(
    data: options.Data, folder: Annotated[Path, typer.Argument(help="The folder to write the photographs to.")]
) -> None:
    """Write photographs that nothing was learnt on, for ``zoo evaluate style``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, photograph in photographs(data)[1][:MEASURED]:
        photograph.save(folder / f"{name}.png")
