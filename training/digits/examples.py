"""The example pictures of Digits: drawn by strokes, one of them light on dark."""

import typer
from PIL import Image, ImageOps

from training.publish import list_hashes
from zoo.core.assets import ASSETS
from zoo.exhibits.digits.drawing import DRAWINGS, draw_strokes

FOLDER, SIDE = ASSETS / "examples", 224


def examples() -> None:
    """Write assets/examples/digit-*.webp."""
    pictures = {
        "digit-seven": draw_strokes(DRAWINGS["7"]),
        "digit-three": ImageOps.invert(draw_strokes(DRAWINGS["3"])),
        "digit-none": draw_strokes(DRAWINGS["letter A"]),
    }
    for name, picture in pictures.items():
        large = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        large.save(FOLDER / f"{name}.webp", lossless=True)
        typer.echo(f"{name}: {(FOLDER / f'{name}.webp').stat().st_size:,} bytes")
    list_hashes(FOLDER)
