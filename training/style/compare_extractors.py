"""The same photograph in the same strokes through each network's eyes, for docs/: ``python -m training.style eyes``."""

from pathlib import Path
from typing import get_args

from PIL import Image, ImageDraw, ImageFont

from zoo.core.cards import find_card
from zoo.core.jobs import run_to_completion
from zoo.core.loading import is_cached
from zoo.examples import example
from zoo.exhibits.style import StyleKnobs, paint
from zoo.exhibits.style.knobs import Network

DOCS = Path(__file__).parents[2] / "docs"
PHOTOGRAPH, PAINTING = "china", "strokes"
KNOBS = StyleKnobs(size=320, steps=150)
SIZE = (320, 214)
CAPTION = 26


def captioned(picture: Image.Image, text: str) -> Image.Image:
    sheet = Image.new("RGB", (SIZE[0], SIZE[1] + CAPTION), "white")
    sheet.paste(picture.resize(SIZE, Image.Resampling.LANCZOS))
    ImageDraw.Draw(sheet).text((6, SIZE[1] + 5), text, "black", ImageFont.load_default(15))
    return sheet


def eyes() -> None:
    """Write docs/eyes.webp: through every network whose weights are on this machine."""
    photograph, painting = example(PHOTOGRAPH), example(PAINTING)
    found = [captioned(photograph, "the photograph"), captioned(painting, "the strokes")]
    for name in get_args(Network):
        if not is_cached(find_card(name)):
            print(f"{name} is left out: its weights are not on this machine")
            continue
        knobs = KNOBS.model_copy(update={"network": name})
        result = run_to_completion(paint(photograph, [(painting, 1.0)], knobs))
        print(f"{name}: content {result.content[-1]:.3f}, style {result.style[-1]:.5f}", flush=True)
        found.append(captioned(result.picture, f"{name}, {knobs.steps} steps"))
    sheet = Image.new("RGB", (sum(each.width for each in found), found[0].height))
    for place, each in enumerate(found):
        sheet.paste(each, (place * SIZE[0], 0))
    sheet.save(DOCS / "eyes.webp", quality=85)
