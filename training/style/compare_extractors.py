"""One photograph and one painting through each feature extractor: ``python -m training.style compare-extractors``."""

from pathlib import Path
from typing import get_args

from PIL import Image, ImageDraw, ImageFont

from zoo.core.cards import find_card
from zoo.core.loading import is_cached
from zoo.core.steps import run_to_completion
from zoo.examples import example
from zoo.exhibits.style import StyleKnobs, optimise_style
from zoo.exhibits.style.knobs import Network

TARGET = Path(__file__).parents[2] / "docs" / "images" / "feature-extractors.webp"
PHOTOGRAPH, PAINTING = "china", "strokes"
KNOBS = StyleKnobs(size=320, steps=150)
SIZE = (320, 214)
CAPTION_HEIGHT = 26


def with_caption(picture: Image.Image, text: str) -> Image.Image:
    sheet = Image.new("RGB", (SIZE[0], SIZE[1] + CAPTION_HEIGHT), "white")
    sheet.paste(picture.resize(SIZE, Image.Resampling.LANCZOS))
    ImageDraw.Draw(sheet).text((6, SIZE[1] + 5), text, "black", ImageFont.load_default(15))
    return sheet


def compare_extractors() -> None:
    """Write docs/images/feature-extractors.webp, with every network whose weights are on this machine."""
    photograph, painting = example(PHOTOGRAPH), example(PAINTING)
    panels = [with_caption(photograph, "photograph"), with_caption(painting, "painting")]
    for name in get_args(Network):
        if not is_cached(find_card(name)):
            print(f"{name} is left out: its weights are not on this machine")
            continue
        knobs = KNOBS.model_copy(update={"network": name})
        result = run_to_completion(optimise_style(photograph, [painting], knobs))
        print(f"{name}: content {result.content_loss[-1]:.3f}, style {result.style_loss[-1]:.5f}", flush=True)
        panels.append(with_caption(result.picture, f"{name}, {knobs.steps} steps"))
    sheet = Image.new("RGB", (sum(panel.width for panel in panels), panels[0].height))
    for index, panel in enumerate(panels):
        sheet.paste(panel, (index * SIZE[0], 0))
    sheet.save(TARGET, quality=85)
